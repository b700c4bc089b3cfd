import Foundation
import Geometry
import HumanBody
public import HumanMotion

/// What no person does, in generated motion: it hangs in the air, its feet slide, it shakes where tokens are joined.
public struct MotionFaults: Codable, Sendable {
    /// Motions looked at.
    public var motions = 0
    /// Motions in which the body hangs: nothing is near the floor, and it does not fly as a thrown body does.
    public var hanging = 0
    /// Mean horizontal speed of toes less than 2.5 cm over where they stand, centimetres per second.
    public var skating = 0.0
    /// Third differences across the borders of tokens, over those inside; 1 is no jitter.
    public var borderJitter = 0.0
    /// Mean length of the joints' third differences, millimetres per frame³.
    public var jerk = 0.0
    /// Mean depth of the lowest sole under the floor, centimetres.
    public var penetration = 0.0

    private var jerks = [0.0, 0, 0, 0]
    private var jerkCounts = [0, 0, 0, 0]
    private var quality: [BodyQuality] = []
    private var frames: [Double] = []

    private enum CodingKeys: CodingKey { case motions, hanging, skating, borderJitter, jerk, penetration }

    /// Nothing seen yet.
    public init() {}

    /// Looks at a motion whose first frame begins a token.
    public mutating func add(_ clip: HumanClip) {
        guard clip.frames.count > 3 else { return }
        motions += 1
        if Self.hangs(clip) { hanging += 1 }
        quality.append(BodyQuality([clip]))
        frames.append(Double(clip.frames.count))
        let joints = clip.frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
        for t in 3..<joints.count {
            // The difference of frames t-3 ... t is centred between t-2 and t-1: at a border when t-1 begins a token.
            let phase = (t - 1) % 4
            jerks[phase] +=
                joints[t].indices.reduce(0.0) { sum, joint in
                    let near = joints[t - 2][joint] - joints[t - 1][joint]
                    return sum + (joints[t][joint] - joints[t - 3][joint] + near * 3).length
                } / Double(joints[t].count)
            jerkCounts[phase] += 1
        }
        summarize()
    }

    private mutating func summarize() {
        skating = mean(of: \.skating)
        penetration = mean(of: \.penetration)
        let inside = (jerks[1] + jerks[2] + jerks[3]) / Double(max(jerkCounts[1...].reduce(0, +), 1))
        borderJitter = jerks[0] / Double(max(jerkCounts[0], 1)) / max(inside, 1e-9)
        jerk = 1000 * jerks.reduce(0, +) / Double(max(jerkCounts.reduce(0, +), 1))
    }

    /// Mean over all frames.
    private func mean(of value: KeyPath<BodyQuality, Double>) -> Double {
        zip(quality, frames).reduce(0) { $0 + $1.0[keyPath: value] * $1.1 } / frames.reduce(0, +)
    }

    /// How thick the body is around its joints, metres; a joint that lies on the floor is that far over it.
    private static let thickness = 0.1
    /// Nothing is near the floor when all is higher than this, metres.
    private static let clearance = 0.06
    /// Nobody flies longer than this, seconds: a pelvis would rise 1.2 m.
    private static let longestFlight = 1.0
    /// Shorter runs of frames are not looked at, seconds: a runner's flight is a sixth of a second.
    private static let shortestHang = 0.25
    /// A thrown body falls by 9.8 m/s²; arms and legs that move make the pelvis differ, less than half of it is no flight.
    private static let leastFall = 3.5

    /// Whether the body is in the air somewhere without having jumped.
    package static func hangs(_ clip: HumanClip) -> Bool {
        let lowest = clip.frames.map { frame in
            let joints = SMPLSkeleton.forwardKinematics(frame).map(\.translation)
            let soles = Side.both.map { side in
                min(joints[side.toe].y - SMPLFoot.toeHeight, joints[side.ankle].y - SMPLFoot.ankleHeight(side))
            }
            return min(soles.min() ?? 0, (joints.map(\.y).min() ?? 0) - thickness)
        }
        return Signal.runs(lowest.map { $0 > clearance }).contains { flight in
            let seconds = Double(flight.count) / clip.frameRate
            guard seconds > shortestHang else { return false }
            if seconds > longestFlight { return true }
            return fall(of: clip.frames[flight].map(\.pelvis.y), frameRate: clip.frameRate) < leastFall
        }
    }

    /// Downward acceleration of the parabola through some heights, metres per second squared.
    private static func fall(of heights: [Double], frameRate: Double) -> Double {
        // Least squares on an even grid: the second-order orthogonal polynomial.
        let middle = Double(heights.count - 1) / 2
        let squares = heights.indices.map { pow(Double($0) - middle, 2) }
        let mean = Signal.mean(squares)
        let basis = squares.map { $0 - mean }
        let bend = zip(heights, basis).reduce(0) { $0 + $1.0 * $1.1 } / basis.reduce(0) { $0 + $1 * $1 }
        return -2 * bend * frameRate * frameRate
    }
}

/// How much motions of one action differ from each other.
public struct PoseSpread: Codable, Sendable {
    /// Name of the action.
    public var action: String
    /// Standard deviation of the joints over motions, the clock of each stretched to the same length, centimetres.
    public var generated: Double
    /// The same of people, nil without clips.
    public var people: Double?

    private static let times = 16

    /// The spread of some motions, centimetres; 0 for fewer than two.
    static func spread(of motions: [MotionFeatures]) -> Double {
        let poses = motions.filter { $0.frameCount > 1 }.map { motion in
            (0..<times).flatMap { time in
                let row = motion.row(time * (motion.frameCount - 1) / (times - 1))
                return MotionFeatures.positions.map { Double(row[row.startIndex + $0]) }
            }
        }
        guard poses.count > 1, let first = poses.first else { return 0 }
        let variance = first.indices.reduce(0.0) { sum, index in
            let values = poses.map { $0[index] }
            let mean = Signal.mean(values)
            return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        }
        // Three numbers a joint.
        return 100 * (variance / Double(first.count / 3)).squareRoot()
    }
}
