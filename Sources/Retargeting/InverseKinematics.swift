import CRigidBody
import Geometry
import Robots

/// The least-squares problem of one robot: tasks, floor points and bounds, in memory that is used again.
final class InverseKinematics {
    let workspace: KinematicWorkspace
    var tasks: [krb_task] = []
    var floorPoints: [krb_floor_point] = []
    var lower: [Double]
    var upper: [Double]
    var posture: [Double]
    var postureWeight: [Double]
    /// Length of each task's error after the last solution, m or rad.
    private(set) var errors: [Double] = []

    init(_ tree: KinematicTree, limits: [JointLimits], margin: Double, maxFloorPoints: Int = 0) {
        workspace = KinematicWorkspace(tree, maxFloorPoints: maxFloorPoints)
        lower = limits.map { $0.lower + margin }
        upper = limits.map { $0.upper - margin }
        posture = zip(lower, upper).map { min(max(0, $0), $1) }
        postureWeight = [Double](repeating: 0, count: limits.count)
    }

    /// Moves `configuration` towards the goals in at most `iterations` exact steps; joints stay within their bounds.
    func solve(_ configuration: inout RobotConfiguration, iterations: Int, damping: Double) -> krb_result {
        if errors.count != tasks.count { errors = [Double](repeating: 0, count: tasks.count) }
        var root = krb_pose(
            RigidTransform(translation: configuration.rootPosition, rotation: configuration.rootRotation))
        var result = krb_result()
        tasks.withUnsafeBufferPointer { tasks in
            floorPoints.withUnsafeBufferPointer { floor in
                errors.withUnsafeMutableBufferPointer { errors in
                    configuration.jointPositions.withUnsafeMutableBufferPointer { variables in
                        run(tasks, floor, iterations, damping, &root, variables, errors, &result)
                    }
                }
            }
        }
        configuration.rootPosition = Vector3(root.position)
        configuration.rootRotation = Quaternion(root.rotation)
        return result
    }

    private func run(
        _ tasks: UnsafeBufferPointer<krb_task>, _ floor: UnsafeBufferPointer<krb_floor_point>, _ iterations: Int,
        _ damping: Double, _ root: inout krb_pose, _ variables: UnsafeMutableBufferPointer<Double>,
        _ errors: UnsafeMutableBufferPointer<Double>, _ result: inout krb_result
    ) {
        guard let tasksBase = tasks.baseAddress, let variablesBase = variables.baseAddress else { return }
        lower.withUnsafeBufferPointer { lower in
            upper.withUnsafeBufferPointer { upper in
                posture.withUnsafeBufferPointer { posture in
                    postureWeight.withUnsafeBufferPointer { weight in
                        guard let lower = lower.baseAddress, let upper = upper.baseAddress,
                            let posture = posture.baseAddress, let weight = weight.baseAddress
                        else { return }
                        var problem = krb_problem(
                            tasks: tasksBase, task_count: Int32(tasks.count), floor_points: floor.baseAddress,
                            floor_point_count: Int32(floor.count), lower: lower, upper: upper, posture: posture,
                            posture_weight: weight, damping: damping, step_limit: 0.5, tolerance: 1e-4,
                            iterations: Int32(iterations))
                        _ = krb_solve(
                            workspace.handle, &problem, &root, variablesBase, errors.baseAddress, &result)
                    }
                }
            }
        }
    }
}

extension krb_task {
    /// Position of a point of a body in the world, or relative to a point of another body.
    static func position(
        body: Int, point: Vector3, relativeTo reference: (body: Int, point: Vector3)? = nil, target: Vector3 = .zero,
        weight: Double
    ) -> krb_task {
        krb_task(
            kind: KRB_POINT, body: Int32(body), reference: Int32(reference?.body ?? -1), point: krb_vector3(point),
            reference_point: krb_vector3(reference?.point ?? .zero), target: krb_vector3(target),
            target_rotation: krb_quaternion(.identity), weight: krb_vector3(x: weight, y: weight, z: weight))
    }

    /// Orientation of a body in the world.
    static func orientation(body: Int, target: Quaternion = .identity, weight: Double) -> krb_task {
        krb_task(
            kind: KRB_ORIENTATION, body: Int32(body), reference: -1, point: krb_vector3(.zero),
            reference_point: krb_vector3(.zero), target: krb_vector3(.zero), target_rotation: krb_quaternion(target),
            weight: krb_vector3(x: weight, y: weight, z: weight))
    }
}
