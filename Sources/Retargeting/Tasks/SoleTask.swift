import Geometry
import HumanBody
import Robots

/// The heel or the toe end of a sole on its planned path; held where it is while it stands.
struct SoleTask: RetargetTask {
    let foot: Int
    /// The leg's driven joints.
    let joints: [Int]
    let end: SoleEnd
    let point: BodyPoint
    /// Weights in the air, and of one that stands beside it.
    let (swing, stance): (Double, Double)

    var leg: Int? { foot }

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.legs.enumerated().flatMap { index, leg -> [any RetargetTask] in
            guard let ankle = calibration.followers[leg.side.ankle] else { return [] }
            return SoleEnd.allCases.map { end in
                let place = ankle.point + leg.sole.act(end == .heel ? leg.heel : leg.toe)
                return SoleTask(
                    foot: index, joints: leg.joints, end: end, point: BodyPoint(ankle.body, place),
                    swing: ankle.positionWeight / 2, stance: options.stancePosition)
            }
        }
    }

    init(foot: Int, joints: [Int], end: SoleEnd, point: BodyPoint, swing: Double, stance: Double) {
        (self.foot, self.joints, self.end, self.point, self.swing, self.stance) = (
            foot, joints, end, point, swing, stance
        )
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - robot.position(of: point)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) { rows.point(point) }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        let plan = state.foot(foot, t)
        let grip = plan.grip[end]
        target.position = plan.path[end]
        target.weigh(state.hold(joints, t) * (1 - plan.loose) * (swing + grip * grip * stance))
    }

    func judge(_ judgement: inout FrameJudgement, _ target: TaskTarget, _ t: Int, _ state: inout RetargetState) {
        let place = judgement.robot.position(of: point)
        state.setActual(place, of: end, foot, t)
        guard state.foot(foot, t).stands[end], state.foot(foot, t).isStanding else { return }
        judgement.quality.footError = max(judgement.quality.footError, error(target, judgement.robot).length)
        guard t > 0, state.foot(foot, t - 1).stands[end] else { return }
        var way = place - state.foot(foot, t - 1).actual[end]
        way.z = 0
        judgement.quality.skating = max(judgement.quality.skating, way.length * state.frameRate)
    }
}
