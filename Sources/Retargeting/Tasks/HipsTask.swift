import Geometry
import HumanBody
import Robots

/// The middle of the hips where the human's is, scaled; moved by what standing feet and balance ask for.
struct HipsTask: RetargetTask {
    let hips: BodyPoint
    let weight: Double
    /// Shares of the weight that go when other parts than soles carry the body.
    private static let freed = (level: 0.7, height: 0.99)

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        guard !calibration.legs.isEmpty, let root = calibration.followers[.pelvis] else { return [] }
        return [HipsTask(hips: BodyPoint(0, calibration.hipsInRoot), weight: root.positionWeight * options.hips)]
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - robot.position(of: hips)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) { rows.point(hips) }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: weight) }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        let slot = state.slots[t]
        target.position = slot.hips + slot.shift + slot.lean
        // What carries the body in place of soles decides how high it is.
        let level = weight * (1 - Self.freed.level * slot.rest)
        target.weight = Vector3(level, level, weight * (1 - Self.freed.height * slot.rest))
    }
}
