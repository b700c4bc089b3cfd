import CRigidBody
import Geometry

/// Finds a pose in which a robot does what several goals ask for.
struct PoseSolver {
    let workspace: KinematicWorkspace
    var tasks: [krb_task] = []
    var posture: [Double]
    private let lower: [Double]
    private let upper: [Double]

    init(_ tree: KinematicTree, limits: [JointLimits], margin: Double) {
        workspace = KinematicWorkspace(tree)
        lower = limits.map { $0.lower + margin }
        upper = limits.map { $0.upper - margin }
        posture = zip(lower, upper).map { min(max(0, $0), $1) }
    }

    func clamped(_ joints: [Double]) -> [Double] {
        joints.indices.map { min(max(joints[$0], lower[$0]), upper[$0]) }
    }

    mutating func place(_ body: Int, point: Vector3, at target: Vector3, weight: Vector3) {
        tasks.append(
            krb_task(
                kind: KRB_POINT, body: Int32(body), reference: -1, point: krb_vector3(point),
                reference_point: krb_vector3(.zero), target: krb_vector3(target),
                target_rotation: krb_quaternion(.identity), weight: krb_vector3(weight)))
    }

    /// The vector from a point of one body to a point of another.
    mutating func stretch(
        from start: (body: Int, point: Vector3), to end: (body: Int, point: Vector3), _ target: Vector3, weight: Double
    ) {
        tasks.append(
            krb_task(
                kind: KRB_POINT, body: Int32(end.body), reference: Int32(start.body), point: krb_vector3(end.point),
                reference_point: krb_vector3(start.point), target: krb_vector3(target),
                target_rotation: krb_quaternion(.identity), weight: krb_vector3(Vector3(1, 1, 1) * weight)))
    }

    mutating func turn(_ body: Int, to rotation: Quaternion, weight: Double) {
        tasks.append(
            krb_task(
                kind: KRB_ORIENTATION, body: Int32(body), reference: -1, point: krb_vector3(.zero),
                reference_point: krb_vector3(.zero), target: krb_vector3(.zero),
                target_rotation: krb_quaternion(rotation), weight: krb_vector3(Vector3(1, 1, 1) * weight)))
    }

    mutating func balance(over target: Vector3, weight: Double) {
        tasks.append(
            krb_task(
                kind: KRB_CENTER_OF_MASS, body: 0, reference: -1, point: krb_vector3(.zero),
                reference_point: krb_vector3(.zero), target: krb_vector3(target),
                target_rotation: krb_quaternion(.identity), weight: krb_vector3(x: weight, y: weight, z: 0)))
    }

    /// Moves `configuration` as near to the goals as its ranges allow; returns the remaining cost.
    func solve(_ configuration: inout RobotConfiguration, iterations: Int = 200) -> Double {
        guard !tasks.isEmpty, !configuration.jointPositions.isEmpty else { return 0 }
        var root = krb_pose(
            RigidTransform(translation: configuration.rootPosition, rotation: configuration.rootRotation))
        var result = krb_result()
        let weights = [Double](repeating: 1e-3, count: posture.count)
        tasks.withUnsafeBufferPointer { tasks in
            lower.withUnsafeBufferPointer { lower in
                upper.withUnsafeBufferPointer { upper in
                    posture.withUnsafeBufferPointer { posture in
                        weights.withUnsafeBufferPointer { weights in
                            guard let tasksBase = tasks.baseAddress, let lower = lower.baseAddress,
                                let upper = upper.baseAddress, let posture = posture.baseAddress,
                                let weights = weights.baseAddress
                            else { return }
                            var problem = krb_problem(
                                tasks: tasksBase, task_count: Int32(tasks.count), floor_points: nil,
                                floor_point_count: 0, keeps_apart: 0, lower: lower, upper: upper,
                                posture: posture,
                                posture_weight: weights, damping: 1e-4, step_limit: 0.3, tolerance: 1e-8,
                                iterations: Int32(iterations))
                            _ = krb_solve(
                                workspace.handle, &problem, &root, &configuration.jointPositions, nil, &result)
                        }
                    }
                }
            }
        }
        configuration.rootPosition = Vector3(root.position)
        configuration.rootRotation = Quaternion(root.rotation)
        return result.cost
    }
}
