import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("A player that succeeds another")
struct ProfileReloadTests {
    typealias Tape = RobotPlayerTests.Tape

    /// Half as fast, and with its joints the other way round but for one that is new.
    static let limits = MotionLimits(
        joints: [JointLimits(lower: -1, upper: 1, velocity: 3, acceleration: 40, jerk: 1200)]
            + Fixture.limits.joints.reversed().map {
                JointLimits(
                    lower: $0.lower, upper: $0.upper, velocity: $0.velocity / 2, acceleration: $0.acceleration / 2,
                    jerk: $0.jerk / 2)
            },
        root: Fixture.limits.root, softMargin: 0.02)
    static let joints: [Int?] = [nil] + (0..<Fixture.joints).reversed()
    static let stand = RobotConfiguration(
        rootPosition: Vector3(0, 0, 0.7), rootRotation: .identity,
        jointPositions: [0.25] + Fixture.stand.jointPositions.reversed())

    static func successor(rate: Int = 100, limits: MotionLimits = limits) -> RobotPlayer {
        RobotPlayer(
            limits: limits, stand: stand, streamRate: rate, contactCount: Fixture.contacts, capacity: 20)
    }

    @Test("takes over where the other rests, in its pose and with its next frame")
    func takesOver() throws {
        var old = Tape(Fixture.player())
        old.apply(.append(try RobotPlayerTests.chunk(0..<60)))
        old.run(300)
        #expect(old.player.isSettled)
        var player = Self.successor()
        let isTaken = player.succeed(old.player, joints: Self.joints)
        #expect(isTaken)
        var new = Tape(player)
        new.run(50)
        #expect(new.frames[0].frame == old.last.frame + 1)
        for frame in new.frames {
            #expect((frame.rootPosition - old.last.rootPosition).length < 1e-9)
            #expect((frame.rootRotation * old.last.rootRotation.conjugate).angle < 1e-9)
            #expect(frame.jointPositions == [0.25] + old.last.jointPositions.reversed())
            #expect(frame.jointVelocities.allSatisfy { $0 == 0 } && frame.state == .holding && frame.isSettled)
            #expect(frame.notices.isEmpty && frame.tag == .none)
        }
    }

    @Test("its motion keeps the new limits from the first frame on")
    func keepsTheNewLimits() throws {
        var old = Tape(Fixture.player())
        old.run(5)
        var player = Self.successor()
        let isTaken = player.succeed(old.player, joints: Self.joints)
        #expect(isTaken)
        var new = Tape(player)
        var judge = Judge(limits: Self.limits, rate: 100)
        var generator = SplitMix64(seed: 5)
        var resampler = MotionResampler(
            trajectory: 1, jointCount: Fixture.joints + 1, contactCount: Fixture.contacts, streamRate: 100)
        let waypoints = Fixture.wild(40, using: &generator).map { waypoint in
            var waypoint = waypoint
            waypoint.configuration.jointPositions.append(0.1)
            return waypoint
        }
        new.apply(.append(try resampler.append(waypoints, tag: RobotPlayerTests.tag)))
        new.run(400)
        for frame in new.frames { judge.observe(frame) }
        #expect(judge.worst < 1e-6, "\(judge.worst)")
    }

    @Test("refuses while the other moves, and while it has a plan")
    func waits() throws {
        var old = Tape(Fixture.player())
        var player = Self.successor()
        old.apply(.append(try RobotPlayerTests.chunk(0..<60)))
        var taken: Int64?
        for _ in 0..<300 where taken == nil {
            old.run(1)
            if player.succeed(old.player, joints: Self.joints) { taken = old.last.frame }
        }
        let end = try #require(old.frames.lastIndex { $0.jointVelocities.contains { $0 != 0 } })
        #expect(try #require(taken) >= Int64(end))
        var held = Tape(Fixture.player())
        held.apply(.append(try RobotPlayerTests.chunk(0..<60)))
        held.run(30)
        held.apply(.hold)
        held.run(200)
        let isTaken = player.succeed(held.player, joints: Self.joints)
        #expect(held.last.state == .holding && !isTaken)
    }

    @Test("refuses a pose outside of its limits")
    func refusesPose() {
        var limits = Self.limits
        limits.joints[2].upper = -0.1
        let pose = RobotConfiguration(
            rootPosition: Self.stand.rootPosition, rootRotation: .identity, jointPositions: Self.stand.jointPositions)
        #expect(limits.excess(of: pose)?.joint == 2)
        #expect(abs((limits.excess(of: pose)?.amount ?? 0) - 0.12) < 1e-9)
        #expect(Self.limits.excess(of: pose) == nil)
        var player = Self.successor(limits: limits)
        let isTaken = player.succeed(Fixture.player(), joints: Self.joints)
        #expect(!isTaken)
    }

    @Test("a halt stays in force")
    func staysHalted() {
        var old = Tape(Fixture.player())
        old.apply(.halt)
        old.run(20)
        var player = Self.successor()
        let isTaken = player.succeed(old.player, joints: Self.joints)
        #expect(isTaken)
        var new = Tape(player)
        new.run(2)
        #expect(new.last.state == .halted)
        let refused = new.apply(.hold)
        #expect(refused == .refused(.halted))
        let reset = new.apply(.reset)
        #expect(reset == .effective(frame: new.last.frame + 1))
        new.run(2)
        #expect(new.last.state == .holding)
    }
}
