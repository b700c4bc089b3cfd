import Foundation
import Geometry
public import HumanMotion

/// How often a motion shows left where its caption says right: a geometric test of which side moves.
public struct SideConfusion: Codable, Hashable, Sendable {
    /// Motions whose caption names one side of something that can be measured.
    public var judged = 0
    /// Those that show the other side.
    public var confused = 0

    /// Share of the judged motions that show the other side.
    public var rate: Double { Double(confused) / Double(max(judged, 1)) }

    /// What a caption says of a side.
    public struct Claim: Hashable, Sendable {
        /// What has the side.
        public enum Part: String, Hashable, Sendable, CaseIterable {
            /// The heading's change.
            case turn
            /// The hand that moves more.
            case arm
            /// The foot that comes up higher.
            case leg
            /// The pelvis' way sideways.
            case way
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
        if (Self.excess(of: claim.part, in: motion) < 0) == claim.isLeft { confused += 1 }
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
        return Claim(part: parts[0].0, isLeft: side == "left")
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
            return path(.left) - path(.right)
        case .leg: return (body.footHeight(.left).max() ?? 0) - (body.footHeight(.right).max() ?? 0)
        }
    }
}
