import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("Robot player")
struct RobotPlayerTests {
    /// A player with the frames that it published.
    struct Tape {
        var player: RobotPlayer
        var frames: [PublishedFrame] = []
        private var frame: PublishedFrame

        init(_ player: RobotPlayer) {
            self.player = player
            frame = player.makeFrame()
        }

        mutating func run(_ count: Int) {
            for _ in 0..<count {
                player.tick(into: &frame)
                frames.append(frame)
            }
        }

        @discardableResult
        mutating func apply(_ edit: PlayerEdit) -> EditOutcome { player.apply(edit) }

        var last: PublishedFrame { frames[frames.count - 1] }
        var notices: [PlayerNotice] { frames.flatMap(\.notices) }
    }

    static let tag = MotionTag(command: 7, segment: 0)

    static func chunk(
        _ frames: Range<Int>, trajectory: UInt64 = 1, yaw: Double = 0.8, rate: Int = 50
    ) throws -> MotionChunk {
        var resampler = Fixture.resampler(trajectory, rate: rate)
        var chunk = try resampler.append(Fixture.timeScaling(frames: frames, yaw: yaw), tag: tag, endsCommand: true)
        chunk.append(resampler.finish())
        return chunk
    }

    static func greatestDifference(_ a: PublishedFrame, _ b: PublishedFrame) -> Double {
        var greatest = (a.rootPosition - b.rootPosition).length
        greatest = max(greatest, (a.rootRotation * b.rootRotation.conjugate).angle)
        for (x, y) in zip(a.jointPositions, b.jointPositions) { greatest = max(greatest, abs(x - y)) }
        return greatest
    }

    @Test("with no plan it holds the stand pose")
    func stands() {
        var tape = Tape(Fixture.player())
        tape.run(20)
        for frame in tape.frames {
            #expect(frame.configuration == Fixture.stand)
            #expect(frame.state == .holding && frame.isSettled && frame.tag == .none && !frame.isLimited)
            #expect(frame.jointVelocities.allSatisfy { $0 == 0 })
        }
        #expect(tape.frames.map(\.frame) == Array(0..<20))
        #expect(tape.notices.isEmpty)
    }

    @Test("a measured start is the first frame, moved into the limits")
    func measuredStart() {
        var start = Fixture.stand
        start.jointPositions[2] = 9
        start.jointPositions[0] = 0.4
        start.rootPosition = Vector3(2, 3, 0.8)
        start.rootRotation = Quaternion(angle: 2, axis: Vector3(0, 0, 1))
        var tape = Tape(Fixture.player(start: start))
        tape.run(2)
        #expect(tape.last.jointPositions[0] == 0.4)
        #expect(abs(tape.last.jointPositions[2] - 1.18) < 1e-12)
        #expect((tape.last.rootPosition - start.rootPosition).length < 1e-12)
        #expect((tape.last.rootRotation * start.rootRotation.conjugate).angle < 1e-7)
    }

    @Test("motion starts where the robot is, walks along its heading, ends at rest, and says so", arguments: [50, 500])
    func playsThrough(rate: Int) throws {
        var start = Fixture.stand
        start.rootPosition = Vector3(-1, 4, 0.75)
        start.rootRotation = Quaternion(angle: -1.9, axis: Vector3(0, 0, 1))
        var tape = Tape(Fixture.player(rate: rate, start: start))
        tape.run(5)
        let outcome = tape.apply(.append(try Self.chunk(0..<90, rate: rate)))
        guard case .planned(let splice) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(splice.firstFrame == 5 + tape.player.spliceDelay)
        #expect(splice.isBridged)
        tape.run(5 * rate)

        let moved = tape.frames.first { Self.greatestDifference($0, tape.frames[0]) > 0.005 }
        #expect((moved?.frame ?? 0) >= splice.firstFrame)
        let travelled = tape.last.rootPosition - start.rootPosition
        // The walk goes along its own heading of 0.8, whatever that is in the world of the motion.
        #expect(travelled.dot(Vector3(cos(-1.9), sin(-1.9), 0)) > 1.4)
        #expect(abs(travelled.dot(Vector3(-sin(-1.9), cos(-1.9), 0))) < 0.4)
        #expect(tape.notices == [.began(Self.tag), .endedSegment(Self.tag), .endedCommand(Self.tag), .rested])
        #expect(tape.frames.filter(\.isFirstOfSegment).count == 1)
        #expect(tape.last.state == .holding && tape.last.isSettled)
        let states = tape.frames.map(\.state)
        #expect(states.contains(.ramping) && states.contains(.playing))
        #expect(tape.frames.filter { $0.pace > 0.999 }.count > 2 * rate)
    }

    @Test("motion within the limits is published as it is, knots exactly, without the limiter")
    func faithful() throws {
        let waypoints = Fixture.timeScaling(frames: 0..<120)
        var tape = Tape(Fixture.player(start: waypoints[0].configuration))
        tape.apply(.append(try Self.chunk(0..<120, yaw: 0)))
        tape.run(220)
        var seen = 0
        for frame in tape.frames
        where frame.pace == 1 && abs(frame.waypoint - frame.waypoint.rounded()) < 1e-9 && frame.state == .playing {
            let index = Int(frame.waypoint.rounded())
            guard index > 30, index < 110 else { continue }
            for (published, wanted) in zip(frame.jointPositions, waypoints[index].configuration.jointPositions) {
                #expect(abs(published - wanted) < 1e-9)
            }
            #expect(abs(frame.rootPosition.z - waypoints[index].configuration.rootPosition.z) < 1e-9)
            seen += 1
        }
        #expect(seen > 20)
        #expect(tape.frames.filter(\.isLimited).isEmpty)
    }

    @Test("stated velocities are the derivatives of the positions", arguments: [50, 500])
    func velocities(rate: Int) throws {
        var tape = Tape(Fixture.player(rate: rate))
        tape.apply(.append(try Self.chunk(0..<90, rate: rate)))
        tape.run(4 * rate)
        var worst = (joint: 0.0, linear: 0.0, angular: 0.0)
        for index in 1..<(tape.frames.count - 1) {
            let (a, b, c) = (tape.frames[index - 1], tape.frames[index], tape.frames[index + 1])
            for joint in 0..<Fixture.joints {
                let numeric = (c.jointPositions[joint] - a.jointPositions[joint]) * Double(rate) / 2
                worst.joint = max(worst.joint, abs(numeric - b.jointVelocities[joint]))
            }
            let linear = (c.rootPosition - a.rootPosition) * (Double(rate) / 2)
            worst.linear = max(worst.linear, (linear - b.rootLinearVelocity).length)
            let turn = (c.rootRotation * a.rootRotation.conjugate).rotationVector * (Double(rate) / 2)
            worst.angular = max(worst.angular, (turn - b.rootAngularVelocity).length)
        }
        // Central differences over two frames err with the square of the frame's length.
        let tolerance = rate == 500 ? 0.01 : 0.2
        #expect(worst.joint < tolerance && worst.linear < tolerance && worst.angular < tolerance, "\(worst)")
    }

    @Test("motion that is too fast is slowed down as a whole and stays on its path", arguments: [1.5, 2.5, 4, 6])
    func slowsDown(haste: Double) throws {
        var resampler = Fixture.resampler()
        var chunk = try resampler.append(
            Fixture.timeScaling(frames: 0..<150, haste: haste), tag: Self.tag, endsCommand: true)
        chunk.append(resampler.finish())
        var tape = Tape(Fixture.player())
        var judge = Judge(limits: Fixture.limits, rate: 50)
        tape.apply(.append(chunk))
        tape.run(150 * 8)
        for frame in tape.frames { judge.observe(frame) }
        #expect(judge.worst == 0, "\(judge.finding)")
        #expect(tape.notices.contains(.endedCommand(Self.tag)))
        let moving = tape.frames.filter { $0.state == .playing }
        let limited = Double(moving.filter(\.isLimited).count) / Double(moving.count)
        let pace = moving.map(\.pace).reduce(0, +) / Double(moving.count)
        // Beyond that, single joints may have to leave the path; the limits are kept all the same.
        if haste <= 4 { #expect(limited < (haste < 4 ? 0.02 : 0.1)) }
        #expect(haste < 2 ? pace > 0.95 : pace < 0.9)
    }

    @Test("chunks that continue each other play as one", arguments: [4, 8, 20])
    func continues(size: Int) throws {
        var whole = Tape(Fixture.player())
        whole.apply(.append(try Self.chunk(0..<120)))
        whole.run(150)

        var parts = Tape(Fixture.player())
        var resampler = Fixture.resampler()
        for start in stride(from: 0, to: 120, by: size) {
            let waypoints = Fixture.timeScaling(frames: start..<min(start + size, 120), yaw: 0.8)
            let chunk = try resampler.append(waypoints, tag: Self.tag)
            if !chunk.isEmpty {
                guard case .planned = parts.apply(.append(chunk)) else {
                    Issue.record("refused")
                    return
                }
            }
        }
        parts.run(150)
        #expect(zip(whole.frames, parts.frames).allSatisfy { Self.greatestDifference($0, $1) < 1e-9 })
    }

    @Test("a replacement that begins where the plan ends follows it without a seam")
    func replacesNothing() throws {
        var whole = Tape(Fixture.player())
        whole.apply(.append(try Self.chunk(0..<120)))
        whole.run(150)

        var parts = Tape(Fixture.player())
        var resampler = Fixture.resampler()
        parts.apply(.append(try resampler.append(Fixture.timeScaling(frames: 0..<60, yaw: 0.8), tag: Self.tag)))
        parts.run(40)
        let rest = try resampler.append(Fixture.timeScaling(frames: 60..<120, yaw: 0.8), tag: Self.tag)
        guard case .planned(let splice) = parts.apply(.replace(rest)) else {
            Issue.record("refused")
            return
        }
        #expect(!splice.isBridged && splice.firstFrame > 60)
        parts.run(110)
        #expect(zip(whole.frames, parts.frames).allSatisfy { Self.greatestDifference($0, $1) < 1e-9 })
        #expect(zip(whole.frames, parts.frames).allSatisfy { $0.waypoint == $1.waypoint })
    }

    @Test("a replacement changes nothing before its first frame, and something soon after", arguments: 1...12)
    func replaces(seed: Int) throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<150)))
        tape.run(10 + 11 * seed)
        var untouched = tape
        untouched.run(60)
        let outcome = tape.apply(.replace(try Self.chunk(40..<150, trajectory: 2, yaw: 2)))
        guard case .planned(let splice) = outcome, let changed = splice.changedFrame else {
            Issue.record("\(outcome)")
            return
        }
        tape.run(60)
        #expect(splice.firstFrame == Int64(10 + 11 * seed))
        var first: Int64?
        for (old, new) in zip(untouched.frames, tape.frames) {
            let difference = Self.greatestDifference(old, new)
            if new.frame < splice.firstFrame, difference > 1e-15 { Issue.record("frame \(new.frame) changed") }
            if first == nil, difference > 0.005 { first = new.frame }
        }
        #expect(changed >= splice.firstFrame)
        #expect(abs((first ?? 0) - changed) <= 3)
        #expect(changed - splice.firstFrame < 15)
        // Place and heading carry over: no step in any of them.
        let steps = zip(tape.frames, tape.frames.dropFirst())
        #expect(steps.allSatisfy { ($0.rootPosition - $1.rootPosition).length < 0.04 })
        #expect(steps.allSatisfy { ($0.rootRotation * $1.rootRotation.conjugate).angle < 0.06 })
    }

    @Test("a rewound stretch takes over at the same number, without a bridge when it makes the same motion")
    func rewinds() throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<150)))
        tape.run(60)
        var untouched = tape
        untouched.run(80)
        #expect(tape.last.changeableTrajectory == 1)
        let token = Int(tape.last.changeableWaypoint) / 4 * 4

        // The generator is put back to the token, and its resampler too.
        var resampler = Fixture.resampler()
        _ = try resampler.append(Fixture.timeScaling(frames: 0..<token, yaw: 0.8), tag: Self.tag)
        let outcome = tape.apply(
            .replace(try resampler.append(Fixture.timeScaling(frames: token..<150, yaw: 0.8), tag: Self.tag)))
        guard case .planned(let splice) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(!splice.isBridged || splice.changedFrame == nil)
        tape.run(80)
        #expect(zip(untouched.frames, tape.frames).allSatisfy { Self.greatestDifference($0, $1) < 1e-6 })
    }

    @Test("a plan that runs dry comes to rest on its path, says underrun, and goes on when more comes")
    func underrun() throws {
        var tape = Tape(Fixture.player())
        var resampler = Fixture.resampler()
        tape.apply(.append(try resampler.append(Fixture.timeScaling(frames: 0..<60), tag: Self.tag)))
        tape.run(200)
        #expect(tape.notices == [.began(Self.tag), .underrun(Self.tag), .rested])
        #expect(tape.last.state == .holding)
        let resting = tape.last
        tape.apply(
            .append(try resampler.append(Fixture.timeScaling(frames: 60..<120), tag: Self.tag, endsCommand: true)))
        tape.apply(.append(resampler.finish()))
        tape.run(200)
        #expect((tape.last.rootPosition - resting.rootPosition).length > 0.8)
        #expect(tape.notices.suffix(2) == [.endedCommand(Self.tag), .rested])
    }

    @Test("hold comes to rest on both feet on the planned path; resume goes on with it")
    func holdsAndResumes() throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<200)))
        tape.run(80)
        #expect(tape.apply(.hold) == .effective(frame: 80))
        tape.run(10)
        #expect(tape.apply(.hold) == .effective(frame: 80))
        tape.run(100)
        #expect(tape.last.state == .holding && tape.last.pace == 0 && !tape.last.isSettled)
        #expect(max(tape.last.contacts[0], tape.last.contacts[1]) >= 0.5)
        #expect(max(tape.last.contacts[2], tape.last.contacts[3]) >= 0.5)
        let held = tape.last
        #expect(Self.greatestDifference(held, tape.frames[tape.frames.count - 30]) < 1e-15)
        #expect(tape.apply(.resume) == .effective(frame: 190))
        tape.run(300)
        #expect(tape.notices.last == .rested && tape.notices.contains(.endedCommand(Self.tag)))
        #expect((tape.last.rootPosition - held.rootPosition).length > 1)
    }

    @Test("with the policy `reject` a joint that cannot follow has the robot hold until it is told to go on")
    func rejects() throws {
        var limits = Fixture.limits
        limits.rejectDistance = 0.2
        // The second joint is led far beyond its range.
        let motion = Fixture.timeScaling(frames: 0..<200).enumerated().map { index, waypoint in
            var waypoint = waypoint
            if index > 60 { waypoint.configuration.jointPositions[1] += 0.02 * Double(min(index - 60, 60)) }
            return waypoint
        }
        for distance in [nil, 0.2] {
            limits.rejectDistance = distance
            var tape = Tape(
                RobotPlayer(
                    limits: limits, stand: Fixture.stand, streamRate: 50, contactCount: Fixture.contacts, capacity: 20))
            var resampler = Fixture.resampler()
            tape.apply(.append(try resampler.append(motion, tag: Self.tag, endsCommand: true)))
            tape.apply(.append(resampler.finish()))
            tape.run(400)
            let rejections = tape.notices.compactMap { notice -> (joint: Int, distance: Double)? in
                if case .rejected(Self.tag, let joint, let distance) = notice { (joint, distance) } else { nil }
            }
            #expect(tape.frames.allSatisfy { $0.jointPositions[1] <= 1.2 })
            guard distance != nil else {
                #expect(rejections.isEmpty && tape.notices.contains(.endedCommand(Self.tag)))
                continue
            }
            #expect(rejections.count == 1 && rejections[0].joint == 1)
            #expect(rejections[0].distance > 0.2 && rejections[0].distance < 0.35)
            #expect(tape.player.isHeld && tape.last.state == .holding)
            #expect(!tape.notices.contains(.endedCommand(Self.tag)))
            // Told to go on it finds itself as far away as before; a stop leads out of it.
            tape.apply(.resume)
            tape.run(5)
            #expect(tape.player.isHeld)
            tape.apply(.stop)
            tape.run(250)
            #expect(tape.last.isSettled && abs(tape.last.jointPositions[1] - 0.6) < 1e-6)
        }
    }

    @Test("stop clears the plan and goes to the stand pose, wherever it comes")
    func stops() throws {
        for moment in stride(from: 0, through: 220, by: 20) {
            var tape = Tape(Fixture.player())
            tape.apply(.append(try Self.chunk(0..<120)))
            tape.run(moment)
            #expect(tape.apply(.stop) == .effective(frame: Int64(moment)))
            tape.run(3)
            #expect(tape.last.state == .stopping || moment == 0)
            if tape.last.state == .stopping { #expect(tape.apply(.stop) == .effective(frame: Int64(moment))) }
            tape.run(250)
            #expect(tape.last.isSettled && tape.last.state == .holding && tape.last.tag == .none)
            for (joint, stand) in zip(tape.last.jointPositions, Fixture.stand.jointPositions) {
                #expect(abs(joint - stand) < 1e-6)
            }
            #expect(abs(tape.last.rootPosition.z - 0.75) < 1e-6)
            #expect(tape.last.rootRotation.act(Vector3(0, 0, 1)).z > 1 - 1e-9)
            // And takes new motion from there.
            guard case .planned = tape.apply(.append(try Self.chunk(0..<60, trajectory: 9))) else {
                Issue.record("refused")
                return
            }
            tape.run(150)
            #expect(tape.notices.suffix(2) == [.endedCommand(Self.tag), .rested])
        }
    }

    @Test("halt stops at once, latches until reset, and refuses motion meanwhile")
    func halts() throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<200)))
        tape.run(100)
        #expect(tape.apply(.halt) == .effective(frame: 100))
        #expect(tape.apply(.reset) == .refused(.notHalted))
        tape.run(1)
        #expect(tape.last.state == .halted)
        tape.run(15)
        #expect(tape.last.isSettled)
        let halted = tape.last
        #expect(tape.apply(.halt) == .effective(frame: 100))
        #expect(tape.apply(.resume) == .refused(.halted))
        #expect(tape.apply(.stop) == .refused(.halted))
        #expect(tape.apply(.hold) == .refused(.halted))
        let refused1 = try Self.chunk(0..<60)
        #expect(tape.apply(.append(refused1)) == .refused(.halted))
        tape.run(50)
        #expect(Self.greatestDifference(tape.last, halted) < 1e-15)
        #expect(tape.apply(.reset) == .effective(frame: 166))
        tape.run(50)
        #expect(Self.greatestDifference(tape.last, halted) < 1e-12)
        #expect(tape.last.state == .holding)
        tape.apply(.append(try Self.chunk(0..<60, trajectory: 3)))
        tape.run(150)
        #expect(tape.notices.contains(.endedCommand(Self.tag)))
    }

    @Test("a truncated plan comes to rest at its new end")
    func truncates() throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<200)))
        tape.run(60)
        guard case .effective(let frame) = tape.apply(.truncate(frame: 0)) else {
            Issue.record("refused")
            return
        }
        #expect(frame > 65 && frame < 90)
        tape.run(80)
        #expect(tape.last.isSettled)
    }

    /// A walk in which the robot is balanced up to some frame and on one foot in the air after it.
    private static func unbalanced(_ count: Int, balancedUntil last: Int) -> [MotionWaypoint] {
        Fixture.timeScaling(frames: 0..<count).enumerated().map { index, waypoint in
            MotionWaypoint(
                configuration: waypoint.configuration, contacts: index <= last ? [1, 1, 1, 1] : [1, 1, 0, 0],
                isBalanced: index <= last)
        }
    }

    @Test("motion that ends where the robot cannot stand leads back to where it could; what follows in time does not")
    func endsInBalance() throws {
        for cut in [false, true] {
            var tape = Tape(Fixture.player())
            var judge = Judge(limits: Fixture.limits, rate: 50)
            var resampler = Fixture.resampler()
            tape.apply(
                .append(
                    try resampler.append(Self.unbalanced(90, balancedUntil: 60), tag: Self.tag, endsCommand: !cut)))
            tape.apply(.append(resampler.finish()))
            if cut {
                tape.run(110)
                tape.apply(.truncate(frame: 0))
            }
            tape.run(300)
            for frame in tape.frames { judge.observe(frame) }
            #expect(judge.worst <= 1e-6, "\(judge.finding)")
            let balanced = try #require(tape.frames.last { $0.state == .playing && $0.contacts.min() == 1 })
            #expect(tape.last.isSettled && tape.last.state == .holding && tape.last.contacts == [1, 1, 1, 1])
            #expect(Self.greatestDifference(tape.last, balanced) < 0.03)
            #expect(tape.frames.contains { $0.state == .stopping && $0.framesAhead == 0 && !$0.isSettled })
            // What was dropped on purpose is no plan that ran dry.
            let expected: [PlayerNotice] =
                cut
                ? [.began(Self.tag), .rested]
                : [.began(Self.tag), .endedSegment(Self.tag), .endedCommand(Self.tag), .rested]
            #expect(tape.notices == expected)
        }
        // Nothing of the kind where more comes before the end, be it at the last moment or not at all balanced.
        var whole = Tape(Fixture.player())
        var parts = Tape(Fixture.player())
        let motion = Self.unbalanced(120, balancedUntil: 50)
        var resampler = Fixture.resampler()
        whole.apply(.append(try resampler.append(motion, tag: Self.tag)))
        resampler = Fixture.resampler()
        parts.apply(.append(try resampler.append(Array(motion.prefix(70)), tag: Self.tag)))
        whole.run(80)
        parts.run(80)
        parts.apply(.append(try resampler.append(Array(motion.dropFirst(70)), tag: Self.tag)))
        whole.run(100)
        parts.run(100)
        #expect(zip(whole.frames, parts.frames).allSatisfy { Self.greatestDifference($0, $1) < 1e-9 })
    }

    @Test("where the robot was balanced nowhere, it stands; motion that comes on the way there goes on from its end")
    func standsWhereNothingElseIsSafe() throws {
        var tape = Tape(Fixture.player())
        var resampler = Fixture.resampler()
        tape.apply(
            .append(try resampler.append(Self.unbalanced(60, balancedUntil: -1), tag: Self.tag, endsCommand: true)))
        tape.apply(.append(resampler.finish()))
        repeat { tape.run(1) } while tape.last.state != .stopping && tape.frames.count < 500
        var standing = tape
        standing.run(200)
        #expect(standing.last.isSettled && abs(standing.last.jointPositions[1] - 0.6) < 1e-6)
        tape.apply(
            .append(try resampler.append(Fixture.timeScaling(frames: 60..<120), tag: Self.tag, endsCommand: true)))
        tape.apply(.append(resampler.finish()))
        tape.run(400)
        var judge = Judge(limits: Fixture.limits, rate: 50)
        for frame in tape.frames { judge.observe(frame) }
        #expect(judge.worst <= 1e-6, "\(judge.finding)")
        #expect(tape.notices.filter { $0 == .endedCommand(Self.tag) }.count == 2, "\(tape.notices)")
        #expect(tape.last.isSettled)
    }

    @Test("a hold that ends goes to where the robot is measured to be, and back, before the plan goes on")
    func resumesFromMeasured() throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<200)))
        tape.run(80)
        tape.apply(.hold)
        tape.run(60)
        let held = tape.last
        var pushed = held.jointPositions
        pushed[2] += 0.4
        pushed[3] -= 0.2
        let pose = MeasuredPose(jointPositions: pushed)
        #expect(tape.apply(.meet(pose)) == .effective(frame: 140))
        #expect(tape.apply(.resume) == .effective(frame: 140))
        tape.run(60)
        let ramping = tape.frames.suffix(60).prefix { $0.state == .ramping }
        let nearest = ramping.map { zip($0.jointPositions, pushed).map { abs($0 - $1) }.max() ?? 1 }.min() ?? 1
        #expect(ramping.count > 10 && nearest < 1e-9)
        #expect(ramping.allSatisfy { $0.rootPosition == held.rootPosition })
        // A stop on the way is carried out when the plan's pose is reached again.
        var stopped = tape
        tape.run(300)
        #expect(tape.notices.contains(.endedCommand(Self.tag)) && tape.last.isSettled)
        stopped.apply(.hold)
        stopped.run(60)
        stopped.apply(.meet(pose))
        stopped.apply(.resume)
        stopped.run(4)
        stopped.apply(.stop)
        stopped.run(300)
        #expect(stopped.last.isSettled && abs(stopped.last.jointPositions[1] - 0.6) < 1e-6)
        for frames in [tape.frames, stopped.frames] {
            var judge = Judge(limits: Fixture.limits, rate: 50)
            for frame in frames { judge.observe(frame) }
            #expect(judge.worst <= 1e-6, "\(judge.finding)")
        }
    }

    @Test("shutdown stands and takes no motion any more")
    func shutsDown() throws {
        var tape = Tape(Fixture.player())
        tape.apply(.append(try Self.chunk(0..<100)))
        tape.run(60)
        #expect(tape.apply(.shutdown) == .effective(frame: 60))
        let refused2 = try Self.chunk(0..<100)
        #expect(tape.apply(.append(refused2)) == .refused(.shuttingDown))
        tape.run(250)
        #expect(tape.last.isSettled)
        #expect(abs(tape.last.jointPositions[1] - 0.6) < 1e-6)
    }

    @Test("chunks of another robot, another rate or no length are refused")
    func refusals() throws {
        var tape = Tape(Fixture.player())
        let refused3 = try Self.chunk(0..<100, rate: 120)
        #expect(tape.apply(.append(refused3)) == .refused(.mismatch))
        var resampler = Fixture.resampler()
        let refused4 = try resampler.append([], tag: .none)
        #expect(tape.apply(.append(refused4)) == .refused(.empty))
        let refused5 = try Self.chunk(0..<2_000)
        #expect(tape.apply(.append(refused5)) == .refused(.full))
        tape.run(10)
        #expect(tape.last.configuration == Fixture.stand)
    }
}
