import Foundation
import Geometry
import HumanBody
public import HumanMotion

/// How often a motion shows left where its caption says right: a geometric test of which side moves.
public struct SideConfusion: Codable, Hashable, Sendable {
    /// Motions whose caption names one side of something that can be measured.
    public var judged = 0
    /// Those that show the other side.
    public var confused = 0
    /// Those that show neither side clearly.
    public var unclear = 0

    /// Share of the motions that show a side which show the other one.
    public var rate: Double { Double(confused) / Double(max(judged - unclear, 1)) }

    /// What a caption says of a side.
    public struct Claim: Hashable, Sendable {
        /// What has the side.
        public enum Part: String, Hashable, Sendable, CaseIterable {
            /// The heading's change.
            case turn
            /// The hand that moves more.
            case arm
            /// The hand that comes down farther.
            case reach
            /// The foot that comes up higher.
            case leg
            /// The pelvis' way sideways.
            case way

            /// What either side must have over the other to be seen: radians of turn, shares of both hands' paths, metres.
            ///
            /// With these 1.5 % of the real stretches of the test split show the other side.
            var threshold: Double {
                switch self {
                case .turn, .arm, .leg, .way: 0.1
                case .reach: 0.05
                }
            }
        }
        /// What has the side.
        public var part: Part
        /// Whether it is the left one.
        public var isLeft: Bool
    }

    /// Nothing judged yet.
    public init() {}

    /// Judges a motion by its caption, if that names one side.
    public mutating func judge(_ motion: MotionFeatures, caption: String) {
        guard let claim = Self.claim(of: caption) else { return }
        judged += 1
        let excess = Self.excess(of: claim.part, in: motion)
        if abs(excess) < claim.part.threshold {
            unclear += 1
        } else if (excess < 0) == claim.isLeft {
            confused += 1
        }
    }

    /// The side that a caption names; nil when it names none, both, or one of something else.
    public static func claim(of caption: String) -> Claim? {
        let words = caption.lowercased().split { !$0.isLetter }.map(String.init)
        let sides = Set(words.filter { $0 == "left" || $0 == "right" })
        guard sides.count == 1, let side = sides.first else { return nil }
        let stems: [(Claim.Part, [String])] = [
            (.turn, ["turn", "veer", "curv"]), (.arm, ["hand", "arm", "wav", "punch"]),
            (.leg, ["leg", "foot", "kick"]),
            (.way, ["drift", "side", "shuffl"]),
        ]
        // What stands on a foot shows the other one; a leg that only starts is not the one that moves most.
        let unclear = ["balanc", "stand", "start", "hop", "jump", "rest"]
        guard !words.contains(where: { word in unclear.contains { word.hasPrefix($0) } }) else { return nil }
        let parts = stems.filter { _, stems in words.contains { word in stems.contains { word.hasPrefix($0) } } }
        guard parts.count == 1 else { return nil }
        // Who puts something down with a hand swings the other one.
        let reaches = words.contains { word in ["floor", "bend"].contains { word.hasPrefix($0) } }
        return Claim(part: parts[0].0 == .arm && reaches ? .reach : parts[0].0, isLeft: side == "left")
    }

    /// By how much the left side has it over the right one.
    static func excess(of part: Claim.Part, in motion: MotionFeatures) -> Double {
        let body = BodyMotion(motion)
        switch part {
        case .turn: return (body.heading.last ?? 0) - (body.heading.first ?? 0)
        case .way: return body.velocity.dropFirst().reduce(0) { $0 + $1.x }
        case .arm:
            let path = { (side: Side) in
                let arm = body.wristOverShoulder(side)
                return zip(arm, arm.dropFirst()).reduce(0.0) { $0 + ($1.1 - $1.0).length }
            }
            let (left, right) = (path(.left), path(.right))
            return (left - right) / max(left + right, 1e-9)
        case .reach:
            let lowest = { (side: Side) in body.path(side.wrist).map(\.y).min() ?? 0 }
            return lowest(.right) - lowest(.left)
        case .leg: return (body.footHeight(.left).max() ?? 0) - (body.footHeight(.right).max() ?? 0)
        }
    }
}
