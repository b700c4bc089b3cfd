import Geometry

/// A leg or an arm: the chain of moved links from the trunk to its end, with the middle joint found.
struct Limb {
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
        let last = chain[chain.count - 1]
        let anchors = chain.map(robot.anchor)
        // Shapes may stop short of what the mass says.
        let mass = isLeg ? [] : robot.box(last).map(robot.zero[last].act)
        let end = robot.zeroCorners(last) + mass
        let around = (end.reduce(.zero, +)) / Double(max(end.count, 1))
        tip = end.isEmpty ? anchors[chain.count - 1] : around
        if isLeg, let lowest = end.map(\.z).min() { tip.z = lowest }
        if !isLeg, !end.isEmpty {
            // As far out as the hand reaches from the joint before it.
            let out = tip - anchors[chain.count - 1]
            if out.length > 1e-6 {
                let ahead = out.normalized
                let reach = end.map { ($0 - anchors[chain.count - 1]).dot(ahead) }.max() ?? 0
                tip = anchors[chain.count - 1] + ahead * reach
            }
        }
        let base = anchors.prefix(2).reduce(.zero, +) / Double(min(2, anchors.count))
        let lateral = Vector3(0, 1, 0)
        let outermost = tip
        let scores = chain.indices.map { index -> Double in
            guard index > 0, robot.links[chain[index]].joint?.kind != .prismatic else { return 0 }
            let near = anchors[index] - base
            let far = outermost - anchors[index]
            let across: Double
            if isLeg {
                let alignment = abs(robot.axis(chain[index]).dot(lateral))
                across = alignment > 0.6 ? alignment : 0
            } else {
                // An elbow's axis is across both segments; a twist is along one of them.
                let axis = robot.axis(chain[index])
                func crossing(_ segment: Vector3) -> Double {
                    guard segment.length > 1e-6 else { return 0 }
                    let along = axis.dot(segment.normalized)
                    return max(0, 1 - along * along).squareRoot()
                }
                across = crossing(near) * crossing(far)
            }
            return min(near.length, far.length) * across
        }
        // Wrists of long hands come near an elbow's score, but later.
        let highest = scores.max() ?? 0
        let best = given ?? scores.firstIndex { $0 > 0 && $0 >= (isLeg ? 1 : 0.6) * highest } ?? 1
        middle = best
        let second = scores.indices.filter { $0 < best || isLeg && $0 != best }.map { scores[$0] }.max() ?? 0
        confidence = scores[best] > 0 ? min(1, max(0.3, 1.5 * (1 - second / scores[best]))) : 0.3
        if given != nil { confidence = 1 }

        func center(_ range: some Sequence<Int>, hint: Vector3) -> Vector3 {
            Vector3.nearest(toLines: range.map { (anchors[$0], robot.axis(chain[$0])) }, hint: hint)
        }
        bend = anchors[best]
        // The joints of a hip lie close together; what comes before them belongs to the trunk.
        let reach = (bend - base).length + (tip - bend).length
        let first = chain.indices.prefix(best).filter { (anchors[$0] - anchors[max(best - 1, 0)]).length < 0.6 * reach }
        let upperJoints = Array(first.suffix(3))
        upper =
            upperJoints.isEmpty
            ? anchors[0]
            : center(upperJoints, hint: upperJoints.map { anchors[$0] }.reduce(.zero, +) / Double(upperJoints.count))
        // A joint axis far along the limb would carry the point away from the joints.
        if (upper - anchors[upperJoints.first ?? 0]).length > 0.4 * reach { upper = anchors[upperJoints.first ?? 0] }
        let after = chain.indices.filter { $0 > best }
        if after.isEmpty {
            lower = bend + (tip - bend) * 0.9
            if isLeg { lower = bend + (tip - bend) * 0.95 }
            // A hand at the end of the forearm is none of it.
            let (length, longest) = ((lower - bend).length, 1.1 * (bend - upper).length)
            if !isLeg, length > longest { lower = bend + (lower - bend) * (longest / length) }
        } else {
            let forearm = (anchors[after[after.count - 1]] - bend)
            let along = forearm.length > 1e-6 ? forearm.normalized : Vector3(0, 0, -1)
            let bending = after.filter { abs(robot.axis(chain[$0]).dot(along)) < 0.8 }
            let used = bending.isEmpty ? [after[after.count - 1]] : bending
            lower = center(used, hint: anchors[used[used.count - 1]])
            if (lower - anchors[used[used.count - 1]]).length > 0.5 * reach { lower = anchors[used[used.count - 1]] }
            // A joint that only turns about the forearm may sit at the elbow.
            if (lower - bend).length < 0.3 * (tip - bend).length { lower = bend + (tip - bend) * (isLeg ? 0.95 : 0.9) }
        }
    }
}
