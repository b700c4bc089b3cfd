import Geometry
import HumanBody
import Robots

/// A standing sole on the floor: its lowest corner no higher than a slack, which costs nothing.
struct SoleOnFloorTask: RetargetTask {
    /// How high the lowest corner of a standing sole may be at no cost, m.
    static let slack = 0.0015

    let foot: Int
    /// The leg's driven joints.
    let joints: [Int]
    let corners: [FloorPoint]
    let weight: Double

    var leg: Int? { foot }

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        calibration.legs.enumerated().map { index, leg in
            SoleOnFloorTask(
                foot: index, joints: leg.joints, corners: calibration.floorPoints(of: leg), weight: options.stanceHeight
            )
        }
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        guard let (_, height) = lowest(robot) else { return .zero }
        return Vector3(0, 0, min(0, Self.slack - height))
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        if let (corner, height) = lowest(robot), height > Self.slack { rows.point(corner.point) } else { rows.clear() }
    }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func prepare(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState, for solve: FrameSolve) {
        let firmness =
            switch solve {
            case .alone: 0.0
            case .inWindow: 1.0
            case .amongNeighbours(_, let firmness): firmness
            }
        let plan = state.foot(foot, t)
        let firm = state.hold(joints, t) * (1 - plan.loose) * firmness
        target.weigh(plan.isStanding ? firm * weight : 0)
    }

    private func lowest(_ robot: KinematicWorkspace) -> (corner: FloorPoint, height: Double)? {
        var lowest: (corner: FloorPoint, height: Double)?
        for corner in corners {
            let height = robot.position(of: corner.point).z - corner.height
            if height < lowest?.height ?? .infinity { lowest = (corner, height) }
        }
        return lowest
    }
}
