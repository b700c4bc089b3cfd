import Foundation
import Geometry
import HumanBody
import HumanMotion
import Robots
import Testing
import Timeline
import Wire

/// The human that goes with a robot's stream, while commands come.
@Suite struct HumanLookAheadTests {
    /// A robot's stream and the human behind it, in step.
    private struct Stream {
        var player = RobotPlayer(profile: g1, streamRate: 50, contactCount: 4)
        var ahead: LookAhead
        var people = HumanLookAhead(count: 12, streamRate: 50)
        var track = HumanTrack(capacity: 2000)
        var frame: PublishedFrame

        init() {
            ahead = LookAhead(of: player, count: 20)
            frame = player.makeFrame()
        }

        mutating func tick(_ edits: [(edit: PlayerEdit, humanChunk: HumanChunk?)] = []) {
            for (edit, humanChunk) in edits {
                if case .planned = player.apply(edit), let humanChunk { track.take(humanChunk) }
            }
            ahead.update(with: &player, isEdited: !edits.isEmpty)
            people.update(with: ahead, along: track, isEdited: !edits.isEmpty)
            player.tick(into: &frame)
        }
    }

    /// Motion of a human, and of a robot that follows it from a place and heading of its own.
    private struct Walk {
        var frames: [HumanFrame] = []
        var waypoints: [MotionWaypoint] = []

        init(count: Int, turning: Double, bend: Double, from heading: Double = 0) {
            for index in 0..<count {
                let time = Double(index) / 30
                let yaw = heading + turning * time
                var rotations = SMPLSkeleton.restRotations
                rotations[.pelvis] = Quaternion(angle: yaw, axis: Vector3(0, 1, 0))
                rotations[.leftElbow] = Quaternion(angle: bend * sin(4 * time), axis: Vector3(0, 1, 0))
                frames.append(
                    HumanFrame(pelvis: Vector3(0.1, 0.95 + 0.02 * sin(3 * time), 0.3 * time), rotations: rotations))
                var pose = g1.standPose
                // The robot's pelvis is turned a bit differently from the human's.
                pose.rootRotation = Quaternion(angle: yaw + 0.1, axis: Vector3(0, 0, 1))
                pose.rootPosition = g1.standPose.rootPosition + Vector3(0.3 * time, 0, 0)
                pose.jointPositions[3] += 0.2 * sin(4 * time)
                waypoints.append(MotionWaypoint(configuration: pose, contacts: [1, 1, 1, 1]))
            }
        }

        func humanChunk(_ trajectory: UInt64, from waypoint: Int = 0, _ range: Range<Int>? = nil) -> HumanChunk {
            let range = range ?? frames.indices
            return HumanChunk(
                trajectory: trajectory, firstWaypoint: waypoint, frames: Array(frames[range]),
                roots: waypoints[range].map(\.configuration.rootRotation))
        }
    }

    private func resampler(_ trajectory: UInt64) -> MotionResampler {
        MotionResampler(trajectory: trajectory, jointCount: 29, contactCount: 4, streamRate: 50)
    }

    private func yaw(_ rotation: Quaternion) -> Double { rotation.twist(about: Vector3(0, 0, 1)) }

    private func wrapped(_ angle: Double) -> Double { angle - 2 * .pi * (angle / (2 * .pi)).rounded() }

    @Test func `the human goes at the robot's pace and turns where the robot turns`() throws {
        var stream = Stream()
        for _ in 0..<10 { stream.tick() }
        #expect(stream.people[0].joints[.leftWrist].z < 0.1, "who stands has the arms down")
        // A second motion begins in a world of its own: heading 2 rad there, while the robot looks elsewhere.
        for (trajectory, heading) in [(1, 0.0), (2, 2.0)] as [(UInt64, Double)] {
            let walk = Walk(count: 120, turning: 0.4, bend: 0.8, from: heading)
            var resampler = resampler(trajectory)
            var chunk = try resampler.append(walk.waypoints, tag: MotionTag(command: trajectory, segment: 0))
            chunk.append(resampler.finish())
            stream.tick([(.replace(chunk), walk.humanChunk(trajectory))])
            var compared = 0
            while !stream.frame.isSettled || compared == 0 {
                let foreseen = stream.people[1]
                stream.tick()
                let person = stream.people[0]
                #expect(foreseen.joints == person.joints && foreseen.rootRotation == person.rootRotation)
                // At whole waypoints, and when the change of motion has faded.
                let waypoint = stream.frame.waypoint
                guard stream.frame.trajectory == trajectory, waypoint > 40, abs(waypoint - waypoint.rounded()) < 1e-9
                else { continue }
                let wanted = SMPLPose(walk.frames[Int(waypoint.rounded())])
                let isSame = zip(person.joints, wanted.joints).allSatisfy { ($0 - $1).length < 1e-9 }
                #expect(isSame)
                // The robot's heading is 0.1 ahead of the human's.
                let lag = wrapped(yaw(person.rootRotation) - yaw(stream.frame.rootRotation) + 0.1)
                #expect(abs(lag) < 1e-6)
                #expect(abs(person.rootPosition.z - wanted.rootPosition.z) < 1e-9)
                compared += 1
            }
            #expect(compared > 20)
        }
    }

    @Test func `the human walks on from where it is`() throws {
        var stream = Stream()
        var places: [Vector3] = []
        for trajectory in 1...3 as ClosedRange<UInt64> {
            let walk = Walk(count: 60, turning: 0, bend: 0)
            var resampler = resampler(trajectory)
            var chunk = try resampler.append(walk.waypoints, tag: MotionTag(command: trajectory, segment: 0))
            chunk.append(resampler.finish())
            stream.tick([(.replace(chunk), walk.humanChunk(trajectory))])
            repeat {
                stream.tick()
                places.append(stream.people[0].rootPosition)
            } while !stream.frame.isSettled
        }
        for (before, after) in zip(places, places.dropFirst()) { #expect((after - before).length < 0.05) }
        // Three times two seconds at 0.3 m/s, forward all the time.
        let way = 3 * 0.3 * 59.0 / 30
        #expect(abs((places.last?.x ?? 0) - way) < 0.1)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `it never jumps, whatever comes`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var stream = Stream()
        var trajectory: UInt64 = 0
        var own = resampler(1)
        var rest: (walk: Walk, tag: MotionTag)?
        var (last, lastTurns): (SMPLPose?, [Vector3]) = (nil, [])
        var (fastest, hardest) = (0.0, 0.0)
        for _ in 0..<800 {
            var edits: [(edit: PlayerEdit, humanChunk: HumanChunk?)] = []
            if Double.random(in: 0...1, using: &random) < 0.06 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4:
                    // Its second half may come later.
                    let walk = Walk(
                        count: 90, turning: .random(in: -1...1, using: &random),
                        bend: .random(in: -1...1, using: &random), from: .random(in: -3...3, using: &random))
                    trajectory += 1
                    let tag = MotionTag(command: trajectory, segment: 0)
                    own = resampler(trajectory)
                    rest = (walk, tag)
                    let chunk = try own.append(Array(walk.waypoints[..<45]), tag: tag)
                    edits = [(.replace(chunk), walk.humanChunk(trajectory, from: 0, 0..<45))]
                case 4..<6:
                    guard let (walk, tag) = rest else { break }
                    rest = nil
                    let chunk = try own.append(Array(walk.waypoints[45...]), tag: tag)
                    edits = [(.append(chunk), walk.humanChunk(trajectory, from: 45, 45..<90))]
                case 6: edits = [(.hold, nil)]
                case 7: edits = [(.stop, nil)]
                case 8: edits = [(.halt, nil)]
                default: edits = [(.reset, nil), (.resume, nil)]
                }
            }
            stream.tick(edits)
            let person = stream.people[0]
            if let last {
                let turns = zip(last.rotations, person.rotations).map { before, after in
                    (Quaternion(rotationVector: before).conjugate * Quaternion(rotationVector: after)).rotationVector
                }
                fastest = max(fastest, turns.map(\.length).max() ?? 0)
                if !lastTurns.isEmpty {
                    hardest = max(hardest, zip(turns, lastTurns).map { ($0 - $1).length }.max() ?? 0)
                }
                lastTurns = turns
            }
            last = person
            let isFinite = person.joints.allSatisfy { $0.isFinite }
            #expect(isFinite)
        }
        // Rad per frame, and what that changes by from frame to frame.
        #expect(fastest < 0.25, "seed \(seed)")
        #expect(hardest < 0.12, "seed \(seed)")
    }

    @Test func `the ring forgets the oldest frames and those that were made anew`() throws {
        let walk = Walk(count: 60, turning: 0, bend: 0.5)
        var stream = Stream()
        var small = HumanTrack(capacity: 50)
        small.take(walk.humanChunk(1))
        small.take(walk.humanChunk(1, from: 30, 0..<20))
        var frame = stream.frame
        frame.trajectory = 1
        func bend(at waypoint: Double) -> Double {
            frame.waypoint = waypoint
            var people = HumanLookAhead(count: 1, streamRate: 50)
            people.update(with: [frame], along: small, isEdited: true)
            return people[0].rotations[.rightShoulder].y
        }
        let standing = bend(at: 1000)
        #expect(abs(bend(at: 5) - standing) < 1e-12, "too old")
        let anew = 0.5 * sin(4 * 10.0 / 30)
        #expect(abs(bend(at: 40) - anew) < 1e-9, "made anew")
        #expect(abs(bend(at: 55) - standing) < 1e-12, "not known any more")
        stream.tick()
    }
}
