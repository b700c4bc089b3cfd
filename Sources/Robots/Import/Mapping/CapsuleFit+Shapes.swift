import Geometry

extension CapsuleFit {
    /// How the box around a shape is filled. Found by trying on the robots of `Documentation/any-robot.md` that have meshes, whose
    /// hulls were compared in MuJoCo.
    private enum Fill {
        /// Radius over half the thinner side: between a box's faces and its edges.
        static let swell = 1.05
        /// Boxes this many times wider than deep get two capsules side by side, then three.
        static let two = 1.35
        static let three = 2.3
        /// Share of the radius by which a capsule's axis ends before the box does.
        static let round = 0.7
        /// Shapes smaller than this, m, or than that share of the robot, are screws and frames.
        static let leastLength = 0.03
        static let leastShare = 0.03
        /// m: plates and shells have nothing inside.
        static let thinnest = 0.006
    }

    /// Pairs of bodies that no list names: those that can meet.
    private enum Reach {
        /// Joints between bodies that are watched, at least: nearer ones are held apart by their own joints.
        static let joints = 3
        /// Apart in the stand pose, m: more than the solver keeps, or it would push for ever.
        static let standing = 0.02
        /// As near as this in one of so many poses, m.
        static let near = 0.015
        static let poses = 300
    }

    /// Capsules that fill the box around points in a body's axes.
    static func filled(_ points: [Vector3], body: String, size: Double) -> [RobotProfile.Collision.Capsule] {
        guard points.count > 3 else { return [] }
        let lower = Vector3(points.map(\.x).min() ?? 0, points.map(\.y).min() ?? 0, points.map(\.z).min() ?? 0)
        let upper = Vector3(points.map(\.x).max() ?? 0, points.map(\.y).max() ?? 0, points.map(\.z).max() ?? 0)
        let (half, middle) = ((upper - lower) / 2, (upper + lower) / 2)
        let order = [0, 1, 2].sorted { half[$0] > half[$1] }
        let (long, wide, thin) = (order[0], order[1], order[2])
        guard 2 * half[long] > max(Fill.leastLength, Fill.leastShare * size), half[thin] > Fill.thinnest / 2 else {
            return []
        }
        func unit(_ axis: Int) -> Vector3 { Vector3(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0) }
        let ratio = half[wide] / half[thin]
        let count = ratio > Fill.three ? 3 : ratio > Fill.two ? 2 : 1
        let radius = count == 1 ? (half[wide] + half[thin]) / 2 * Fill.swell : half[thin] * Fill.swell
        let spread = max(0, half[wide] - radius)
        let reach = max(0, half[long] - Fill.round * radius)
        return (0..<count).map { index in
            let offset = count == 1 ? 0 : spread * (2 * Double(index) / Double(count - 1) - 1)
            let center = middle + unit(wide) * offset
            return RobotProfile.Collision.Capsule(
                body: body, from: (center - unit(long) * reach).rounded, to: (center + unit(long) * reach).rounded,
                radius: radius.tenthMillimetres)
        }
    }

    /// Capsules of bodies that stand for no part of a human, and of fingers, which go with their hand.
    mutating func addOthers(_ finder: BodyFinder, _ stand: KinematicWorkspace) {
        let robot = finder.robot
        let shaped = Set(capsules.map(\.body))
        let hands = finder.arms.map(\.endBody)
        let fingers = hands.map { hand in Set(robot.subtree(hand)).subtracting([hand]) }
        for link in robot.links.indices where !fingers.contains(where: { $0.contains(link) }) {
            let name = robot.links[link].name
            let (points, estimated) = robot.corners(link)
            guard !shaped.contains(name), !estimated else { continue }
            capsules += Self.filled(points, body: name, size: robot.size)
        }
        for (hand, fingers) in zip(hands, fingers) where !fingers.isEmpty {
            guard let place = pose(of: robot.links[hand].name, stand)?.inverse else { continue }
            let points = fingers.sorted().flatMap { link -> [Vector3] in
                guard let finger = pose(of: robot.links[link].name, stand) else { return [] }
                let (corners, estimated) = robot.corners(link)
                return estimated ? [finger.translation].map(place.act) : corners.map { place.act(finger.act($0)) }
            }
            capsules += Self.filled(points, body: robot.links[hand].name, size: robot.size)
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
        var waiting: [(Int, Int)] = []
        let shapes = names.map { name in capsules.filter { $0.body == name } }
        func placed() -> [[(Vector3, Vector3, Double)]] {
            zip(names, shapes).map { name, shapes in
                guard let pose = pose(of: name, workspace) else { return [] }
                return shapes.map { (pose.act($0.from), pose.act($0.to), $0.radius) }
            }
        }
        func gap(_ a: [(Vector3, Vector3, Double)], _ b: [(Vector3, Vector3, Double)]) -> Double {
            a.map { p in b.map { Self.distance(p.0, p.1, $0.0, $0.1) - p.2 - $0.2 }.min() ?? .infinity }.min()
                ?? .infinity
        }
        let standing = placed()
        for i in names.indices {
            for j in names.indices.dropFirst(i + 1) where !decided.contains([names[i], names[j]]) {
                guard let a = robot.index(of: names[i]), let b = robot.index(of: names[j]),
                    robot.jointsBetween(a, b) >= Reach.joints, gap(standing[i], standing[j]) > Reach.standing
                else { continue }
                waiting.append((i, j))
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
            waiting.removeAll { i, j in
                guard gap(placed[i], placed[j]) < Reach.near else { return false }
                pairs.append([names[i], names[j]])
                return true
            }
        }
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
