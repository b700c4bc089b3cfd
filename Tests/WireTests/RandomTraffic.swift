import Foundation
import Geometry
import Robots
import Timeline

/// Random commands for one player: motion, stops in every form, and what ends them.
struct RandomTraffic {
    /// The edits of one tick, and what kind they are of.
    struct Burst {
        var edits: [PlayerEdit] = []
        /// Whether they are verbs, or what ends them: these take effect with the next frame.
        var isVerb = false
    }

    private var trajectory: UInt64 = 0
    private var resampler = MotionResampler(trajectory: 1, jointCount: 29, contactCount: 4, streamRate: 50)

    /// What comes before a tick: one time in twenty something.
    mutating func next(using random: inout SplitMix64) throws -> Burst {
        guard Double.random(in: 0...1, using: &random) < 0.05 else { return Burst() }
        let tag = MotionTag(command: trajectory + 1, segment: 0)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<6:
            trajectory += 1
            resampler = MotionResampler(trajectory: trajectory, jointCount: 29, contactCount: 4, streamRate: 50)
            return Burst(edits: [.replace(try resampler.append(Self.motion(using: &random), tag: tag))])
        case 6..<12:
            if trajectory == 0 { trajectory = 1 }
            return Burst(edits: [.append(try resampler.append(Self.motion(using: &random), tag: tag))])
        case 12: return Burst(edits: [.append(resampler.finish())])
        case 13: return Burst(edits: [.hold], isVerb: true)
        case 14, 15: return Burst(edits: [.resume], isVerb: true)
        case 16: return Burst(edits: [.stop], isVerb: true)
        case 17: return Burst(edits: [.halt], isVerb: true)
        default: return Burst(edits: [.reset], isVerb: true)
        }
    }

    /// One to three seconds of gentle motion of all joints within their ranges.
    private static func motion(using random: inout SplitMix64) -> [MotionWaypoint] {
        let stand = g1.standPose
        let speed = Double.random(in: -0.6...0.6, using: &random)
        let phase = Double.random(in: 0...6, using: &random)
        let size = Double.random(in: 0.05...0.25, using: &random)
        return (0..<Int.random(in: 30...90, using: &random)).map { index in
            let time = Double(index) / 30
            let wave = size * (sin(3 * time + phase) - sin(phase))
            var pose = stand
            pose.rootPosition = stand.rootPosition + Vector3(speed * time, 0, 0)
            pose.rootRotation = Quaternion(angle: 0.4 * wave, axis: Vector3(0, 0, 1))
            pose.jointPositions = stand.jointPositions.enumerated().map { $1 + ($0 % 3 == 0 ? wave : wave / 3) }
            return MotionWaypoint(configuration: pose, contacts: [1, 1, 1, 1])
        }
    }
}

/// A way from the publisher to a receiver, milliseconds: delays, late messages, a few that are lost, never out of order.
struct Network {
    private let delay: Double
    private var onTheWay: [(arrival: Double, bytes: [UInt8])] = []

    init(using random: inout SplitMix64) { delay = .random(in: 0.1...15, using: &random) }

    mutating func send(_ bytes: [UInt8], at time: Double, isSure: Bool = false, using random: inout SplitMix64) {
        guard isSure || Double.random(in: 0...1, using: &random) > 0.02 else { return }
        let late = Double.random(in: 0...1, using: &random) < 0.05 ? 40.0 : 4
        let arrival = time + delay + Double.random(in: 0...late, using: &random)
        onTheWay.append((max(arrival, onTheWay.last?.arrival ?? 0), bytes))
    }

    /// What has arrived, in order.
    mutating func arrived(by time: Double) -> [(arrival: Double, bytes: [UInt8])] {
        let count = onTheWay.firstIndex { $0.arrival > time } ?? onTheWay.count
        defer { onTheWay.removeFirst(count) }
        return Array(onTheWay.prefix(count))
    }
}
