import Geometry

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
    enum Gap {
        /// Arms that hang nearer to the body are spread.
        static let least = 0.01
        /// Estimated shapes are made thinner until they have this much.
        static let wanted = 0.015
        /// What a step leaves of a radius, and how many there are: a third at most (0.9⁴ = 0.66), as a body is somewhere.
        static let shrinking = 0.9
        static let steps = 4
        /// Covers stand out of their bodies a little. A pair that is in each other no deeper than this is made thinner until it
        /// has `touching`; a deeper one is not watched, or it would push for ever.
        static let deepest = -0.02
        static let touching = 0.002
    }

    var capsules: [RobotProfile.Collision.Capsule] = []
    var pairs: [[String]] = []
    /// Whether some of them come from bones and inertia alone.
    var isEstimated = false
    /// Pairs that touch in the stand pose, and so are not watched.
    var leftOut: [[String]] = []
    /// Pairs that are nearer in the stand pose than is comfortable.
    var tight: [[String]] = []
    /// Bodies whose capsules come from shapes, which are where they are; others may be made thinner.
    var measured: Set<String> = []

    init(_ profile: RobotProfile, _ finder: BodyFinder, stand: RobotConfiguration) throws(KinematicsError) {
        let robot = finder.robot
        for limb in finder.legs + finder.arms {
            addBone(robot, limb.upperBody, limb.upper, limb.bend, Proportion.thickestLimb)
            addBone(robot, limb.middleBody, limb.bend, limb.lower, Proportion.thickestLimb)
        }
        for leg in finder.legs where leg.endBody != leg.middleBody { addBox(robot, leg.endBody, foot: true) }
        for arm in finder.arms where arm.endBody != arm.middleBody {
            addBone(robot, arm.endBody, arm.lower, arm.tip, Proportion.thickestHand)
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

    /// The cover of a link's shapes; without any, a capsule along its bone, as thick as the box of its inertia is across it.
    private mutating func addBone(
        _ robot: ReducedRobot, _ link: Int, _ from: Vector3, _ to: Vector3, _ ratio: Double
    ) {
        let length = (to - from).length
        guard !addCover(robot, link), length > Proportion.shortestBone else { return }
        let along = (to - from) / length
        let (points, estimated) = robot.corners(link)
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

    /// The cover of a link's shapes; without any, capsules that fill the box of its inertia: one, or two side by side when it is
    /// much wider than deep.
    private mutating func addBox(_ robot: ReducedRobot, _ link: Int, foot: Bool) {
        let (points, estimated) = robot.corners(link)
        guard !addCover(robot, link), !points.isEmpty else { return }
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
            let isMeasured = measured.contains(a) && measured.contains(b)
            if !isMeasured { shrink(a, b, workspace) }
            let gap = distance(a, b, workspace)
            if gap < Gap.least { tight.append([a, b]) }
            if gap > (isMeasured ? Gap.deepest : Gap.least) {
                part(a, b, workspace)
                pairs.append([a, b])
            } else {
                leftOut.append([a, b])
            }
        }
    }

    private func isAdjacent(_ robot: ReducedRobot, _ a: String, _ b: String) -> Bool {
        guard let i = robot.index(of: a), let j = robot.index(of: b) else { return true }
        return robot.links[i].parent == j || robot.links[j].parent == i
    }

    private struct Placed {
        var index: Int
        var axis: Segment
    }

    private func placed(_ body: String, _ workspace: KinematicWorkspace) -> [Placed] {
        guard let at = workspace.tree.index(ofBody: body) else { return [] }
        let pose = workspace.pose(ofBody: at)
        return capsules.indices.filter { capsules[$0].body == body }.map {
            Placed(
                index: $0,
                axis: Segment(from: pose.act(capsules[$0].from), to: pose.act(capsules[$0].to)))
        }
    }

    private func gap(_ p: Placed, _ q: Placed) -> Double {
        p.axis.distance(to: q.axis) - capsules[p.index].radius - capsules[q.index].radius
    }

    /// Makes the capsules of two bodies that touch in the stand pose up to a third thinner, each as far as it is in the way.
    private mutating func shrink(_ a: String, _ b: String, _ workspace: KinematicWorkspace) {
        let (first, second) = (placed(a, workspace), placed(b, workspace))
        for _ in 0..<Gap.steps {
            for p in first {
                for q in second where gap(p, q) < Gap.wanted {
                    for index in [p.index, q.index] where !measured.contains(capsules[index].body) {
                        capsules[index].radius = (capsules[index].radius * Gap.shrinking).tenthMillimetres
                    }
                }
            }
        }
    }

    /// Makes the capsules of two bodies thinner until they no longer touch in the stand pose, all alike.
    mutating func part(_ a: String, _ b: String, _ workspace: KinematicWorkspace) {
        for p in placed(a, workspace) {
            for q in placed(b, workspace) {
                let missing = Gap.touching - gap(p, q)
                guard missing > 0 else { continue }
                for index in [p.index, q.index] {
                    let least = capsules[index].radius / 2
                    capsules[index].radius = max(capsules[index].radius - missing / 2, least).tenthMillimetres
                }
            }
        }
    }

    /// Least distance between the capsules of two bodies.
    private func distance(_ a: String, _ b: String, _ workspace: KinematicWorkspace) -> Double {
        let others = placed(b, workspace)
        return placed(a, workspace).flatMap { p in others.map { gap(p, $0) } }.min() ?? .infinity
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
