public import Geometry
internal import HumanBody
internal import HumanMotion
public import Robots

extension HumanTrack {
    /// The joints of the human at a place of a trajectory, in SMPL's order, put where a robot is that shows it.
    ///
    /// - Returns: Positions in the robot's world (z up, metres), the pelvis over the robot's root; nil where nothing is known.
    public func joints(at waypoint: Double, in trajectory: UInt64, under robot: RobotConfiguration) -> [Vector3]? {
        guard let place = neighbours(of: waypoint, in: trajectory) else { return nil }
        let frame = HumanFrame(
            pelvis: pelvis(at: place), rotations: HumanJoint.allCases.map { rotation($0, at: place) })
        // What the robot has turned since the motion's own world, about the vertical.
        let turn = robot.rootRotation * root(at: place).conjugate
        let length = (turn.w * turn.w + turn.z * turn.z).squareRoot()
        let heading =
            length > 1e-9 ? Quaternion(w: turn.w / length, x: 0, y: 0, z: turn.z / length) : .identity
        return SMPLSkeleton.forwardKinematics(frame).map { joint in
            let (way, height) = (joint.translation - frame.pelvis, joint.translation.y)
            let turned = heading.act(Vector3(way.z, way.x, 0))
            return Vector3(robot.rootPosition.x + turned.x, robot.rootPosition.y + turned.y, height)
        }
    }
}
