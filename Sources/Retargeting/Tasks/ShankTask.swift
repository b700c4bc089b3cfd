import Geometry
import HumanBody
import Robots

/// A shank in the direction of the human's while its foot does not stand on its sole.
struct ShankTask: RetargetTask {
    /// Weight beside that of the other limbs, of a foot that carries nothing, 1/m².
    let full = 10.0

    let foot: Int
    let segment: Calibration.Bone
    let start: BodyPoint
    let end: BodyPoint

    var leg: Int? { foot }

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.legs.enumerated().compactMap { index, leg in
            guard let bone = calibration.bones.first(where: { $0.end == leg.side.ankle }),
                let from = calibration.followers[bone.start], let to = calibration.followers[bone.end]
            else { return nil }
            return ShankTask(
                foot: index, segment: bone, start: BodyPoint(from.body, from.point), end: BodyPoint(to.body, to.point))
        }
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - (robot.position(of: end) - robot.position(of: start))
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.point(end, relativeTo: start)
    }

    func target(for human: HumanPose) -> TaskTarget {
        TaskTarget(position: human.direction(from: segment.start, to: segment.end) * segment.length, weight: 0)
    }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        target.weigh(state.foot(foot, t).loose * full)
    }
}
