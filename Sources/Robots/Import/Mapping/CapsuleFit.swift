import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Capsules around the parts of a robot, and the pairs of them that could meet.
struct CapsuleFit {
    private(set) var capsules: [RobotProfile.Collision.Capsule] = []
    private(set) var pairs: [[String]] = []
    /// Whether some of them come from bones and inertia alone.
    private(set) var isEstimated = false
    /// Pairs that touch in the stand pose, and so are not watched.
    private(set) var leftOut: [[String]] = []

    init(_ profile: RobotProfile, _ finder: BodyFinder, stand: RobotConfiguration) throws(KinematicsError) {
        let robot = finder.robot
        for (legs, ratio) in [(finder.legs, 0.28), (finder.arms, 0.28)] {
            for limb in legs {
                addBone(robot, limb.upperBody, limb.upper, limb.bend, ratio)
                addBone(robot, limb.middleBody, limb.bend, limb.lower, ratio)
            }
        }
        for leg in finder.legs where leg.endBody != leg.middleBody { addBox(robot, leg.endBody, foot: true) }
        for arm in finder.arms where arm.endBody != arm.middleBody {
            let out = arm.tip - arm.lower
            if out.length > 0.01 { addBone(robot, arm.endBody, arm.lower, arm.tip, 0.6) }
        }
        addBox(robot, finder.torso, foot: false)
        if finder.pelvis != finder.torso { addBox(robot, finder.pelvis, foot: false) }
        if let head = finder.head { addBox(robot, head, foot: false) }
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        workspace.update(stand)
        watch(finder, workspace)
    }

    /// A capsule along a bone, as thick as the shapes of the link are across it.
    private mutating func addBone(_ robot: ReducedRobot, _ link: Int, _ from: Vector3, _ to: Vector3, _ ratio: Double) {
        let length = (to - from).length
        guard length > 0.01 else { return }
        let along = (to - from) / length
        let (points, estimated) = robot.corners(link)
        isEstimated = isEstimated || estimated
        let inverse = robot.zero[link].inverse
        var radius = 0.2 * length
        if !points.isEmpty {
            // Half the middle of the two extents across the bone.
            let side =
                abs(along.z) < 0.9 ? along.cross(Vector3(0, 0, 1)).normalized : along.cross(Vector3(0, 1, 0)).normalized
            let other = along.cross(side)
            let world = points.map(robot.zero[link].act)
            func extent(_ d: Vector3) -> Double {
                let values = world.map { $0.dot(d) }
                return (values.max() ?? 0) - (values.min() ?? 0)
            }
            radius = (extent(side) + extent(other)) / 4
        }
        radius = min(max(radius, 0.1 * length), ratio * length)
        let inset = min(radius * 0.5, length / 4)
        capsules.append(
            RobotProfile.Collision.Capsule(
                body: robot.links[link].name, from: inverse.act(from + along * inset).rounded,
                to: inverse.act(to - along * inset).rounded, radius: (radius * 1e4).rounded() / 1e4))
    }

    /// Capsules that fill the box around a link: one, or two side by side when it is much wider than deep.
    private mutating func addBox(_ robot: ReducedRobot, _ link: Int, foot: Bool) {
        let (points, estimated) = robot.corners(link)
        guard !points.isEmpty else { return }
        isEstimated = isEstimated || estimated
        let turn = robot.zero[link].rotation
        let level = points.map(turn.act)
        let lower = Vector3(level.map(\.x).min() ?? 0, level.map(\.y).min() ?? 0, level.map(\.z).min() ?? 0)
        let upper = Vector3(level.map(\.x).max() ?? 0, level.map(\.y).max() ?? 0, level.map(\.z).max() ?? 0)
        let (half, middle) = ((upper - lower) / 2, (upper + lower) / 2)
        let order = [0, 1, 2].sorted { half[$0] > half[$1] }
        let (long, wide, thin) = (order[0], order[1], order[2])
        guard half[thin] > 0.004 else { return }
        let radius = half[wide] > 1.6 * half[thin] ? half[thin] : (half[wide] + half[thin]) / 2
        let offsets: [Double] =
            half[wide] > 1.6 * half[thin] && !foot ? [-(half[wide] - radius), half[wide] - radius] : [0]
        func unit(_ axis: Int) -> Vector3 { Vector3(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0) }
        let reach = max(0, half[long] - radius)
        for offset in offsets {
            let center = middle + unit(wide) * offset
            capsules.append(
                RobotProfile.Collision.Capsule(
                    body: robot.links[link].name, from: turn.conjugate.act(center - unit(long) * reach).rounded,
                    to: turn.conjugate.act(center + unit(long) * reach).rounded, radius: (radius * 1e4).rounded() / 1e4)
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
            if distance(a, b, workspace) > 0.01 { pairs.append([a, b]) } else { leftOut.append([a, b]) }
        }
    }

    private func isAdjacent(_ robot: ReducedRobot, _ a: String, _ b: String) -> Bool {
        guard let i = robot.index(of: a), let j = robot.index(of: b) else { return true }
        return robot.links[i].parent == j || robot.links[j].parent == i
    }

    /// Makes estimated shapes that touch in the stand pose up to a third thinner.
    private mutating func shrink(_ a: String, _ b: String, _ workspace: KinematicWorkspace) {
        for _ in 0..<4 where distance(a, b, workspace) < 0.015 {
            for index in capsules.indices where capsules[index].body == a || capsules[index].body == b {
                capsules[index].radius = (capsules[index].radius * 0.9 * 1e4).rounded() / 1e4
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
    private static func distance(_ p1: Vector3, _ q1: Vector3, _ p2: Vector3, _ q2: Vector3) -> Double {
        let (d1, d2, r) = (q1 - p1, q2 - p2, p1 - p2)
        let (a, e, f) = (d1.dot(d1), d2.dot(d2), d2.dot(r))
        func clamp(_ x: Double) -> Double { min(max(x, 0), 1) }
        var (s, t) = (0.0, 0.0)
        if a <= 1e-12, e <= 1e-12 { return r.length }
        if a <= 1e-12 {
            t = clamp(f / e)
        } else {
            let c = d1.dot(r)
            if e <= 1e-12 {
                s = clamp(-c / a)
            } else {
                let b = d1.dot(d2)
                let denominator = a * e - b * b
                s = denominator > 1e-12 ? clamp((b * f - c * e) / denominator) : 0
                t = (b * s + f) / e
                if t < 0 { (s, t) = (clamp(-c / a), 0) } else if t > 1 { (s, t) = (clamp((b - c) / a), 1) }
            }
        }
        return ((p1 + d1 * s) - (p2 + d2 * t)).length
    }
}

extension Vector3 {
    /// To a tenth of a millimetre.
    var rounded: Vector3 {
        func tidy(_ v: Double) -> Double { (v * 1e4).rounded() / 1e4 + 0 }
        return Vector3(tidy(x), tidy(y), tidy(z))
    }
}
