import Geometry
import Robots

/// Where the ends of a robot's soles are, by the joints that lead to its feet. A value, so that players may be copied.
struct SoleKinematics: Hashable, Sendable {
    /// A body on the way from the root to a foot.
    private struct Link: Hashable, Sendable {
        var placement: RigidTransform
        var axis: Vector3
        var origin: Vector3
        var isSliding: Bool
        /// Index of the joint that moves it; nil for one that does not move.
        var joint: Int?
        var ratio: Double
        var constant: Double
    }

    /// A foot: the links that lead to it, and the corners of its heel and of its toe end in the foot's body.
    private struct Foot: Hashable, Sendable {
        var links: [Link]
        var heel: [Vector3]
        var toe: [Vector3]
    }

    private var left: Foot
    private var right: Foot

    /// The soles of a profile; nil for a robot without feet.
    init?(_ profile: RobotProfile) {
        guard let feet = profile.feet else { return nil }
        left = Self.foot(feet.left, profile)
        right = Self.foot(feet.right, profile)
    }

    private static func foot(_ foot: RobotProfile.Foot, _ profile: RobotProfile) -> Foot {
        var links: [Link] = []
        var name: String? = foot.body
        while let body = profile.bodies.first(where: { $0.name == name }), body.parent != nil {
            let joint = profile.joints.first { $0.body == body.name }
            let driver = joint.map { $0.mimic?.joint ?? $0.name }
            links.append(
                Link(
                    placement: body.pose, axis: joint?.axis ?? .zero, origin: joint?.origin ?? .zero,
                    isSliding: joint?.kind == .prismatic,
                    joint: joint?.kind.moves == true ? profile.jointNames.firstIndex { $0 == driver } : nil,
                    ratio: joint?.mimic?.ratio ?? 1, constant: joint?.mimic?.offset ?? 0))
            name = body.parent
        }
        let along = foot.toe - foot.heel
        let middle = (foot.toe + foot.heel).dot(along) / 2
        return Foot(
            links: links.reversed(), heel: [foot.heel] + foot.sole.filter { $0.dot(along) <= middle },
            toe: [foot.toe] + foot.sole.filter { $0.dot(along) > middle })
    }

    /// Poses of both feet in a frame.
    func poses(_ frame: PublishedFrame) -> (left: RigidTransform, right: RigidTransform) {
        let root = RigidTransform(translation: frame.rootPosition, rotation: frame.rootRotation)
        return (
            Self.pose(left.links, root) { frame.jointPositions[$0] },
            Self.pose(right.links, root) { frame.jointPositions[$0] }
        )
    }

    /// Height of the lowest corner of both soles, m.
    func lowest(_ root: RigidTransform, _ position: (Int) -> Double) -> Double {
        min(Self.lowest(left, root, position), Self.lowest(right, root, position))
    }

    private static func lowest(_ foot: Foot, _ root: RigidTransform, _ position: (Int) -> Double) -> Double {
        let pose = pose(foot.links, root, position)
        var lowest = Double.infinity
        for corner in foot.heel { lowest = min(lowest, pose.act(corner).z) }
        for corner in foot.toe { lowest = min(lowest, pose.act(corner).z) }
        return lowest
    }

    private static func pose(
        _ links: [Link], _ root: RigidTransform, _ position: (Int) -> Double
    ) -> RigidTransform {
        var pose = root
        for link in links {
            pose = pose * link.placement
            guard let joint = link.joint else { continue }
            let q = link.ratio * position(joint) + link.constant
            if link.isSliding {
                pose.translation += pose.rotation.act(link.axis * q)
            } else {
                let turn = Quaternion(angle: q, axis: link.axis)
                pose = RigidTransform(
                    translation: pose.act(link.origin - turn.act(link.origin)), rotation: pose.rotation * turn)
            }
        }
        return pose
    }

    /// Calls `visit` with the corners of left heel, left toe, right heel and right toe and with the foot's pose before and
    /// now.
    func forEachEnd(
        from before: (left: RigidTransform, right: RigidTransform),
        to now: (left: RigidTransform, right: RigidTransform),
        _ visit: (_ end: Int, _ corners: [Vector3], _ before: RigidTransform, _ now: RigidTransform) -> Void
    ) {
        visit(0, left.heel, before.left, now.left)
        visit(1, left.toe, before.left, now.left)
        visit(2, right.heel, before.right, now.right)
        visit(3, right.toe, before.right, now.right)
    }
}
