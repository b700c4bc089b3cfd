import Geometry
import HumanBody
import Robots

/// A segment of a limb in the direction of the human's, with the robot's length. Shanks end in feet, which have tasks of
/// their own.
struct LimbTask: RetargetTask {
    let segment: Calibration.Bone
    let start: BodyPoint
    let end: BodyPoint
    let weight: Double
    /// The weight's multiple where other parts than soles carry.
    let resting: Double

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.bones.compactMap { bone in
            guard !calibration.isFoot(bone.end), let from = calibration.followers[bone.start],
                let to = calibration.followers[bone.end], to.positionWeight > 0
            else { return nil }
            return LimbTask(
                segment: bone, start: BodyPoint(from.body, from.point), end: BodyPoint(to.body, to.point),
                weight: to.positionWeight, resting: options.restingLimbs)
        }
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - (robot.position(of: end) - robot.position(of: start))
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.point(end, relativeTo: start)
    }

    func target(for human: HumanPose) -> TaskTarget {
        TaskTarget(position: human.direction(from: segment.start, to: segment.end) * segment.length, weight: weight)
    }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        target.weigh(weight * (1 + (resting - 1) * state.slots[t].rest))
    }

    func judge(_ judgement: inout FrameJudgement, _ target: TaskTarget, _ t: Int, _ state: inout RetargetState) {
        let error = error(target, judgement.robot).length
        judgement.limbSquares += error * error
        judgement.limbCount += 1
    }
}
