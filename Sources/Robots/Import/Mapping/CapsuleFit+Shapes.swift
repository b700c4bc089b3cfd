import Geometry

extension CapsuleFit {
    private enum Cover {
        /// Shapes smaller than this, m, or than that share of the robot, are screws and frames.
        static let leastLength = 0.03
        static let leastShare = 0.03
        /// m: plates and shells have nothing inside.
        static let thinnest = 0.006
        /// Of a body's shapes, more are taken together.
        static let fewShapes = 4
        /// Capsules of a body with several shapes, about.
        static let capsules = 6
        /// How far a cover may be off before it gets a further capsule: a share of the robot, m at most.
        static let tolerance = (share: 0.004, most: 0.005)
        /// A shape that stands out of another by no more than this, m, adds nothing.
        static let inside = 0.005
    }

    /// Pairs of bodies that no list names: those that can meet.
    private enum Reach {
        /// Joints between bodies that are watched, at least. Nearer ones are held apart by their own joints, and what their covers
        /// stand out by would hold hips and shoulders fast: robots waddled, and limbs were up to 16 mm farther off.
        static let joints = 3
        /// As near as this in one of so many poses, m, and nearer than in the stand pose by that much.
        static let near = 0.015
        static let nearer = 0.005
        static let poses = 600
    }

    /// Adds the cover of a link's shapes; false where it has none of any size.
    mutating func addCover(_ robot: ReducedRobot, _ link: Int) -> Bool {
        let name = robot.links[link].name
        let cover = Self.cover(robot.solids(link), body: name, size: robot.size)
        capsules += cover
        if !cover.isEmpty { measured.insert(name) }
        return !cover.isEmpty
    }

    /// Capsules that cover shapes: each shape for itself as long as they are few, as they also meet others each for itself.
    private static func cover(
        _ shapes: [RobotDescription.Shape], body: String, size: Double
    ) -> [RobotProfile.Collision.Capsule] {
        let known = shapes.compactMap { shape in shape.outline.map { (shape: shape, box: Box($0), points: $0) } }
        let large = known.filter { 2 * $0.box.longest > max(Cover.leastLength, Cover.leastShare * size) }
            .sorted { $0.box.longest > $1.box.longest }
        var own: [(shape: RobotDescription.Shape, box: Box, points: [Vector3])] = []
        for candidate in large where !own.contains(where: { $0.box.contains(candidate.box, within: Cover.inside) }) {
            own.append(candidate)
        }
        guard !own.isEmpty, own.count <= Cover.fewShapes else {
            return cover(known.flatMap(\.points), body: body, size: size)
        }
        return own.flatMap { item in
            item.shape.capsule(body: body).map { [$0] }
                ?? cover(item.points, body: body, size: size, most: Cover.capsules / own.count)
        }
    }

    /// Capsules that cover the convex hull of points in a body's axes.
    private static func cover(
        _ points: [Vector3], body: String, size: Double, most: Int = Cover.capsules
    ) -> [RobotProfile.Collision.Capsule] {
        guard let surface = HullSurface(of: points) else { return [] }
        let half = surface.half
        guard 2 * max(half.x, half.y, half.z) > max(Cover.leastLength, Cover.leastShare * size),
            2 * min(half.x, half.y, half.z) > Cover.thinnest
        else { return [] }
        let tolerance = min(Cover.tolerance.share * size, Cover.tolerance.most)
        return CapsuleCover(surface, tolerance: tolerance, most: most).capsules.map {
            RobotProfile.Collision.Capsule(
                body: body, from: $0.from.rounded, to: $0.to.rounded, radius: $0.radius.tenthMillimetres)
        }
    }

    /// The box around points, along the axes.
    private struct Box {
        let lower, upper: Vector3

        init(_ points: [Vector3]) {
            lower = Vector3(points.map(\.x).min() ?? 0, points.map(\.y).min() ?? 0, points.map(\.z).min() ?? 0)
            upper = Vector3(points.map(\.x).max() ?? 0, points.map(\.y).max() ?? 0, points.map(\.z).max() ?? 0)
        }

        /// Half the longest side.
        var longest: Double { max(upper.x - lower.x, upper.y - lower.y, upper.z - lower.z) / 2 }

        func contains(_ other: Box, within margin: Double) -> Bool {
            (0..<3).allSatisfy {
                other.lower[$0] > lower[$0] - margin && other.upper[$0] < upper[$0] + margin
            }
        }
    }

    /// Capsules of bodies that stand for no part of a human, and of fingers, which go with their hand.
    mutating func addOthers(_ finder: BodyFinder, _ stand: KinematicWorkspace) {
        let robot = finder.robot
        let shaped = Set(capsules.map(\.body))
        let hands = finder.arms.map(\.endBody)
        let fingers = hands.map { hand in Set(robot.subtree(hand)).subtracting([hand]) }
        for link in robot.links.indices where !fingers.contains(where: { $0.contains(link) }) {
            if !shaped.contains(robot.links[link].name) { _ = addCover(robot, link) }
        }
        for (hand, fingers) in zip(hands, fingers) where !fingers.isEmpty {
            guard let place = pose(of: robot.links[hand].name, stand)?.inverse else { continue }
            let points = fingers.sorted().flatMap { link -> [Vector3] in
                guard let finger = pose(of: robot.links[link].name, stand) else { return [] }
                let shapes = robot.solids(link).compactMap(\.outline)
                return (shapes.isEmpty ? [.zero] : shapes.flatMap { $0 }).map { place.act(finger.act($0)) }
            }
            capsules += Self.cover(points, body: robot.links[hand].name, size: robot.size)
        }
    }

    /// Pairs that can meet, beside those that are watched anyway.
    mutating func watchReach(
        _ profile: RobotProfile, _ finder: BodyFinder, _ stand: RobotConfiguration
    )
        throws(KinematicsError)
    {
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        let robot = finder.robot
        let names = capsules.map(\.body).reduce(into: [String]()) {
            if $0.last != $1, !$0.contains($1) { $0.append($1) }
        }
        let decided = Set((pairs + leftOut).map(Set.init))
        workspace.update(stand)
        var waiting: [(first: Int, second: Int, near: Double)] = []
        var found: [[String]] = []
        let shapes = names.map { name in capsules.filter { $0.body == name } }
        func placed() -> [[(axis: Segment, radius: Double)]] {
            zip(names, shapes).map { name, shapes in
                guard let pose = pose(of: name, workspace) else { return [] }
                return shapes.map { (Segment(from: pose.act($0.from), to: pose.act($0.to)), $0.radius) }
            }
        }
        func gap(_ a: [(axis: Segment, radius: Double)], _ b: [(axis: Segment, radius: Double)]) -> Double {
            var least = Double.infinity
            for p in a {
                for q in b { least = min(least, p.axis.distance(to: q.axis) - p.radius - q.radius) }
            }
            return least
        }
        let standing = placed()
        for i in names.indices {
            for j in names.indices.dropFirst(i + 1) where !decided.contains([names[i], names[j]]) {
                guard let a = robot.index(of: names[i]), let b = robot.index(of: names[j]) else { continue }
                let clear = gap(standing[i], standing[j])
                let isMeasured = measured.contains(names[i]) && measured.contains(names[j])
                guard robot.jointsBetween(a, b) >= Reach.joints, clear > (isMeasured ? Gap.deepest : Gap.least)
                else { continue }
                waiting.append((i, j, min(Reach.near, clear - Reach.nearer)))
            }
        }
        var generator = Sequence(state: 1)
        for _ in 0..<Reach.poses where !waiting.isEmpty {
            var pose = stand
            for (joint, limits) in profile.jointLimits.enumerated() {
                let (low, high) = (max(limits.lower, -.pi), min(limits.upper, .pi))
                if low < high { pose.jointPositions[joint] = low + (high - low) * generator.next() }
            }
            workspace.update(pose)
            let placed = placed()
            waiting.removeAll { i, j, near in
                guard gap(placed[i], placed[j]) < near else { return false }
                found.append([names[i], names[j]])
                if gap(standing[i], standing[j]) < Gap.least { tight.append([names[i], names[j]]) }
                return true
            }
        }
        workspace.update(stand)
        for pair in found { part(pair[0], pair[1], workspace) }
        pairs += found
    }

    private func pose(of body: String, _ workspace: KinematicWorkspace) -> RigidTransform? {
        workspace.tree.index(ofBody: body).map(workspace.pose)
    }

    /// Numbers from 0 to 1 in an order that looks random and never changes (a Weyl sequence of Steele's mixing).
    private struct Sequence {
        var state: UInt64
        mutating func next() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
        }
    }
}

extension ReducedRobot {
    /// Joints on the way from one link to another.
    func jointsBetween(_ a: Int, _ b: Int) -> Int {
        func way(_ link: Int) -> Set<Int> {
            var (way, current): (Set<Int>, Int?) = ([], link)
            while let link = current {
                way.insert(link)
                current = links[link].parent
            }
            return way
        }
        return way(a).symmetricDifference(way(b)).count(where: moves)
    }
}

extension ReducedRobot {
    /// The shapes of a link whose size is known: the colliding ones, else all.
    func solids(_ link: Int) -> [RobotDescription.Shape] {
        let known = links[link].shapes.filter { $0.corners != nil }
        let colliding = known.filter(\.collides)
        return colliding.isEmpty ? known : colliding
    }
}

extension RobotDescription.Shape {
    /// Points in the body whose convex hull is the shape, round shapes by points of their surface; nil for a mesh.
    fileprivate var outline: [Vector3]? {
        switch form {
        case .sphere(let r): Vector3.sphere(64).map { pose.act($0 * r) }
        case .ellipsoid(let h):
            Vector3.sphere(64).map { pose.act(Vector3($0.x * h.x, $0.y * h.y, $0.z * h.z)) }
        case .capsule(let r, let half):
            Vector3.sphere(64).map { pose.act($0 * r + Vector3(0, 0, $0.z < 0 ? -half : half)) }
        case .cylinder(let r, let half):
            Vector3.sphere(64).map { point in
                let flat = Vector3(point.x, point.y, 0).normalized * r
                return pose.act(flat + Vector3(0, 0, point.z < 0 ? -half : half))
            }
        case .box, .hull, .mesh: corners
        }
    }

    /// The shape as a capsule; nil when it is another.
    fileprivate func capsule(body: String) -> RobotProfile.Collision.Capsule? {
        switch form {
        case .sphere(let radius): capsule(body, radius, half: 0)
        case .capsule(let radius, let half): capsule(body, radius, half: half)
        default: nil
        }
    }

    private func capsule(_ body: String, _ radius: Double, half: Double) -> RobotProfile.Collision.Capsule {
        RobotProfile.Collision.Capsule(
            body: body, from: pose.act(Vector3(0, 0, -half)).rounded, to: pose.act(Vector3(0, 0, half)).rounded,
            radius: radius.tenthMillimetres)
    }
}
