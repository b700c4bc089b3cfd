import Geometry
import Robots
import Testing
import Timeline
import Wire

/// What the receivers of single frames make of the stream while random commands come: none begins anew, none starves, and
/// what they play keeps the robot's limits.
@Suite struct ReceiverTests {
    /// One player for some seconds of random commands; `send` gets every frame with its time, `look` runs every 5 ms and
    /// `step` every 20 ms of a clock of its own.
    private static func run(
        seed: UInt64, send: (PublishedFrame, ReferenceStamp, Double, inout Network, inout SplitMix64) throws -> Void,
        look: (Double, [(arrival: Double, bytes: [UInt8])]) throws -> Void, step: (Double) throws -> Void
    ) throws -> [PublishedFrame] {
        var random = SplitMix64(seed: seed)
        var player = RobotPlayer(profile: g1, streamRate: 50, contactCount: 4)
        var frame = player.makeFrame()
        var network = Network(using: &random)
        var traffic = RandomTraffic()
        var published: [PublishedFrame] = []
        let drift = Double.random(in: -2e-4...2e-4, using: &random)
        var nextLook = Double.random(in: 0..<5, using: &random)
        var nextStep = Double.random(in: 0..<20, using: &random)
        for tick in 0..<500 {
            let deadline = 20 * Double(tick)
            let now = deadline + Double.random(in: 0...3, using: &random)
            while min(nextLook, nextStep) < now {
                if nextLook <= nextStep {
                    try look(nextLook, network.arrived(by: nextLook))
                    nextLook += 5 * (1 + drift)
                } else {
                    try step(nextStep)
                    nextStep += 20 * (1 + drift)
                }
            }
            if tick < 420 { for edit in try traffic.next(using: &random).edits { _ = player.apply(edit) } }
            player.tick(into: &frame)
            published.append(frame)
            var stamp = ReferenceStamp()
            stamp.playNanoseconds = 1_790_000_000_000_000_000 + Int64(deadline * 1e6)
            stamp.wallNanoseconds = 1_790_000_000_000_000_000 + Int64(now * 1e6)
            try send(frame, stamp, now, &network, &random)
        }
        return published
    }

    private static let seeds: Range<UInt64> = 0..<60

    /// The greatest speed of any joint between two poses, as a share of its limit.
    private static func haste(_ a: [Double], _ b: [Double], over seconds: Double) -> Double {
        g1.drivenJoints.indices.map { abs(b[$0] - a[$0]) / seconds / g1.drivenJoints[$0].limits.velocity }.max() ?? 0
    }

    @Test(arguments: seeds)
    func `HoloMotion always has a fresh frame, and derives speeds within the limits`(seed: UInt64) throws {
        var receiver = HoloMotionReceiver()
        var encoder = try HoloMotionEncoder(.referenceQPos, profile: g1, streamRate: 50)
        let published = try Self.run(seed: seed) { frame, stamp, now, network, random in
            let bytes = try #require(encoder.encode([frame], stamp: stamp).map(Array.init))
            network.send(bytes, at: now, using: &random)
        } look: { time, messages in
            if let newest = messages.last { try receiver.receive(newest.bytes, at: time) }
        } step: { time in
            receiver.step(at: time)
        }
        #expect(receiver.staleSteps == 0)
        #expect(receiver.played.count > 450)
        let order = try JointOrder("mujoco", of: g1).places
        for (before, after) in zip(receiver.played, receiver.played.dropFirst()) where after.index != before.index {
            #expect(after.index > before.index && after.time > before.time)
            // Lost messages leave gaps in the index and in time alike.
            let gap = after.index - before.index
            let seconds = after.time - before.time
            #expect(abs(seconds - 0.02 * Double(gap)) < 1e-6 && gap < 12)
            let own = published[Int(after.index)].jointPositions
            for (place, joint) in order.enumerated() {
                #expect(after.numbers[7 + place] == Float(own[joint]))
                let speed = Double(abs(after.numbers[7 + place] - before.numbers[7 + place])) / seconds
                #expect(speed < 1.001 * g1.drivenJoints[joint].limits.velocity)
            }
        }
    }

    @Test(arguments: seeds)
    func `sim2real never realigns, resets or starves, and sees a halt as a pause`(seed: UInt64) throws {
        var receiver = Sim2RealReceiver()
        var encoder = try Sim2RealEncoder(profile: g1, streamRate: 50)
        let published = try Self.run(seed: seed) { frame, stamp, now, network, random in
            let bytes = try #require(encoder.encode([frame], stamp: stamp).map(Array.init))
            network.send(bytes, at: now, using: &random)
        } look: { time, messages in
            for message in messages { try receiver.receive(message.bytes, at: message.arrival) }
        } step: { time in
            receiver.step(at: time)
        }
        #expect(receiver.anchors == 1 && receiver.resets == 0 && receiver.realignments == 1)
        #expect(receiver.starvedSteps == 0)
        // All but the delay, and what is held while a halted robot rests.
        let moving = published.count { !($0.state == .halted && $0.isSettled) }
        #expect(receiver.played.count > moving - 40, "\(moving)")
        let last = try #require(published.last)
        if receiver.isPaused { #expect(last.state == .halted && last.isSettled) }
        for (before, after) in zip(receiver.played, receiver.played.dropFirst()) {
            let seconds = (after.time - before.time) / 1000
            #expect(seconds > 0)
            // Six decimals and a clock that is set a little now and then.
            if seconds > 0.015 { #expect(Self.haste(before.joints, after.joints, over: seconds) < 1.01) }
            #expect((after.root - before.root).length / max(seconds, 0.015) < 3)
        }
    }

    @Test(arguments: seeds)
    func `TWIST2 reads whole values, never one older than the way there, and turns as far as the robot`(
        seed: UInt64
    ) throws {
        var receiver = Twist2Receiver()
        var encoder = try TwistEncoder(.twist2, profile: g1, streamRate: 50)
        var ages: [Double] = []
        let published = try Self.run(seed: seed) { frame, stamp, now, network, random in
            let bytes = try #require(encoder.encode([frame], stamp: stamp).map(Array.init))
            // TCP on the same machine: nothing is lost.
            network.send(bytes, at: now, isSure: true, using: &random)
        } look: { _, messages in
            for message in messages { try receiver.receive(message.bytes) }
        } step: { time in
            try receiver.step()
            if let last = receiver.played.last { ages.append(time - (last.time - 1_790_000_000_000)) }
        }
        #expect(receiver.played.count > 450)
        #expect((ages.max() ?? .infinity) < 95, "a tick, the delay and the latest message")
        let order = try JointOrder("mujoco", of: g1).places
        for value in receiver.played {
            let index = Int(((value.time - 1_790_000_000_000) / 20).rounded(.down))
            let own = published[index]
            var worst = abs(own.rootPosition.z - value.numbers[2])
            for (place, joint) in order.enumerated() {
                worst = max(worst, abs(own.jointPositions[joint] - value.numbers[6 + place]))
            }
            #expect(worst < 1e-6)
        }
        // The yaw rate, summed over what was published, is the heading that the robot reached.
        var turned = 0.0
        for frame in published { turned += 0.02 * frame.rootRotation.conjugate.act(frame.rootAngularVelocity).z }
        var read = 0.0
        for value in receiver.played { read += 0.02 * value.numbers[5] }
        #expect(abs(read - turned) < 0.12)
    }
}
