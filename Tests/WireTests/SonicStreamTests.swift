import Foundation
import Geometry
import Robots
import Testing
import Timeline
import Wire

/// What SONIC's receiver makes of the stream while random commands come.
@Suite struct SonicStreamTests {
    struct Finding {
        var resets = 0
        var underruns = 0
        var frames = 0
        var isContiguous = true
        /// Frames that were played otherwise than they were published, without an edit shortly before: what an edit
        /// changes at once may be known to the receiver only when it has played on.
        var strangers = 0
        /// How far a frame was played from where it was published after new motion took the old one's place, rad.
        var greatestSlip: Float = 0
        var isLastFramePlayed = false
        var edits = 0
        /// What was strange, for a person.
        var note = ""
    }

    /// A receiver with a phase, a clock rate, delays and lost messages of its own listens to one player for some
    /// seconds of random commands.
    static func run(seed: UInt64) throws -> Finding {
        var random = SplitMix64(seed: seed)
        var player = RobotPlayer(profile: g1, streamRate: 50, contactCount: 4)
        var encoder = try SonicEncoder(profile: g1, streamRate: 50)
        var ahead = LookAhead(of: player, count: encoder.frameCount)
        var frame = player.makeFrame()
        var receiver = SonicReceiver()
        var finding = Finding()

        // Milliseconds. The publisher ticks every 20, the receiver looks for messages every 10 and plays every 20.
        let drift = Double.random(in: -2e-4...2e-4, using: &random)
        var nextLook = Double.random(in: 0..<10, using: &random)
        var nextStep = Double.random(in: 0..<20, using: &random)
        var network = Network(using: &random)
        var published: [Int64: [Float]] = [:]
        var verbFrames: [Int64] = []
        var motionFrames: [Int64] = []
        var traffic = RandomTraffic()

        let ticks = 260
        for tick in 0..<ticks + 60 {
            let now = 20 * Double(tick) + Double.random(in: 0...3, using: &random)
            while min(nextLook, nextStep) < now {
                if nextLook <= nextStep {
                    // Only the newest message counts.
                    if let newest = network.arrived(by: nextLook).last { try receiver.receive(newest.bytes) }
                    nextLook += 10 * (1 + drift)
                } else {
                    receiver.step()
                    nextStep += 20 * (1 + drift)
                }
            }

            let burst = tick < ticks ? try traffic.next(using: &random) : RandomTraffic.Burst()
            let edits = burst.edits
            if !edits.isEmpty {
                // A stop in any form takes effect with the next frame, and so does what ends it.
                if burst.isVerb || frame.state == .holding || frame.state == .stopping {
                    verbFrames.append(Int64(tick))
                }
                if !burst.isVerb { motionFrames.append(Int64(tick)) }
                finding.edits += 1
            }
            for edit in edits { _ = player.apply(edit) }
            ahead.update(with: &player, isEdited: !edits.isEmpty)
            player.tick(into: &frame)
            #expect(ahead[0].jointPositions == frame.jointPositions)
            published[frame.frame] = frame.jointPositions.map { Float($0) }
            let bytes = try #require(encoder.encode(ahead, stamp: ReferenceStamp()).map(Array.init))
            network.send(bytes, at: now, isSure: tick == 0, using: &random)
        }

        finding.resets = receiver.resets
        finding.underruns = receiver.underruns
        let order = try JointOrder("isaaclab", of: g1).places
        var last: Int64?
        for pose in receiver.played {
            finding.frames += 1
            if let last, pose.index != last + 1 { finding.isContiguous = false }
            last = pose.index
            let own = published[pose.index] ?? []
            let isSame = !own.isEmpty && zip(order, pose.positions).allSatisfy { own[$0] == $1 }
            func isAfter(_ edits: [Int64]) -> Bool {
                edits.contains { pose.index >= $0 && pose.index < $0 + 8 }
            }
            if isSame || isAfter(verbFrames) { continue }
            if !isAfter(motionFrames) {
                finding.strangers += 1
                finding.note += " frame \(pose.index), motion at \(motionFrames), verbs at \(verbFrames)"
            }
            for (place, value) in zip(order, pose.positions) where !own.isEmpty {
                finding.greatestSlip = max(finding.greatestSlip, abs(own[place] - value))
            }
        }
        if let last { finding.isLastFramePlayed = last >= Int64(ticks) }
        return finding
    }

    private static let seeds: Range<UInt64> = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["KMMD_SONIC_FIRST"].flatMap(UInt64.init) ?? 0
        return first..<first + (environment["KMMD_SONIC_SEQUENCES"].flatMap(UInt64.init) ?? 200)
    }()

    /// `KMMD_SONIC_SEQUENCES` says how many sequences are run, `KMMD_SONIC_FIRST` from which on.
    @Test func `random commands never make SONIC begin anew, stand still or leave out a frame`() async throws {
        let seeds = Self.seeds
        var (edits, frames) = (0, 0)
        for seed in seeds {
            let finding = try Self.run(seed: seed)
            #expect(finding.resets == 1, "seed \(seed): only the first message begins")
            #expect(finding.underruns == 0, "seed \(seed)")
            #expect(finding.isContiguous, "seed \(seed)")
            #expect(finding.strangers == 0, "seed \(seed):\(finding.note)")
            #expect(finding.greatestSlip < 0.06, "seed \(seed)")
            #expect(finding.isLastFramePlayed, "seed \(seed)")
            edits += finding.edits
            frames += finding.frames
        }
        #expect(edits > 5 * seeds.count)
        #expect(frames > 250 * seeds.count)
    }

    @Test func `the receiver does begin anew where the rules say so`() throws {
        func message(_ first: Int64, _ count: Int) throws -> [UInt8] {
            let numbers: (Int) -> StreamMessage.Elements = { .float(Array(repeating: 0, count: count * $0)) }
            return try StreamMessage(
                topic: "pose",
                fields: [
                    .init("body_quat", shape: [count, 4], numbers(4)),
                    .init("frame_index", shape: [count], .integer((0..<Int64(count)).map { first + $0 })),
                    .init("joint_pos", shape: [count, 29], numbers(29)),
                    .init("joint_vel", shape: [count, 29], numbers(29)), .init("catch_up", shape: [1], .byte([0])),
                ]
            ).encoded()
        }
        // The same window again, a window that ends no later, one that begins earlier, and one behind a gap.
        for (first, count) in [(100, 60), (101, 59), (99, 70), (161, 10)] as [(Int64, Int)] {
            var receiver = SonicReceiver()
            try receiver.receive(try message(100, 60))
            try receiver.receive(try message(first, count))
            #expect(receiver.resets == 2, "\(first)")
        }
        for (first, count) in [(101, 60), (160, 1), (130, 31)] as [(Int64, Int)] {
            var receiver = SonicReceiver()
            try receiver.receive(try message(100, 60))
            try receiver.receive(try message(first, count))
            #expect(receiver.resets == 1, "\(first)")
        }
        // Without a window that reaches behind the last frame, the last frames are never played.
        var starved = SonicReceiver()
        try starved.receive(try message(0, 60))
        for _ in 0..<100 { starved.step() }
        #expect(starved.played.last?.index == 14)
        #expect(starved.underruns > 0)
    }
}
