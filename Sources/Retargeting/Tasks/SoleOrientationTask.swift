import Geometry
import HumanBody
import Robots

/// A foot turned as its planned path turns it.
struct SoleOrientationTask: RetargetTask {
    /// Share of the weight that goes where the foot lies.
    private static let loosened = 0.95

    let foot: Int
    /// The leg's driven joints.
    let joints: [Int]
    let body: Int
    /// From the sole frame to the body.
    let sole: Quaternion
    /// Weights in the air, and of one that stands beside it.
    let (swing, stance): (Double, Double)

    var leg: Int? { foot }

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.legs.enumerated().compactMap { index, leg in
            calibration.followers[leg.side.ankle].map { ankle in
                SoleOrientationTask(
                    foot: index, joints: leg.joints, body: ankle.body, sole: leg.sole.conjugate,
                    swing: ankle.orientationWeight, stance: options.stanceOrientation)
            }
        }
    }

    init(foot: Int, joints: [Int], body: Int, sole: Quaternion, swing: Double, stance: Double) {
        (self.foot, self.joints, self.body, self.sole, self.swing, self.stance) = (
            foot, joints, body, sole, swing, stance
        )
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        robot.missingTurn(ofBody: body, to: target.rotation)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.orientation(ofBody: body)
    }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        let plan = state.foot(foot, t)
        let grip = max(plan.grip.heel, plan.grip.toe) * (1 - plan.loose)
        target.rotation = (plan.loose > 0.5 ? plan.free.rotation : plan.rotation) * sole
        target.weigh(state.hold(joints, t) * ((1 - Self.loosened * plan.loose) * swing + grip * grip * stance))
    }
}
