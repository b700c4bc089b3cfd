import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Capsules around the parts of a robot, and the pairs of them that could meet.
struct CapsuleFit {
    /// Shares of a bone's length unless another unit is said. Where no source is named, they were found by trying on the 75
    /// descriptions of `Documentation/any-robot.md`: every arm and leg filled, none touching its neighbour while it stands.
    private enum Proportion {
        /// Bones shorter than this, m, are joints of one place (a hip's three) and get no capsule.
        static let shortestBone = 0.01
        /// Radius where a link has no shapes: about that of a human thigh.
        static let plainRadius = 0.2
        /// A capsule is at least this thick: inertia alone makes some limbs mere lines.
        static let thinnest = 0.1
        /// Arms and legs are at most this thick: covers of knees and motors stand out of what matters.
        static let thickestLimb = 0.28
        /// Hands are as wide as long.
        static let thickestHand = 0.6
        /// How far the ends of a capsule's axis stay inside the bone: half a radius, so that round ends do not reach far past
        /// the joints, but not more than a quarter of the bone from either end.
        static let insetRadii = 0.5
        static let greatestInset = 0.25
        /// A direction is taken for vertical when this much of it is (cosine of 26°): the other axis is then chosen.
        static let vertical = 0.9
        /// Boxes this much wider than deep are filled by two capsules side by side.
        static let wideBox = 1.6
        /// Boxes thinner than twice this, m, are plates.
        static let thinnestBox = 0.004
    }

    /// Between capsules of a pair in the stand pose, m.
    private enum Gap {
        /// A pair that is nearer cannot be kept apart by the retargeter, whose solver works to some millimetres.
        static let least = 0.01
        /// Estimated shapes are made thinner until they have this much.
        static let wanted = 0.015
        /// What a step leaves of a radius, and how many there are: a third at most (0.9⁴ = 0.66), as a body is somewhere.
        static let shrinking = 0.9
        static let steps = 4
    }

    var capsules: [RobotProfile.Collision.Capsule] = []
    var pairs: [[String]] = []
    /// Whether some of them come from bones and inertia alone.
    var isEstimated = false
    /// Pairs that touch in the stand pose, and so are not watched.
    var leftOut: [[String]] = []

    init(_ profile: RobotProfile, _ finder: BodyFinder, stand: RobotConfiguration) throws(KinematicsError) {
        let robot = finder.robot
        // Legs pass each other closely in every step: along their bones, as covers of knees and motors may touch.
        for (limbs, fills) in [(finder.legs, false), (finder.arms, true)] {
            for limb in limbs {
                addBone(robot, limb.upperBody, limb.upper, limb.bend, Proportion.thickestLimb, fills: fills)
                addBone(robot, limb.middleBody, limb.bend, limb.lower, Proportion.thickestLimb, fills: fills)
            }
        }
        for leg in finder.legs where leg.endBody != leg.middleBody { addBox(robot, leg.endBody, foot: true) }
        for arm in finder.arms where arm.endBody != arm.middleBody {
            addBone(robot, arm.endBody, arm.lower, arm.tip, Proportion.thickestHand, fills: true)
        }
        addBox(robot, finder.torso, foot: false)
        if finder.pelvis != finder.torso { addBox(robot, finder.pelvis, foot: false) }
        if let head = finder.head { addBox(robot, head, foot: false) }
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        workspace.update(stand)
        addOthers(finder, workspace)
        watch(finder, workspace)
        try watchReach(profile, finder, stand)
        let watched = Set(pairs.joined())
        capsules.removeAll { !watched.contains($0.body) }
    }

    /// A capsule along a bone, as thick as the shapes of the link are across it.
    private mutating func addBone(
        _ robot: ReducedRobot, _ link: Int, _ from: Vector3, _ to: Vector3, _ ratio: Double, fills: Bool
    ) {
        let length = (to - from).length
        guard length > Proportion.shortestBone else { return }
        let along = (to - from) / length
        let (points, estimated) = robot.corners(link)
        if !estimated, fills {
            let filled = Self.filled(points, body: robot.links[link].name, size: robot.size)
            capsules += filled
            if !filled.isEmpty { return }
        }
        isEstimated = isEstimated || estimated
        let inverse = robot.zero[link].inverse
        var radius = Proportion.plainRadius * length
        if !points.isEmpty {
            // Half the middle of the two extents across the bone.
            let side =
                abs(along.z) < Proportion.vertical
                ? along.cross(Vector3(0, 0, 1)).normalized : along.cross(Vector3(0, 1, 0)).normalized
            let other = along.cross(side)
            let world = points.map(robot.zero[link].act)
            func extent(_ d: Vector3) -> Double {
                let values = world.map { $0.dot(d) }
                return (values.max() ?? 0) - (values.min() ?? 0)
            }
            radius = (extent(side) + extent(other)) / 4
        }
        radius = min(max(radius, Proportion.thinnest * length), ratio * length)
        let inset = min(radius * Proportion.insetRadii, length * Proportion.greatestInset)
        capsules.append(
            RobotProfile.Collision.Capsule(
                body: robot.links[link].name, from: inverse.act(from + along * inset).rounded,
                to: inverse.act(to - along * inset).rounded, radius: radius.tenthMillimetres))
    }

    /// Capsules that fill the box around a link: one, or two side by side when it is much wider than deep.
    private mutating func addBox(_ robot: ReducedRobot, _ link: Int, foot: Bool) {
        let (points, estimated) = robot.corners(link)
        guard !points.isEmpty else { return }
        if !estimated {
            capsules += Self.filled(points, body: robot.links[link].name, size: robot.size)
            return
        }
        isEstimated = isEstimated || estimated
        let turn = robot.zero[link].rotation
        let level = points.map(turn.act)
        let lower = Vector3(level.map(\.x).min() ?? 0, level.map(\.y).min() ?? 0, level.map(\.z).min() ?? 0)
        let upper = Vector3(level.map(\.x).max() ?? 0, level.map(\.y).max() ?? 0, level.map(\.z).max() ?? 0)
        let (half, middle) = ((upper - lower) / 2, (upper + lower) / 2)
        let order = [0, 1, 2].sorted { half[$0] > half[$1] }
        let (long, wide, thin) = (order[0], order[1], order[2])
        guard half[thin] > Proportion.thinnestBox else { return }
        let isWide = half[wide] > Proportion.wideBox * half[thin]
        let radius = isWide ? half[thin] : (half[wide] + half[thin]) / 2
        let offsets: [Double] = isWide && !foot ? [-(half[wide] - radius), half[wide] - radius] : [0]
        func unit(_ axis: Int) -> Vector3 { Vector3(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0) }
        let reach = max(0, half[long] - radius)
        for offset in offsets {
            let center = middle + unit(wide) * offset
            capsules.append(
                RobotProfile.Collision.Capsule(
                    body: robot.links[link].name, from: turn.conjugate.act(center - unit(long) * reach).rounded,
                    to: turn.conjugate.act(center + unit(long) * reach).rounded, radius: radius.tenthMillimetres)
            )
        }
    }

    private mutating func watch(_ finder: BodyFinder, _ workspace: KinematicWorkspace) {
        func names(_ roles: [BodyRole]) -> [String] {
            roles.compactMap { finder.link($0).map { finder.robot.links[$0].name } }
        }
        let trunk = names([.torso, .pelvis])
        var wanted: [(String, String)] = []
        for (upper, fore, hand, otherUpper, otherFore, otherHand) in [
            (
                BodyRole.upperArmLeft, BodyRole.forearmLeft, BodyRole.handLeft, BodyRole.upperArmRight,
                BodyRole.forearmRight, BodyRole.handRight
            ),
            (.upperArmRight, .forearmRight, .handRight, .upperArmLeft, .forearmLeft, .handLeft),
        ] {
            let outer = names([fore, hand])
            for part in outer {
                wanted += (trunk + names([.head, .thighLeft, .thighRight, otherUpper])).map { (part, $0) }
            }
            wanted += names([upper]).flatMap { part in
                names([.pelvis]).filter { !names([.torso]).contains($0) }.map { (part, $0) }
            }
            if fore.rawValue.hasSuffix("left") {
                for part in outer { wanted += names([otherFore, otherHand]).map { (part, $0) } }
            }
        }
        let left = names([.thighLeft, .shinLeft, .footLeft])
        let right = names([.thighRight, .shinRight, .footRight])
        for part in left { wanted += right.map { (part, $0) } }
        for part in names([.handLeft, .handRight]) { wanted += names([.shinLeft, .shinRight]).map { (part, $0) } }
        let shaped = Set(capsules.map(\.body))
        var seen: Set<Set<String>> = []
        for (a, b) in wanted where a != b && shaped.contains(a) && shaped.contains(b) && seen.insert([a, b]).inserted {
            guard !isAdjacent(finder.robot, a, b) else { continue }
            shrink(a, b, workspace)
            if distance(a, b, workspace) > Gap.least { pairs.append([a, b]) } else { leftOut.append([a, b]) }
        }
    }

    private func isAdjacent(_ robot: ReducedRobot, _ a: String, _ b: String) -> Bool {
        guard let i = robot.index(of: a), let j = robot.index(of: b) else { return true }
        return robot.links[i].parent == j || robot.links[j].parent == i
    }

    /// Makes the capsules of two bodies that touch in the stand pose up to a third thinner, each as far as it is in the way.
    private mutating func shrink(_ a: String, _ b: String, _ workspace: KinematicWorkspace) {
        func placed(_ name: String) -> [(index: Int, from: Vector3, to: Vector3)] {
            guard let body = workspace.tree.index(ofBody: name) else { return [] }
            let pose = workspace.pose(ofBody: body)
            return capsules.indices.filter { capsules[$0].body == name }.map {
                ($0, pose.act(capsules[$0].from), pose.act(capsules[$0].to))
            }
        }
        let (first, second) = (placed(a), placed(b))
        for _ in 0..<Gap.steps {
            for p in first {
                for q in second {
                    let gap =
                        Self.distance(p.from, p.to, q.from, q.to) - capsules[p.index].radius - capsules[q.index].radius
                    guard gap < Gap.wanted else { continue }
                    for index in [p.index, q.index] {
                        capsules[index].radius = (capsules[index].radius * Gap.shrinking).tenthMillimetres
                    }
                }
            }
        }
    }

    /// Least distance between the capsules of two bodies.
    private func distance(_ a: String, _ b: String, _ workspace: KinematicWorkspace) -> Double {
        func segments(_ name: String) -> [(Vector3, Vector3, Double)] {
            guard let body = workspace.tree.index(ofBody: name) else { return [] }
            let pose = workspace.pose(ofBody: body)
            return capsules.filter { $0.body == name }.map { (pose.act($0.from), pose.act($0.to), $0.radius) }
        }
        var least = Double.infinity
        for p in segments(a) {
            for q in segments(b) {
                least = min(least, Self.distance(p.0, p.1, q.0, q.1) - p.2 - q.2)
            }
        }
        return least
    }

    /// Least distance between two segments (Ericson, Real-Time Collision Detection, 5.1.9).
    static func distance(_ p1: Vector3, _ q1: Vector3, _ p2: Vector3, _ q2: Vector3) -> Double {
        /// Squares of lengths, m², under which a segment is a point, and two are parallel.
        let null = 1e-12
        let (d1, d2, r) = (q1 - p1, q2 - p2, p1 - p2)
        let (a, e, f) = (d1.dot(d1), d2.dot(d2), d2.dot(r))
        func clamp(_ x: Double) -> Double { min(max(x, 0), 1) }
        var (s, t) = (0.0, 0.0)
        if a <= null, e <= null { return r.length }
        if a <= null {
            t = clamp(f / e)
        } else {
            let c = d1.dot(r)
            if e <= null {
                s = clamp(-c / a)
            } else {
                let b = d1.dot(d2)
                let denominator = a * e - b * b
                s = denominator > null ? clamp((b * f - c * e) / denominator) : 0
                t = (b * s + f) / e
                if t < 0 { (s, t) = (clamp(-c / a), 0) } else if t > 1 { (s, t) = (clamp((b - c) / a), 1) }
            }
        }
        return ((p1 + d1 * s) - (p2 + d2 * t)).length
    }
}

extension Double {
    /// Rounded to a tenth of a millimetre, which no maker keeps; never -0.
    var tenthMillimetres: Double { (self * 1e4).rounded() / 1e4 + 0 }
}

extension Vector3 {
    /// To a tenth of a millimetre.
    var rounded: Vector3 { Vector3(x.tenthMillimetres, y.tenthMillimetres, z.tenthMillimetres) }
}
