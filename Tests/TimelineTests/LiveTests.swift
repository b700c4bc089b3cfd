import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

/// A player that follows a live person, whole or over its plan, and lets go.
@Suite struct LiveTests {
    /// The person as the robot, at a tick: a walk by default, or what breaks all limits.
    private func pose(_ tick: Int, wild: Bool = false, yaw: Double = 0, haste: Double = 0.36) -> LivePose {
        var generator = SplitMix64(seed: UInt64(tick) &* 977)
        let waypoint =
            wild
            ? Fixture.wild(1, using: &generator)[0]
            : Fixture.timeScaling(frames: tick..<tick + 1, yaw: yaw, origin: .zero, haste: haste)[0]
        return LivePose(
            configuration: waypoint.configuration, contacts: waypoint.contacts, isBalanced: true, state: .following,
            sensed: Int64(tick), lost: 0)
    }

    private func whole(_ tick: Int, wild: Bool = false) -> LiveFollow {
        LiveFollow(
            person: Array("anna".utf8), isWhole: true, joints: Array(repeating: true, count: Fixture.joints),
            pose: pose(tick, wild: wild))
    }

    private func distance(_ frame: PublishedFrame, _ pose: LivePose) -> Double {
        zip(frame.jointPositions, pose.configuration.jointPositions).map { abs($0 - $1) }.max() ?? 0
    }

    @Test(arguments: [50, 200]) func `the robot goes over to a person by a ramp and then is where the person is`(
        rate: Int
    ) {
        var player = Fixture.player(rate: rate)
        var frame = player.makeFrame()
        var judge = Judge(limits: Fixture.limits, rate: rate)
        for tick in 0..<(4 * rate) {
            // The same walk at every rate.
            let person = pose(tick, haste: 18 / Double(rate))
            if tick == 5 {
                var follow = whole(tick)
                follow.pose = person
                #expect(player.apply(.follow(follow)) == .effective(frame: 5))
            }
            if tick > 5 { _ = player.apply(.aim(person)) }
            player.tick(into: &frame)
            judge.observe(frame)
            if tick > 5 {
                #expect(frame.human?.person == Array("anna".utf8) && !frame.isSettled && frame.tag == .none)
                #expect(frame.state == (tick < 3 + rate ? .ramping : frame.state))
            }
            if tick > 3 * rate { #expect(distance(frame, person) < 0.02) }
        }
        #expect(frame.state == .playing)
        #expect(judge.worst <= 1e-6, "\(judge.finding)")
    }

    @Test func `a person whom no robot can follow breaks no limit`() {
        var player = Fixture.player()
        var frame = player.makeFrame()
        var judge = Judge(limits: Fixture.limits, rate: 50)
        for tick in 0..<400 {
            if tick == 3 { _ = player.apply(.follow(whole(tick, wild: true))) }
            if tick > 3, tick % 7 != 0 { _ = player.apply(.aim(pose(tick, wild: true))) }
            player.tick(into: &frame)
            judge.observe(frame)
        }
        #expect(judge.worst <= 1e-6, "\(judge.finding)")
    }

    @Test(arguments: ["hold", "stop", "halt", "unfollow", "replace", "append", "shutdown"])
    func `what ends it takes over from where the robot moves`(_ ending: String) throws {
        var player = Fixture.player()
        var frame = player.makeFrame()
        var judge = Judge(limits: Fixture.limits, rate: 50)
        for tick in 0..<600 {
            if tick == 3 { _ = player.apply(.follow(whole(tick))) }
            if tick > 3 { _ = player.apply(.aim(pose(tick))) }
            if tick == 150 {
                var resampler = Fixture.resampler()
                let chunk = try resampler.append(
                    Fixture.timeScaling(frames: 0..<90, yaw: 1), tag: MotionTag(command: 7, segment: 0),
                    endsCommand: true)
                switch ending {
                case "hold": _ = player.apply(.hold)
                case "stop": _ = player.apply(.stop)
                case "halt": _ = player.apply(.halt)
                case "unfollow": _ = player.apply(.unfollow)
                case "replace": _ = player.apply(.replace(chunk))
                case "append": _ = player.apply(.append(chunk))
                default: _ = player.apply(.shutdown)
                }
            }
            player.tick(into: &frame)
            judge.observe(frame)
            if tick >= 150 { #expect(frame.human == nil) }
            if tick == 400, ending == "replace" || ending == "append" {
                #expect(player.isSettled || frame.tag.command == 7)
            }
        }
        // A hold keeps what is left of the plan.
        #expect(frame.isSettled || ending == "hold", "\(ending)")
        #expect(judge.worst <= 1e-6, "\(ending): \(judge.finding)")
        #expect(frame.state == (ending == "halt" ? .halted : .holding))
        if ending == "stop" || ending == "shutdown" {
            #expect(zip(frame.jointPositions, Fixture.stand.jointPositions).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test func `joints that follow lie over a plan that goes on`() throws {
        var (player, alone) = (Fixture.player(), Fixture.player())
        var (frame, plain) = (player.makeFrame(), alone.makeFrame())
        var judge = Judge(limits: Fixture.limits, rate: 50)
        var resampler = Fixture.resampler()
        let chunk = try resampler.append(
            Fixture.timeScaling(frames: 0..<240), tag: MotionTag(command: 1, segment: 0), endsCommand: true)
        let arms = [false, false, false, false, true, true]
        for tick in 0..<380 {
            if tick == 2 {
                _ = player.apply(.append(chunk))
                _ = alone.apply(.append(chunk))
            }
            var person = pose(tick, yaw: 0.4)
            person.configuration.jointPositions[4] = 0.5
            person.configuration.jointPositions[5] = -0.4
            if tick == 40 {
                _ = player.apply(
                    .follow(LiveFollow(person: [97], isWhole: false, joints: arms, pose: person)))
            }
            if (41..<200).contains(tick) { _ = player.apply(.aim(person)) }
            if tick == 200 { _ = player.apply(.unfollow) }
            player.tick(into: &frame)
            alone.tick(into: &plain)
            judge.observe(frame)
            for joint in 0..<4 { #expect(abs(frame.jointPositions[joint] - plain.jointPositions[joint]) < 1e-9) }
            #expect((frame.rootPosition - plain.rootPosition).length < 1e-9)
            if (150..<200).contains(tick) {
                #expect(abs(frame.jointPositions[4] - 0.5) < 1e-3 && abs(frame.jointPositions[5] + 0.4) < 1e-3)
                #expect(frame.human != nil)
            }
            if tick > 290 { #expect(abs(frame.jointPositions[4] - plain.jointPositions[4]) < 1e-6) }
        }
        #expect(judge.worst <= 1e-6, "\(judge.finding)")
    }

    @Test func `what lies ahead is foreseen as if the person stayed`() {
        var player = Fixture.player()
        var ahead = LookAhead(of: player, count: 20)
        var frame = player.makeFrame()
        for tick in 0..<200 {
            var isEdited = false
            if tick == 3 { isEdited = player.apply(.follow(whole(tick))) == .effective(frame: 3) }
            if (4..<120).contains(tick) { isEdited = player.apply(.aim(pose(tick))) == .effective(frame: Int64(tick)) }
            if tick == 120 { isEdited = player.apply(.hold) == .effective(frame: 120) }
            ahead.update(with: &player, isEdited: isEdited)
            player.tick(into: &frame)
            #expect(frame == ahead[0], "\(tick)")
        }
    }
}
