import Geometry
import HumanBody
import Robots

/// A body turned as the human's joint is. Feet have a task of their own.
///
/// What is missing of a limb's turn pulls no harder beyond some angle: how a bone is turned about itself, and what a wrist cannot do,
/// is not to bend arms and legs. A hand that leans on something is turned by that as a whole.
struct OrientationFollowTask: RetargetTask {
    /// That angle of hands and of other joints of limbs, rad. Hands weigh more near their target, and pull no harder far from it.
    private static let reaches = (hand: 0.11, others: 0.3)
    /// Choices of a target: a hand in the air, and one that leans.
    private static let (free, leans) = (0, 1)

    let joint: HumanJoint
    let body: Int
    /// The body's orientation while the human is in the T pose.
    let rest: Quaternion
    let weight: Double
    /// The part of the body that it turns, when that is a hand: one that leans on something turns as that asks for.
    let hand: BodyPart?
    /// The angle from which on its error pulls no harder, rad.
    var reach = Double.infinity
    /// The weight's multiple where other parts than soles carry.
    var resting = 1.0
    /// Share of the weight that goes then.
    private static let leaning = 0.95

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        HumanJoint.allCases.compactMap { joint in
            guard let follower = calibration.followers[joint], follower.orientationWeight > 0,
                !calibration.isFoot(joint)
            else { return nil }
            let hand: BodyPart? = joint == .leftWrist ? .leftHand : joint == .rightWrist ? .rightHand : nil
            let reach = hand != nil ? Self.reaches.hand : joint.side != nil ? Self.reaches.others : .infinity
            let share = hand != nil ? options.hands : joint == .spine3 ? options.chest : 1
            return OrientationFollowTask(
                joint: joint, body: follower.body, rest: follower.rotation, weight: follower.orientationWeight * share,
                hand: hand, reach: reach, resting: joint == .pelvis ? options.restingPelvis : 1)
        }
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        let turn = robot.missingTurn(ofBody: body, to: target.rotation)
        let angle = turn.length
        guard angle > reach, target.choice == Self.free else { return turn }
        // Huber's loss: the square up to there, a straight line beyond.
        return turn * ((reach * (2 * angle - reach)).squareRoot() / angle)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.orientation(ofBody: body)
        guard reach < .pi, target.choice == Self.free else { return }
        let angle = robot.missingTurn(ofBody: body, to: target.rotation).length
        guard angle > reach else { return }
        let share = (reach / (2 * angle - reach)).squareRoot()
        rows.map { $0 * share }
    }

    func target(for human: HumanPose) -> TaskTarget {
        TaskTarget(rotation: human.rotations[joint] * rest, weight: weight)
    }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        guard let hand else {
            if resting != 1 { target.weigh(weight * (1 + (resting - 1) * state.slots[t].rest)) }
            return
        }
        let grip = state.part(hand, t).grip
        target.weigh(weight * (1 - Self.leaning * grip))
        target.choice = grip > 0.5 ? Self.leans : Self.free
    }
}
