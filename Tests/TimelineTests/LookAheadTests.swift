import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("Look-ahead")
struct LookAheadTests {
    /// Random motion and verbs, and what was foreseen beside what came.
    @Test("what is foreseen comes, until an edit", arguments: [(1, 50, 51), (2, 100, 120), (3, 30, 1)])
    func foreseenFramesCome(seed: UInt64, rate: Int, count: Int) throws {
        var generator = SplitMix64(seed: seed)
        var player = Fixture.player(rate: rate)
        var untouched = Fixture.player(rate: rate)
        var ahead = LookAhead(of: player, count: count)
        var frame = player.makeFrame()
        var other = player.makeFrame()
        var last: [PublishedFrame] = []
        var trajectory: UInt64 = 0
        var states: Set<StreamState> = []
        for _ in 0..<4000 {
            var edits: [PlayerEdit] = []
            if Double.random(in: 0...1, using: &generator) < 0.03 {
                trajectory += 1
                var resampler = Fixture.resampler(trajectory, rate: rate)
                let tag = MotionTag(command: trajectory, segment: 0)
                let motion =
                    Bool.random(using: &generator)
                    ? Fixture.timeScaling(frames: 0..<70, yaw: Double(trajectory)) : Fixture.wild(40, using: &generator)
                let chunk = try resampler.append(motion, tag: tag, endsCommand: true)
                edits =
                    [
                        [.append(chunk)], [.replace(chunk)], [.replace(chunk), .append(resampler.finish())], [.hold],
                        [.resume], [.stop], [.halt], [.reset], [.reset],
                        [.pose([nil, nil, nil, nil, .random(in: -1...1, using: &generator), 0.3])],
                    ][Int.random(in: 0..<10, using: &generator)]
            }
            for edit in edits {
                _ = player.apply(edit)
                _ = untouched.apply(edit)
            }
            ahead.update(with: &player, isEdited: !edits.isEmpty)
            player.tick(into: &frame)
            untouched.tick(into: &other)
            states.insert(frame.state)
            // Looking ahead leaves no trace.
            #expect(frame == other)
            #expect(ahead[0] == frame)
            if edits.isEmpty, last.count == count {
                let isAsForeseen = (0..<count - 1).allSatisfy { ahead[$0] == last[$0 + 1] }
                #expect(isAsForeseen)
            }
            last = (0..<count).map { ahead[$0] }
            #expect(last.last?.frame == frame.frame + Int64(count) - 1)
        }
        #expect(player.limiterCounts == untouched.limiterCounts)
        #expect(states == Set(StreamState.allCases))
    }
}
