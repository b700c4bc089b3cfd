import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("Random traffic")
struct RandomTrafficTests {
    struct Run {
        var worst: Double
        var finding: String
        var frames: Int
        var hash: Int
        var isContiguous: Bool
        var outcomes: [String: Int]
        var states: [StreamState: Int]
    }

    /// Drives a player with random commands and motion that breaks every limit, and watches every frame.
    static func drive(seed: UInt64, frames: Int, rate: Int, wildness: Double) throws -> Run {
        var generator = SplitMix64(seed: seed)
        var player = Fixture.player(rate: rate)
        var frame = player.makeFrame()
        var judge = Judge(limits: Fixture.limits, rate: rate)
        var hasher = Hasher()
        var isContiguous = true
        var outcomes: [String: Int] = [:]
        var states: [StreamState: Int] = [:]
        var trajectory: UInt64 = 1
        var resampler = Fixture.resampler(trajectory, rate: rate)
        var walked = 0
        for index in 0..<frames {
            if Double.random(in: 0...1, using: &generator) < 0.06 {
                let isWild = Double.random(in: 0...1, using: &generator) < wildness
                let count = Int.random(in: 1...60, using: &generator)
                func motion() -> [MotionWaypoint] {
                    isWild
                        ? Fixture.wild(count, using: &generator)
                        : Fixture.timeScaling(frames: walked..<(walked + count), yaw: Double(trajectory))
                }
                let edit: PlayerEdit
                switch Int.random(in: 0..<23, using: &generator) {
                case 0..<6:
                    walked += count
                    edit = .append(try resampler.append(motion(), tag: MotionTag(command: trajectory, segment: 0)))
                case 6: edit = .append(resampler.finish())
                case 7..<11:
                    trajectory += 1
                    walked = 0
                    resampler = Fixture.resampler(trajectory, rate: rate)
                    edit = .replace(try resampler.append(motion(), tag: MotionTag(command: trajectory, segment: 0)))
                case 11: edit = .hold
                case 12, 13: edit = .resume
                case 14: edit = .stop
                case 15 where index % 4 == 0: edit = .halt
                case 15, 16, 17: edit = .reset
                case 19: edit = .keepStep(lead: [0, 0.5, 3, 40, .nan].randomElement(using: &generator) ?? 0)
                case 20, 21:
                    // The robot was pushed, or a sensor lies.
                    let push = Double.random(in: 0...0.4, using: &generator)
                    var pose = frame.jointPositions.map { $0 + Double.random(in: -push...push, using: &generator) }
                    if index % 7 == 0 { pose[0] = .nan }
                    edit = .meet(
                        MeasuredPose(
                            jointPositions: pose,
                            rootHeight: frame.rootPosition.z + Double.random(in: -1...1, using: &generator),
                            rootRotation: Quaternion(rotationVector: Vector3(push, -push, 1))))
                case 18: edit = .truncate(frame: Int64(index + Int.random(in: -20...100, using: &generator)))
                default:
                    var rewound = Fixture.resampler(trajectory, rate: rate)
                    let chunk = try rewound.append(motion(), tag: MotionTag(command: trajectory, segment: 1))
                    edit = index % 2 == 0 ? .replace(chunk) : .revise(chunk)
                }
                switch player.apply(edit) {
                case .planned(let splice):
                    outcomes["planned", default: 0] += 1
                    let delay = if case .append = edit { player.spliceDelay } else { Int64(0) }
                    if splice.firstFrame < player.nextFrame + delay { outcomes["early", default: 0] += 1 }
                case .effective: outcomes["effective", default: 0] += 1
                case .refused(let why): outcomes[why.rawValue, default: 0] += 1
                }
            }
            player.tick(into: &frame)
            if frame.frame != Int64(index) { isContiguous = false }
            judge.observe(frame)
            states[frame.state, default: 0] += 1
            hasher.combine(frame)
        }
        return Run(
            worst: judge.worst, finding: judge.finding, frames: judge.frames, hash: hasher.finalize(),
            isContiguous: isContiguous, outcomes: outcomes, states: states)
    }

    /// Frames of each run: `KMMD_PROPERTY_FRAMES=200000` makes it well over a million in all.
    static let frames = ProcessInfo.processInfo.environment["KMMD_PROPERTY_FRAMES"].flatMap { Int($0) } ?? 40_000

    @Test(
        "no frame ever breaks a limit",
        arguments: [(1, 50, 0.5), (2, 50, 1), (3, 50, 0), (4, 120, 0.5), (5, 30, 0.7), (6, 500, 0.5)])
    func limits(seed: UInt64, rate: Int, wildness: Double) throws {
        let run = try Self.drive(seed: seed, frames: Self.frames, rate: rate, wildness: wildness)
        #expect(run.worst <= 1e-6, "\(run.finding)")
        #expect(run.isContiguous)
        #expect(run.outcomes["early"] == nil)
        // The traffic must reach every state, and most of it must be taken.
        for state in StreamState.allCases { #expect(run.states[state, default: 0] > 300, "\(state)") }
        #expect(run.outcomes["planned", default: 0] > 500)
    }

    @Test("no edit of motion changes a frame before the one that it names", arguments: [50, 200])
    func committedFramesStay(rate: Int) throws {
        var generator = SplitMix64(seed: 11)
        var player = Fixture.player(rate: rate)
        var frame = player.makeFrame()
        var compared = 0
        for trajectory in 1...150 as ClosedRange<UInt64> {
            for _ in 0..<Int.random(in: 0...(2 * rate), using: &generator) { player.tick(into: &frame) }
            // Long enough not to be braked for at once; slow and hasty, and sometimes after a hold or a stop.
            var resampler = Fixture.resampler(trajectory, rate: rate)
            let haste = Double.random(in: 0.5...3, using: &generator)
            let chunk = try resampler.append(
                Fixture.timeScaling(frames: 0..<70, yaw: Double(trajectory), haste: haste),
                tag: MotionTag(command: trajectory, segment: 0))
            let verb = Int.random(in: 0..<8, using: &generator)
            if verb == 0 { _ = player.apply(.hold) }
            if verb == 1 { _ = player.apply(.stop) }
            for _ in 0..<Int.random(in: 0...rate, using: &generator) { player.tick(into: &frame) }

            var untouched = player
            let isReplacing = verb < 6
            guard case .planned(let splice) = player.apply(isReplacing ? .replace(chunk) : .append(chunk)) else {
                continue
            }
            let earliest = player.nextFrame + (isReplacing ? 0 : player.spliceDelay)
            #expect(splice.firstFrame >= earliest)
            // A stop that a replacement ends, and a hold, are ended at once: what counts there is the pose.
            var old = untouched.makeFrame()
            while player.nextFrame < earliest {
                untouched.tick(into: &old)
                player.tick(into: &frame)
                let isSame = old.jointPositions == frame.jointPositions && old.rootPosition == frame.rootPosition
                if !isSame, verb > 1 { Issue.record("frame \(frame.frame) of \(trajectory), verb \(verb)") }
                compared += 1
            }
        }
        #expect(compared > 20)
    }

    @Test("the judge sees a broken limit of every kind")
    func judge() {
        let breaks: [(inout PublishedFrame) -> Void] = [
            { $0.jointPositions[1] += 0.2 },  // velocity, from one frame to the next
            { $0.jointPositions[1] += 0.04 },  // acceleration
            { $0.jointPositions[1] += 0.024 },  // jerk
            { $0.jointPositions[1] = 1.21 }, { $0.rootPosition.z = 0.39 }, { $0.rootPosition.x += 0.05 },
            { $0.rootRotation = Quaternion(angle: 0.7, axis: Vector3(1, 0, 0)) },
            { $0.rootRotation = Quaternion(angle: 0.1, axis: Vector3(0, 0, 1)) },
            { $0.jointVelocities[2] = .nan },
        ]
        for (index, change) in breaks.enumerated() {
            var player = Fixture.player()
            var frame = player.makeFrame()
            var judge = Judge(limits: Fixture.limits, rate: 50)
            for _ in 0..<5 {
                player.tick(into: &frame)
                judge.observe(frame)
            }
            #expect(judge.worst == 0)
            change(&frame)
            judge.observe(frame)
            #expect(judge.worst > 0, "\(index)")
        }
    }

    @Test("the same traffic gives the same frames, bit by bit")
    func determinism() throws {
        let first = try Self.drive(seed: 9, frames: 5_000, rate: 50, wildness: 0.5)
        let second = try Self.drive(seed: 9, frames: 5_000, rate: 50, wildness: 0.5)
        #expect(first.hash == second.hash)
    }
}
