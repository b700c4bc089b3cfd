import Geometry
import HumanBody
import Robots

/// The middle of the hips on the smoothest path through the frames around.
struct RootPathTask: RetargetTask {
    let hips: BodyPoint

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        guard !calibration.legs.isEmpty, calibration.followers[.pelvis] != nil else { return [] }
        return [RootPathTask(hips: BodyPoint(0, calibration.hipsInRoot))]
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - robot.position(of: hips)
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) { rows.point(hips) }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func prepare(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState, for solve: FrameSolve) {
        guard case .amongNeighbours(let smoothness, _) = solve else { return target.weigh(0) }
        let neighbours = Neighbours(
            of: t, in: state.slots.count, smoothness.rootPosition, dt: 1 / state.frameRate)
        target.position = .zero
        for offset in -Neighbours.reach...Neighbours.reach where neighbours[offset] != 0 {
            target.position += state.slots[t + offset].root.act(hips.place) * neighbours[offset]
        }
        target.weigh(neighbours.weight)
    }
}
