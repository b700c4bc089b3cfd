import Geometry
import HumanBody
import Robots

/// The centre of mass over the soles while the human stands still.
struct BalanceTask: RetargetTask {
    let weight: Double

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.legs.isEmpty || calibration.followers[.pelvis] == nil
            ? [] : [BalanceTask(weight: options.balance)]
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - robot.centerOfMass
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) { rows.centerOfMass() }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {
        let slot = state.slots[t]
        target.position = slot.centerOfMass + slot.imbalance.missing
        // Its height is free.
        let weight = slot.imbalance.missing == .zero ? 0 : slot.imbalance.stillness * weight
        target.weight = Vector3(weight, weight, 0)
    }
}
