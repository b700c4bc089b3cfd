import Geometry
import HumanBody
import HumanMotion
import KMM
import TextEncoding

/// The joints of a motion over time, as they tell where it can be done again and which parts of the body it takes.
struct ExemplarPose {
    private let features: MotionFeatures

    /// Of these rows, two or more.
    init(_ features: MotionFeatures) { self.features = features }

    private func joint(_ joint: HumanJoint, _ frame: Int) -> Vector3 {
        let row = features.row(frame)
        let column = row.startIndex + MotionFeatures.position(of: joint).lowerBound
        return Vector3(Double(row[column]), Double(row[column + 1]), Double(row[column + 2]))
    }

    /// How far the joints are from those of the first row of another motion, metres on average.
    func distance(at frame: Int, from other: MotionFeatures) -> Double {
        let there = ExemplarPose(other)
        return HumanJoint.allCases.reduce(0) { $0 + (joint($1, frame) - there.joint($1, other.frameCount - 1)).length }
            / Double(HumanJoint.count)
    }

    /// How far the joints of two frames are apart, and how differently they move, metres and metres in a fifth of a second.
    private func difference(_ a: Int, _ b: Int) -> Double {
        let size = MotionGenerator.framesPerToken
        return HumanJoint.allCases.reduce(0) { sum, name in
            let apart = (joint(name, a) - joint(name, b)).length
            let moved =
                (joint(name, a) - joint(name, max(a - size, 0))) - (joint(name, b) - joint(name, max(b - size, 0)))
            return sum + apart + moved.length
        } / Double(HumanJoint.count)
    }

    /// Shortest loop, tokens.
    private static let shortestLoop = 3
    /// A loop's ends are as near as this, metres.
    private static let nearLoop = 0.02
    /// Share of the way from the first pose to the farthest one from which on the action is being done.
    private static let underWay = 0.5

    /// The tokens that can be done again: between two poses that are alike, both away from where the motion begins.
    func loop(tokens: Int) -> Range<Int>? {
        let size = MotionGenerator.framesPerToken
        let away = (0..<tokens).map { token in
            HumanJoint.allCases.reduce(0) { $0 + (joint($1, token * size) - joint($1, 0)).length }
                / Double(HumanJoint.count)
        }
        let least = Self.underWay * (away.max() ?? 0)
        var best: (difference: Double, range: Range<Int>)?
        for first in 1..<max(tokens, 2) where first < tokens && away[first] >= least {
            for end in (first + Self.shortestLoop)..<max(tokens, first + Self.shortestLoop + 1) where end < tokens {
                guard away[end] >= least else { continue }
                let difference = difference(first * size, end * size)
                if difference < best?.difference ?? Self.nearLoop { best = (difference, first..<end) }
            }
        }
        return best?.range
    }

    /// A wrist that goes farther than this from where it was takes its arm, metres.
    private static let movedWrist = 0.12

    /// The parts of the body that show an action.
    func parts(of action: LexiconAction) -> Set<Exemplar.Part> {
        func moves(_ wrist: HumanJoint) -> Bool {
            let first = joint(wrist, 0)
            return (0..<features.frameCount).contains { (joint(wrist, $0) - first).length > Self.movedWrist }
        }
        switch action.uses {
        case .head: return [.head]
        case .legs, .whole, .hands: return []
        case .arms:
            var parts: Set<Exemplar.Part> = []
            if moves(.leftWrist) { parts.insert(.leftArm) }
            if moves(.rightWrist) { parts.insert(.rightArm) }
            return parts.isEmpty ? [.leftArm, .rightArm] : parts
        }
    }
}
