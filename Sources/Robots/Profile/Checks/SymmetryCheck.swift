import Geometry
import HumanBody

extension ProfileChecker {
    /// Left and right mirror each other: where they do not, somebody should look.
    mutating func checkSymmetry() {
        guard let tree = try? KinematicTree(profile) else { return }
        let workspace = KinematicWorkspace(tree)
        var zero = profile.standPose
        zero.rootPosition = .zero
        let up = Vector3(0, 0, 1)
        let front = profile.orientation(ofRoot: zero.rootRotation)
        zero.rootRotation = Quaternion(angle: -front.twist(about: up), axis: up) * zero.rootRotation
        zero.jointPositions = profile.jointLimits.map { min(max(0, $0.lower), $0.upper) }
        workspace.update(zero)
        let entries = Dictionary(
            profile.human.entries.enumerated().map { ($0.element.joint, $0) }, uniquingKeysWith: { first, _ in first })
        let arms = Side.both.filter { entries[$0.wrist] != nil }
        if arms.count == 1 {
            note("/human/map", "has the \(arms[0].name) arm alone", "map both, where the robot has both")
            return
        }
        for (index, left) in profile.human.entries.enumerated() where left.joint.side == .left {
            guard let (place, right) = entries[left.joint.mirrored] else {
                let name = left.joint.mirrored.name
                warn("/human/map/\(index)", "there is no \"\(name)\" beside it", "map both sides")
                continue
            }
            compare(left, right, "/human/map/\(place)", tree, workspace)
        }
        if let feet = profile.feet {
            compareLegs(feet, tree, workspace)
        }
    }

    private mutating func compare(
        _ left: RobotProfile.HumanMap.Entry, _ right: RobotProfile.HumanMap.Entry, _ path: String,
        _ tree: KinematicTree, _ workspace: KinematicWorkspace
    ) {
        guard let one = tree.index(ofBody: left.body), let other = tree.index(ofBody: right.body) else { return }
        let mirrored = workspace.pose(ofBody: one).act(left.point).mirrored
        let distance = (workspace.pose(ofBody: other).act(right.point) - mirrored).length
        if distance > 0.005 {
            warn(
                path + "/point", "lies \((1000 * distance).brief) mm from the mirror image of \"\(left.joint.name)\"",
                "left and right mirror each other when all joints are at zero")
        }
        for (key, a, b) in [
            ("position_weight", left.positionWeight, right.positionWeight),
            ("orientation_weight", left.orientationWeight, right.orientationWeight), ("scale", left.scale, right.scale),
        ] where a != b {
            warn(path + "/" + key, "is \(b), but \(a) for \"\(left.joint.name)\"", "the same on both sides")
        }
    }

    /// Ranges and stand pose of the legs' joints, paired from the feet upwards.
    private mutating func compareLegs(
        _ feet: RobotProfile.Sides<RobotProfile.Foot>, _ tree: KinematicTree, _ workspace: KinematicWorkspace
    ) {
        let driven = profile.drivenJoints
        let lefts = profile.drivenJoints(above: feet.left.body)
        let rights = profile.drivenJoints(above: feet.right.body)
        guard lefts.count == rights.count else {
            warn(
                "/feet/right/body", "hangs on \(rights.count) driven joints, the left foot on \(lefts.count)",
                "left and right mirror each other")
            return
        }
        let stand = profile.standPose.jointPositions
        for (l, r) in zip(lefts, rights) where l != r {
            let (left, right) = (driven[l], driven[r])
            guard let one = tree.index(ofBody: left.body), let other = tree.index(ofBody: right.body) else { continue }
            let axis = workspace.pose(ofBody: one).rotation.act(left.axis)
            // Rotations turn the other way in a mirror, sliding does not.
            let mirrored = left.kind == .prismatic ? axis.mirrored : -axis.mirrored
            let match = mirrored.dot(workspace.pose(ofBody: other).rotation.act(right.axis))
            guard let index = profile.joints.firstIndex(where: { $0.name == right.name }) else { continue }
            guard abs(match) > 0.999, left.kind == right.kind else {
                warn(
                    "/joints/\(index)/axis", "is no mirror image of \"\(left.name)\"",
                    "left and right mirror each other")
                continue
            }
            let sign = match < 0 ? -1.0 : 1.0
            let (low, high) = (sign * left.limits.lower, sign * left.limits.upper)
            let expected = (min(low, high), max(low, high))
            if abs(expected.0 - right.limits.lower) > 0.02 || abs(expected.1 - right.limits.upper) > 0.02 {
                warn(
                    "/joints/\(index)/range", "is no mirror image of that of \"\(left.name)\"",
                    "[\(expected.0.brief), \(expected.1.brief)], if the robot is symmetric")
            }
            if abs(sign * stand[l] - stand[r]) > 0.02 {
                warn(
                    "/poses/stand/joints/\(right.name.pointerToken)",
                    "\(stand[r].brief) does not mirror \"\(left.name)\"",
                    "\((sign * stand[l]).brief)")
            }
        }
    }
}

extension Vector3 {
    /// The mirror image in the plane between left and right.
    fileprivate var mirrored: Vector3 { Vector3(x, -y, z) }
}
