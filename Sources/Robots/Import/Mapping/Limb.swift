import Geometry
import HumanBody

/// A leg or an arm: the chain of moved links from the trunk to its end, with the middle joint found.
struct Limb {
    /// Shares and cosines that tell joints of a limb apart. Found by trying on the 75 descriptions of
    /// `Documentation/any-robot.md`, where every knee, elbow, hip and wrist of the two-legged ones was looked at.
    private enum Rule {
        /// A knee's axis points to the side: within 53° of it (cosine).
        static let kneeAxis = 0.6
        /// An elbow is the first joint whose score is this share of the best: wrists of long hands come near, but later.
        static let elbowShare = 0.6
        /// Confidence is this many times the lead over the second best, 0.3 where nothing leads.
        static let confidenceGain = 1.5
        static let leastConfidence = 0.3
        /// Joints farther than this share of the limb from the last one before the middle belong to the trunk.
        static let hipSpread = 0.6
        /// A hip or shoulder has three joints at most.
        static let ballJoints = 3
        /// The common point of their axes has to lie within this share of the limb of the joints: nearly parallel axes meet
        /// anywhere. The same of an ankle or wrist.
        static let upperShift = 0.4
        static let lowerShift = 0.5
        /// Without a joint there, an ankle lies this far down from the knee to the ground, a wrist from elbow to finger tip.
        static let ankle = 0.95
        static let wrist = 0.9
        /// A forearm with a rigid hand is at most this many times the upper arm: the rest is hand.
        static let longestForearm = 1.1
        /// An axis within 37° of the forearm (cosine) turns it and is no wrist's.
        static let twist = 0.8
        /// A wrist nearer to the elbow than this share of the way to the tip is a forearm's turning joint.
        static let shortestForearm = 0.3
    }

    /// Which side of the body it is on.
    var side = Side.left
    /// Moved links from the trunk outwards.
    var chain: [Int]
    /// Position in the chain of the knee or elbow.
    var middle: Int
    /// Hip or shoulder, knee or elbow, ankle or wrist, and the tip, in the zero pose.
    var upper: Vector3
    var bend: Vector3
    var lower: Vector3
    var tip: Vector3
    /// How well the middle joint stands out, 0 to 1.
    var confidence: Double

    var upperBody: Int { middle > 0 ? chain[middle - 1] : chain[0] }
    var middleBody: Int { chain[middle] }
    var endBody: Int { chain[chain.count - 1] }

    /// The limb of the links of `chain`; nil when it has fewer than two joints.
    init?(_ robot: ReducedRobot, chain: [Int], isLeg: Bool, middle given: Int? = nil) {
        guard chain.count >= 2 else { return nil }
        self.chain = chain
        let joints = Joints(robot, chain, isLeg: isLeg)
        tip = joints.tip
        (middle, confidence) = given.map { ($0, 1) } ?? joints.middle()
        bend = joints.anchors[middle]
        let reach = (bend - joints.base).length + (tip - bend).length
        upper = joints.upper(before: middle, reach: reach)
        lower = joints.lower(after: middle, upper: upper, reach: reach)
    }

    /// The joints of a limb in the zero pose, and the points that follow from them.
    private struct Joints {
        let robot: ReducedRobot
        let chain: [Int]
        let isLeg: Bool
        /// Where each joint is.
        let anchors: [Vector3]
        /// The far end: the ground under the foot, or as far out as the hand reaches.
        let tip: Vector3

        init(_ robot: ReducedRobot, _ chain: [Int], isLeg: Bool) {
            self.robot = robot
            self.chain = chain
            self.isLeg = isLeg
            anchors = chain.map(robot.anchor)
            let last = chain[chain.count - 1]
            let joint = anchors[anchors.count - 1]
            // Shapes may stop short of what the mass says.
            let mass = isLeg ? [] : robot.box(last).map(robot.zero[last].act)
            let end = robot.zeroCorners(last) + mass
            var tip = end.isEmpty ? joint : end.reduce(.zero, +) / Double(end.count)
            if isLeg, let lowest = end.map(\.z).min() { tip.z = lowest }
            if !isLeg, !end.isEmpty, (tip - joint).length > 1e-6 {
                // As far out as the hand reaches from the joint before it.
                let ahead = (tip - joint).normalized
                tip = joint + ahead * (end.map { ($0 - joint).dot(ahead) }.max() ?? 0)
            }
            self.tip = tip
        }

        /// The middle of the first two joints.
        var base: Vector3 { anchors.prefix(2).reduce(.zero, +) / Double(min(2, anchors.count)) }

        /// How much a joint is like a knee or an elbow: far from both ends, with its axis across the limb.
        private func score(_ index: Int) -> Double {
            guard index > 0, robot.links[chain[index]].joint?.kind != .prismatic else { return 0 }
            let near = anchors[index] - base
            let far = tip - anchors[index]
            let axis = robot.axis(chain[index])
            let across: Double
            if isLeg {
                let alignment = abs(axis.dot(Vector3(0, 1, 0)))
                across = alignment > Rule.kneeAxis ? alignment : 0
            } else {
                // An elbow's axis is across both segments; a twist is along one of them.
                func crossing(_ segment: Vector3) -> Double {
                    guard segment.length > 1e-6 else { return 0 }
                    let along = axis.dot(segment.normalized)
                    return max(0, 1 - along * along).squareRoot()
                }
                across = crossing(near) * crossing(far)
            }
            return min(near.length, far.length) * across
        }

        /// The knee or elbow, and how well it stands out.
        func middle() -> (index: Int, confidence: Double) {
            let scores = chain.indices.map(score)
            let highest = scores.max() ?? 0
            let best = scores.firstIndex { $0 > 0 && $0 >= (isLeg ? 1 : Rule.elbowShare) * highest } ?? 1
            let second = scores.indices.filter { $0 < best || isLeg && $0 != best }.map { scores[$0] }.max() ?? 0
            let lead = scores[best] > 0 ? Rule.confidenceGain * (1 - second / scores[best]) : 0
            return (best, min(1, max(Rule.leastConfidence, lead)))
        }

        /// The common point of the axes of these joints that is nearest to `hint`.
        private func center(_ joints: [Int], hint: Vector3) -> Vector3 {
            Vector3.nearest(toLines: joints.map { (anchors[$0], robot.axis(chain[$0])) }, hint: hint)
        }

        /// Hip or shoulder, of a limb of length `reach` bent at `middle`.
        func upper(before middle: Int, reach: Double) -> Vector3 {
            // The joints of a hip lie close together; what comes before them belongs to the trunk.
            let near = chain.indices.prefix(middle).filter {
                (anchors[$0] - anchors[max(middle - 1, 0)]).length < Rule.hipSpread * reach
            }
            let joints = Array(near.suffix(Rule.ballJoints))
            guard let first = joints.first else { return anchors[0] }
            let point = center(joints, hint: joints.map { anchors[$0] }.reduce(.zero, +) / Double(joints.count))
            // A joint axis far along the limb would carry the point away from the joints.
            return (point - anchors[first]).length > Rule.upperShift * reach ? anchors[first] : point
        }

        /// Ankle or wrist, of a limb of length `reach` that begins in `upper` and is bent at `middle`.
        func lower(after middle: Int, upper: Vector3, reach: Double) -> Vector3 {
            let bend = anchors[middle]
            let guess = bend + (tip - bend) * (isLeg ? Rule.ankle : Rule.wrist)
            let after = chain.indices.filter { $0 > middle }
            guard let last = after.last else {
                // A hand at the end of the forearm is none of it.
                let (length, longest) = ((guess - bend).length, Rule.longestForearm * (bend - upper).length)
                return !isLeg && length > longest ? bend + (guess - bend) * (longest / length) : guess
            }
            let forearm = anchors[last] - bend
            let along = forearm.length > 1e-6 ? forearm.normalized : Vector3(0, 0, -1)
            let bending = after.filter { abs(robot.axis(chain[$0]).dot(along)) < Rule.twist }
            let used = bending.isEmpty ? [last] : bending
            let outermost = anchors[used[used.count - 1]]
            let common = center(used, hint: outermost)
            let point = (common - outermost).length > Rule.lowerShift * reach ? outermost : common
            // A joint that only turns about the forearm may sit at the elbow.
            return (point - bend).length < Rule.shortestForearm * (tip - bend).length ? guess : point
        }
    }
}
