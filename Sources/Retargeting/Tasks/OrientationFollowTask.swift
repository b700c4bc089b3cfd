import Geometry
import HumanBody
import Robots

/// A body turned as the human's joint is. Feet have a task of their own.
struct OrientationFollowTask: RetargetTask {
    let joint: HumanJoint
    let body: Int
    /// The body's orientation while the human is in the T pose.
    let rest: Quaternion
    let weight: Double

    static func tasks(_ calibration: Calibration, _ options: Retargeter.Options) -> [any RetargetTask] {
        HumanJoint.allCases.compactMap { joint in
            guard let follower = calibration.followers[joint], follower.orientationWeight > 0,
                !calibration.isFoot(joint)
            else { return nil }
            return OrientationFollowTask(
                joint: joint, body: follower.body, rest: follower.rotation, weight: follower.orientationWeight)
        }
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        robot.missingTurn(ofBody: body, to: target.rotation)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.orientation(ofBody: body)
    }

    func target(for human: HumanPose) -> TaskTarget {
        TaskTarget(rotation: human.rotations[joint] * rest, weight: weight)
    }
}
