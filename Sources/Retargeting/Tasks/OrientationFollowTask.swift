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
    /// The part of the body that it turns, when that is a hand: one that leans on something turns as that asks for.
    let hand: BodyPart?
    /// Share of the weight that goes then.
    private static let leaning = 0.95

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        HumanJoint.allCases.compactMap { joint in
            guard let follower = calibration.followers[joint], follower.orientationWeight > 0,
                !calibration.isFoot(joint)
            else { return nil }
            return OrientationFollowTask(
                joint: joint, body: follower.body, rest: follower.rotation, weight: follower.orientationWeight,
                hand: joint == .leftWrist ? .leftHand : joint == .rightWrist ? .rightHand : nil)
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

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        guard let hand else { return }
        target.weigh(weight * (1 - Self.leaning * state.part(hand, t).grip))
    }
}
