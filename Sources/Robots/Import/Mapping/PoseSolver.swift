import Geometry

/// Finds a pose in which a robot does what several goals ask for.
struct PoseSolver {
    /// Weight of the posture, small beside those of the goals.
    private static let postureWeight = 1e-3

    let workspace: KinematicWorkspace
    var posture: [Double]
    private var tasks: [any IKTask] = []
    private var targets: [TaskTarget] = []
    private let limits: [JointLimits]
    private let margin: Double

    init(_ tree: KinematicTree, limits: [JointLimits], margin: Double) {
        workspace = KinematicWorkspace(tree)
        (self.limits, self.margin) = (limits, margin)
        posture = limits.map { min(max(0, $0.lower + margin), $0.upper - margin) }
    }

    func clamped(_ joints: [Double]) -> [Double] {
        zip(joints, limits).map { min(max($0, $1.lower + margin), $1.upper - margin) }
    }

    mutating func place(_ body: Int, point: Vector3, at target: Vector3, weight: Vector3) {
        add(PositionTask(point: BodyPoint(body, point)), TaskTarget(position: target, weight: weight))
    }

    /// The vector from a point of one body to a point of another.
    mutating func stretch(
        from start: (body: Int, point: Vector3), to end: (body: Int, point: Vector3), _ target: Vector3, weight: Double
    ) {
        add(
            PositionTask(point: BodyPoint(end.body, end.point), relativeTo: BodyPoint(start.body, start.point)),
            TaskTarget(position: target, weight: weight))
    }

    mutating func turn(_ body: Int, to rotation: Quaternion, weight: Double) {
        add(OrientationTask(body: body), TaskTarget(rotation: rotation, weight: weight))
    }

    mutating func balance(over target: Vector3, weight: Double) {
        add(CenterOfMassTask(), TaskTarget(position: target, weight: Vector3(weight, weight, 0)))
    }

    private mutating func add(_ task: some IKTask, _ target: TaskTarget) {
        tasks.append(task)
        targets.append(target)
    }

    /// Moves `configuration` as near to the goals as its ranges allow; returns the remaining cost, infinite where there is no
    /// such pose.
    func solve(_ configuration: inout RobotConfiguration, iterations: Int = 200) -> Double {
        guard !tasks.isEmpty, !configuration.jointPositions.isEmpty else { return 0 }
        let solver = InverseKinematics(workspace.tree, tasks: tasks)
        solver.bound(limits, margin: margin)
        for joint in posture.indices {
            (solver.posture[joint], solver.postureWeight[joint]) = (posture[joint], Self.postureWeight)
        }
        do throws(SolverFailure) {
            return try solver.solve(
                targets, &configuration,
                effort: .init(iterations: iterations, stepLimit: 0.3, tolerance: 1e-8, keepsApart: false)
            ).cost
        } catch {
            return .infinity
        }
    }
}
