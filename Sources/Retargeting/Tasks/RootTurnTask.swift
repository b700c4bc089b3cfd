import Geometry
import HumanBody
import Robots

/// The root's orientation on the smoothest course through the frames around.
struct RootTurnTask: RetargetTask {
    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.legs.isEmpty || calibration.followers[.pelvis] == nil ? [] : [RootTurnTask()]
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        robot.missingTurn(ofBody: 0, to: target.rotation)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.orientation(ofBody: 0)
    }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func prepare(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState, for solve: FrameSolve) {
        guard case .amongNeighbours(let smoothness, _) = solve else { return target.weigh(0) }
        let neighbours = Neighbours(
            of: t, in: state.slots.count, smoothness.rootRotation, dt: 1 / state.frameRate)
        let rotation = state.slots[t].root.rotation
        var turn = Vector3.zero
        for offset in -Neighbours.reach...Neighbours.reach where neighbours[offset] != 0 {
            let other = state.slots[t + offset].root.rotation
            turn += (other * rotation.conjugate).rotationVector * neighbours[offset]
        }
        target.rotation = (Quaternion(rotationVector: turn) * rotation).normalized
        target.weigh(neighbours.weight)
    }
}
