import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("Posed joints")
struct PosedJointsTests {
    private static let pose: [Double?] = [nil, nil, nil, nil, 0.9, -0.7]

    private static func walking() throws -> RobotPlayer {
        var player = Fixture.player()
        var resampler = Fixture.resampler()
        _ = player.apply(
            .append(
                try resampler.append(
                    Fixture.timeScaling(frames: 0..<120), tag: MotionTag(command: 1, segment: 0), endsCommand: true)))
        return player
    }

    @Test("a hand closes while the robot stands: smoothly, and it goes on standing")
    func standing() {
        var player = Fixture.player()
        var frame = player.makeFrame()
        player.tick(into: &frame)
        let stand = frame.jointPositions
        #expect(player.apply(.pose(Self.pose)) == .effective(frame: player.nextFrame))
        var judge = Judge(limits: Fixture.limits, rate: 50)
        var fastest = 0.0
        for _ in 0..<75 {
            player.tick(into: &frame)
            judge.observe(frame)
            fastest = max(fastest, abs(frame.jointVelocities[4]))
            #expect(frame.state == .holding && frame.tag == .none)
            #expect(Array(frame.jointPositions[..<4]) == Array(stand[..<4]))
        }
        #expect(judge.worst < 1e-6, "\(judge.finding)")
        #expect(abs(frame.jointPositions[4] - 0.9) < 1e-9 && abs(frame.jointPositions[5] + 0.7) < 1e-9)
        #expect(fastest > 1 && abs(frame.jointVelocities[4]) < 1e-9)
    }

    @Test("a walk goes on as it would without, and the pose outlasts it")
    func walkingOn() throws {
        var (player, other) = (try Self.walking(), try Self.walking())
        var (frame, plain) = (player.makeFrame(), other.makeFrame())
        for tick in 0..<320 {
            if tick == 60 { _ = player.apply(.pose(Self.pose)) }
            player.tick(into: &frame)
            other.tick(into: &plain)
            #expect(frame.rootPosition == plain.rootPosition && frame.state == plain.state)
            #expect(Array(frame.jointPositions[..<4]) == Array(plain.jointPositions[..<4]))
            guard tick > 130 else { continue }
            #expect(abs(frame.jointPositions[4] - 0.9) < 1e-9 && abs(frame.jointPositions[5] + 0.7) < 1e-9)
        }
        #expect(player.isSettled)
        // Another pose goes on from this one.
        _ = player.apply(.pose([nil, nil, nil, nil, 0, nil]))
        for _ in 0..<100 { player.tick(into: &frame) }
        #expect(abs(frame.jointPositions[4]) < 1e-9 && abs(frame.jointPositions[5] + 0.7) < 1e-9)
    }

    @Test("a halt stops the hand too; after the reset it stays where it is")
    func halt() {
        var player = Fixture.player()
        var frame = player.makeFrame()
        _ = player.apply(.pose(Self.pose))
        for _ in 0..<12 { player.tick(into: &frame) }
        _ = player.apply(.halt)
        #expect(player.apply(.pose(Self.pose)) == .refused(.halted))
        for _ in 0..<50 { player.tick(into: &frame) }
        let stopped = frame.jointPositions
        #expect(stopped[4] > 0.1 && stopped[4] < 0.85)
        _ = player.apply(.reset)
        for _ in 0..<50 { player.tick(into: &frame) }
        #expect(zip(frame.jointPositions, stopped).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test("positions beyond the range are taken to its end; of another robot they are refused")
    func bounds() {
        var player = Fixture.player()
        var frame = player.makeFrame()
        _ = player.apply(.pose([nil, nil, nil, nil, nil, 9]))
        for _ in 0..<100 { player.tick(into: &frame) }
        #expect(frame.jointPositions[5] <= 1.2 && frame.jointPositions[5] > 1.1)
        #expect(player.apply(.pose([0.1])) == .refused(.mismatch))
        #expect(player.apply(.pose([nil, nil, nil, nil, nil, .nan])) == .refused(.mismatch))
    }

    @Test("another profile takes over with the hand as it is")
    func reload() throws {
        var player = Fixture.player()
        var frame = player.makeFrame()
        _ = player.apply(.pose(Self.pose))
        for _ in 0..<100 { player.tick(into: &frame) }
        var next = Fixture.player()
        let hasSucceeded = next.succeed(player, joints: Array(0..<Fixture.joints))
        #expect(hasSucceeded)
        var resampler = Fixture.resampler()
        _ = next.apply(.append(try resampler.append(Fixture.timeScaling(frames: 0..<60), tag: .none)))
        for _ in 0..<100 {
            next.tick(into: &frame)
            #expect(abs(frame.jointPositions[4] - 0.9) < 1e-9)
        }
    }
}
