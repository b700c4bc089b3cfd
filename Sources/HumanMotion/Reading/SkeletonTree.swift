import Geometry
import HumanBody

/// The shape of a BVH skeleton: who hangs on whom, and where the limbs are when names do not tell.
struct SkeletonTree {
    let children: [[Int]]
    private let parents: [Int]
    private let lengths: [Double]
    private let poses: [RigidTransform]
    /// Poses over the whole motion.
    private let samples: [[RigidTransform]]

    init(_ bvh: BVH) {
        let parents = bvh.joints.map(\.parent)
        var children = [[Int]](repeating: [], count: parents.count)
        for (joint, parent) in parents.enumerated() where parent >= 0 { children[parent].append(joint) }
        let poses = bvh.frameCount > 0 ? bvh.worldPoses(frame: 0) : []
        lengths = parents.enumerated().map { joint, parent in
            parent < 0 || poses.isEmpty ? 0 : (poses[joint].translation - poses[parent].translation).length
        }
        let step = max(bvh.frameCount / 40, 1)
        samples = stride(from: 0, to: bvh.frameCount, by: step).map { bvh.worldPoses(frame: $0) }
        self.parents = parents
        self.children = children
        self.poses = poses
    }

    func isAncestor(_ ancestor: Int, of joint: Int) -> Bool {
        var current = joint
        while current >= 0 {
            if current == ancestor { return true }
            current = parents[current]
        }
        return false
    }

    /// The nearest joint that both hang on.
    func meeting(_ a: Int, _ b: Int) -> Int {
        // The root hangs on nothing and carries all.
        var current = parents[a] >= 0 ? parents[a] : a
        while !isAncestor(current, of: b) { current = parents[current] }
        return current == b && parents[b] >= 0 ? parents[b] : current
    }

    /// The joints from an ancestor down to a joint, both included; the joint alone when it is no ancestor.
    func way(from ancestor: Int, to joint: Int) -> [Int] {
        var way = [joint]
        while let top = way.last, top != ancestor, parents[top] >= 0 { way.append(parents[top]) }
        return way.last == ancestor ? way.reversed() : [joint]
    }

    /// A joint and all that hang on it.
    func below(_ joint: Int) -> [Int] { [joint] + children[joint].flatMap(below) }

    /// The last joint before the tree branches or ends.
    func spineEnd(from joint: Int) -> Int {
        var current = joint
        while children[current].count == 1 { current = children[current][0] }
        return current
    }

    /// The way down to the farthest end.
    private func longestWay(_ joint: Int) -> (joints: [Int], length: Double) {
        let ways = children[joint].map { longestWay($0) }
        guard let longest = ways.max(by: { $0.length < $1.length }) else { return ([joint], lengths[joint]) }
        return ([joint] + longest.joints, lengths[joint] + longest.length)
    }

    /// Two branches of a joint that mirror each other bone by bone: the longest such pair.
    private func pair(_ joint: Int) -> (ways: [[Int]], others: [Int])? {
        let ways = children[joint].map { longestWay($0) }.sorted { $0.length > $1.length }.map(\.joints)
        func mirrors(_ a: [Int], _ b: [Int]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { abs(lengths[$0] - lengths[$1]) <= 0.15 * lengths[$0] }
        }
        for (index, way) in ways.enumerated() where way.count > 2 {
            guard let twin = ways[(index + 1)...].first(where: { mirrors(way, $0) }) else { continue }
            return ([way, twin], children[joint].filter { $0 != way[0] && $0 != twin[0] })
        }
        return nil
    }

    /// Hips, knees, ankles, toes, collars, shoulders, elbows and wrists by the shape of the tree alone.
    func limbsByShape() -> [HumanJoint: Int] {
        guard !poses.isEmpty else { return [:] }
        // Legs meet at the first joint with a pair of branches; arms at the next, on the branch that is left over.
        var pairs: [[[Int]]] = []
        var queue = parents.indices.filter { parents[$0] < 0 }
        while let joint = queue.first, pairs.count < 2 {
            queue.removeFirst()
            if let found = pair(joint) {
                pairs.append(found.ways)
                queue = found.others.sorted { longestWay($0).length > longestWay($1).length }
            } else {
                queue += children[joint]
            }
        }
        guard pairs.count == 2 else { return [:] }
        let (legs, arms) = (pairs[0].map(limb), pairs[1].map(limb))
        guard legs.allSatisfy({ $0.count >= 3 }), arms.allSatisfy({ $0.count >= 3 }) else { return [:] }
        let sides = LegSides(
            samples.map { pose in
                (first: legs[0].map { pose[$0].translation }, second: legs[1].map { pose[$0].translation })
            })
        guard sides.leftness != 0 else { return [:] }
        let leftLeg = sides.leftness > 0 ? 0 : 1
        // Shoulders lie over the hips of their side.
        let across = samples.reduce(0.0) { sum, pose in
            let hips = pose[legs[leftLeg][0]].translation - pose[legs[1 - leftLeg][0]].translation
            return sum + hips.dot(pose[arms[0][0]].translation - pose[arms[1][0]].translation)
        }
        let leftArm = across > 0 ? 0 : 1
        var found: [HumanJoint: Int] = [:]
        for (limbs, left, parts) in [(legs, leftLeg, \Side.legJoints), (arms, leftArm, \Side.arm.joints)] {
            for (index, limb) in limbs.enumerated() {
                let side: Side = index == left ? .left : .right
                for (part, joint) in zip(side[keyPath: parts], limb) { found[part] = joint }
            }
        }
        for side in Side.both {
            if let shoulder = found[side.shoulder], parents[shoulder] >= 0, children[parents[shoulder]].count == 1 {
                found[side.collar] = parents[shoulder]
            }
        }
        return found
    }

    /// Whether a joint stays on the line between two others, whatever they do.
    func isInLine(_ joint: Int, from first: Int, to last: Int) -> Bool {
        samples.allSatisfy { pose in
            let (before, after) = (
                pose[joint].translation - pose[first].translation, pose[last].translation - pose[joint].translation
            )
            // About 8 degrees: rigs are not drawn with a ruler.
            return before.length < 1e-9 || before.normalized.dot(after.normalized) > 0.99
        }
    }

    /// A way without the joints that never bend, as twist bones do not.
    private func bending(_ way: [Int]) -> [Int] {
        let kept = way.indices.filter { index in
            guard index > 0, index + 1 < way.count else { return true }
            return !isInLine(way[index], from: way[index - 1], to: way[index + 1])
        }.map { way[$0] }
        return kept.count > 2 ? kept : way
    }

    /// The joints at the beginning of the two longest bones that follow each other, at their end, and one more.
    private func limb(_ whole: [Int]) -> [Int] {
        let way = bending(whole)
        guard way.count > 2 else { return [] }
        func length(_ index: Int) -> Double {
            (poses[way[index]].translation - poses[way[index - 1]].translation).length
        }
        func reach(_ start: Int) -> Double { length(start + 1) + length(start + 2) }
        let start = (0..<way.count - 2).max { reach($0) < reach($1) } ?? 0
        return Array(way[start...].prefix(4))
    }
}

extension Side {
    /// From the hip to the toe base.
    fileprivate var legJoints: [HumanJoint] { leg.joints + [toe] }
}
