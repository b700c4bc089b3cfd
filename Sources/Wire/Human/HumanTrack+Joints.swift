public import Geometry
public import HumanBody
internal import HumanMotion
public import Robots

extension HumanTrack {
    /// The human at a place of a trajectory, and the robot's root there; nil where nothing is known.
    public func human(at waypoint: Double, in trajectory: UInt64) -> (frame: HumanFrame, root: Quaternion)? {
        guard let place = neighbours(of: waypoint, in: trajectory) else { return nil }
        let frame = HumanFrame(
            pelvis: pelvis(at: place), rotations: HumanJoint.allCases.map { rotation($0, at: place) })
        return (frame, root(at: place))
    }
}

extension HumanFrame {
    /// The joints, in SMPL's order, put where a robot is that shows the human.
    ///
    /// - Parameters:
    ///   - root: The robot's root as it was found with this frame, in the human's own world.
    ///   - robot: The robot.
    /// - Returns: Positions in the robot's world (z up, metres), the pelvis over the robot's root.
    public func joints(root: Quaternion, under robot: RobotConfiguration) -> [Vector3] {
        // What the robot has turned since the motion's own world, about the vertical.
        let turn = robot.rootRotation * root.conjugate
        let length = (turn.w * turn.w + turn.z * turn.z).squareRoot()
        let heading =
            length > 1e-9 ? Quaternion(w: turn.w / length, x: 0, y: 0, z: turn.z / length) : .identity
        return SMPLSkeleton.forwardKinematics(self).map { joint in
            let (way, height) = (joint.translation - pelvis, joint.translation.y)
            let turned = heading.act(Vector3(way.z, way.x, 0))
            return Vector3(robot.rootPosition.x + turned.x, robot.rootPosition.y + turned.y, height)
        }
    }
}
