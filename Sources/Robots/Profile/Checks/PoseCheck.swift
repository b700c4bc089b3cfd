import Geometry

extension ProfileChecker {
    /// Poses name driven joints and lie in their ranges.
    mutating func checkPoses() {
        if profile.poses["stand"] == nil {
            error("/poses/stand", "is missing", "a statically stable pose with both feet flat")
        }
        for (name, pose) in profile.poses.sorted(by: { $0.key < $1.key }) {
            let path = "/poses/\(name.pointerToken)/joints"
            for joint in pose.joints.keys.sorted() where drivenLimits[joint] == nil {
                error(
                    path + "/" + joint.pointerToken, "is no driven joint", suggestion(joint, among: drivenNames))
            }
            for joint in drivenNames {
                guard let limits = drivenLimits[joint] else { continue }
                let position = pose.joints[joint] ?? 0
                guard !(limits.lower <= position && position <= limits.upper) else { continue }
                error(
                    path + "/" + joint.pointerToken,
                    pose.joints[joint] == nil
                        ? "left out, it is 0, which is out of range" : "\(position) is out of range",
                    "\(limits.lower) to \(limits.upper)")
            }
        }
    }

    /// The stand pose keeps the limits of the root, its soles lie on the floor and the centre of mass above them.
    mutating func checkStand() {
        guard profile.hasFloatingRoot, let stand = profile.poses["stand"], let tree = try? KinematicTree(profile) else {
            return
        }
        let path = "/poses/stand"
        let (low, high) = (profile.limits.rootHeightLower, profile.limits.rootHeightUpper)
        if !(low <= stand.rootPosition.z && stand.rootPosition.z <= high) {
            error(
                path + "/root_position/2", "\(stand.rootPosition.z) lies outside of /limits/root_height",
                "\(low) to \(high)")
        }
        let tilt = Vector3(0, 0, 1).angle(to: profile.orientation(ofRoot: stand.rootRotation).act(Vector3(0, 0, 1)))
        if tilt > profile.limits.tilt {
            error(
                path + "/root_rotation", "is tilted by \(tilt.brief) rad",
                "\(profile.limits.tilt) at most: /limits/tilt")
        }
        guard let feet = profile.feet else { return }
        let workspace = KinematicWorkspace(tree)
        workspace.update(profile.standPose)
        var corners: [Vector3] = []
        for foot in feet.both {
            guard let body = tree.index(ofBody: foot.body) else { return }
            corners += foot.sole.map(workspace.pose(ofBody: body).act)
        }
        checkFloor(corners.map(\.z), path)
        checkBalance(workspace.centerOfMass, corners, path)
    }

    private mutating func checkFloor(_ heights: [Double], _ path: String) {
        let (lowest, highest) = (heights.min() ?? 0, heights.max() ?? 0)
        let problem = "the soles' corners stand \((1000 * lowest).brief) to \((1000 * highest).brief) mm over the floor"
        let remedy = "0 mm: set the root's height and the ankles so that both soles lie flat at z = 0"
        if lowest < -0.01 || highest > 0.01 {
            error(path, problem, remedy)
        } else if lowest < -0.002 || highest > 0.002 {
            warn(path, problem, remedy)
        }
    }

    private mutating func checkBalance(_ center: Vector3, _ corners: [Vector3], _ path: String) {
        let depth = ConvexOutline(corners.map { ($0.x, $0.y) }).depth(of: (center.x, center.y))
        let problem = "the centre of mass stands \((1000 * abs(depth)).brief) mm"
        let remedy = "bend hips, knees and ankles until it stands over the middle of the soles"
        if depth < 0 {
            error(path, problem + " outside of the soles", remedy)
        } else if depth < 0.005 {
            warn(path, problem + " inside the edge of the soles", remedy)
        }
    }
}

extension Vector3 {
    fileprivate func angle(to other: Vector3) -> Double { Quaternion(from: self, to: other).angle }
}
