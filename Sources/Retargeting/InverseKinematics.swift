import CRigidBody
import Geometry
import Robots

/// The constrained least-squares problem of one configuration, in memory that is used again.
final class InverseKinematics {
    /// What a problem asks for.
    struct Effort {
        /// Largest number of steps.
        var iterations: Int
        /// Least value added to the diagonal (Levenberg–Marquardt).
        var damping = 1e-4
        /// Largest change of any degree of freedom in one step, rad or m.
        var stepLimit = 0.5
        /// A step smaller than this ends the iteration, rad or m.
        var tolerance = 1e-3
        /// Whether capsules keep apart; a search through them finds ways that they would bar.
        var keepsApart = true
    }

    let workspace: KinematicWorkspace
    private let window: OpaquePointer
    /// Points that stay above the floor.
    let floorPoints: [krb_floor_point]
    /// Whether the watched pairs of capsules are kept apart.
    let keepsApart: Bool
    /// By joint: hard bounds, the position that costs nothing, and the weight of the difference to it.
    let lower, upper, posture, postureWeight: UnsafeMutableBufferPointer<Double>

    init(
        _ tree: KinematicTree, floorPoints: [krb_floor_point] = [], capsules: WatchedCapsules = WatchedCapsules(),
        keepsApart: Bool = false
    ) {
        workspace = KinematicWorkspace(tree, maxFloorPoints: floorPoints.count)
        let status = krb_workspace_watch(
            workspace.handle, capsules.capsules, Int32(capsules.capsules.count), capsules.pairs,
            Int32(capsules.pairs.count))
        guard status == KRB_OK else { fatalError("out of memory") }
        self.floorPoints = floorPoints
        self.keepsApart = keepsApart
        func make() -> UnsafeMutableBufferPointer<Double> {
            let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(tree.jointCount, 1))
            buffer.initialize(repeating: 0)
            return buffer
        }
        (lower, upper, posture, postureWeight) = (make(), make(), make(), make())
        var window: OpaquePointer?
        guard krb_window_create(tree.handle, &window) == KRB_OK, let window else { fatalError("out of memory") }
        self.window = window
    }

    deinit {
        krb_window_destroy(window)
        for buffer in [lower, upper, posture, postureWeight] { buffer.deallocate() }
    }

    /// Bounds at the ends of the joints' ranges, less a margin.
    func bound(_ limits: [JointLimits], margin: Double) {
        for (joint, limit) in limits.enumerated() {
            (lower[joint], upper[joint]) = (limit.lower + margin, limit.upper - margin)
        }
    }

    /// Moves a configuration towards the goals in at most `effort.iterations` exact steps; joints stay within bounds.
    ///
    /// Of `tasks` those from `firstTask` on, `taskCount` of them, are the goals; the position of the first joint is at
    /// `firstJoint`; `errors` receives the length of each task's error, m or rad.
    func solve(
        _ tasks: [krb_task], from firstTask: Int = 0, count taskCount: Int, root: inout RigidTransform,
        joints: inout [Double], from firstJoint: Int = 0, effort: Effort,
        errors: UnsafeMutablePointer<Double>? = nil
    ) -> krb_result {
        var result = krb_result()
        var pose = krb_pose(root)
        tasks.withUnsafeBufferPointer { tasks in
            joints.withUnsafeMutableBufferPointer { joints in
                guard let tasks = tasks.baseAddress, let joints = joints.baseAddress else { return }
                run(tasks + firstTask, taskCount, &pose, joints + firstJoint, effort, errors, &result)
            }
        }
        root = RigidTransform(pose)
        return result
    }

    private func run(
        _ tasks: UnsafePointer<krb_task>, _ count: Int, _ root: inout krb_pose,
        _ joints: UnsafeMutablePointer<Double>, _ effort: Effort, _ errors: UnsafeMutablePointer<Double>?,
        _ result: inout krb_result
    ) {
        guard let lower = lower.baseAddress, let upper = upper.baseAddress, let posture = posture.baseAddress,
            let postureWeight = postureWeight.baseAddress
        else { return }
        floorPoints.withUnsafeBufferPointer { floor in
            var problem = krb_problem(
                tasks: tasks, task_count: Int32(count), floor_points: floor.baseAddress,
                floor_point_count: Int32(floor.count), keeps_apart: keepsApart && effort.keepsApart ? 1 : 0,
                lower: lower, upper: upper, posture: posture, posture_weight: postureWeight,
                damping: effort.damping, step_limit: effort.stepLimit, tolerance: effort.tolerance,
                iterations: Int32(effort.iterations))
            _ = krb_solve(workspace.handle, &problem, &root, joints, errors, &result)
        }
    }

    /// Least distance between the surfaces of watched capsules less what they keep, m, after the last solution; infinite
    /// when none are watched.
    var leastGap: Double { krb_least_gap(workspace.handle) }

    /// Moves all frames of a window but the first `fixed` towards their goals and to a smooth motion.
    ///
    /// Each frame has `count` of the tasks; `stiffness` is the weight of the second difference squared by degree of
    /// freedom.
    func smooth(
        _ tasks: [krb_task], count: Int, stiffness: [Double], fixed: Int, roots: inout [krb_pose],
        joints: inout [Double], effort: Effort
    ) {
        guard let lower = lower.baseAddress, let upper = upper.baseAddress, let posture = posture.baseAddress,
            let postureWeight = postureWeight.baseAddress
        else { return }
        let frames = roots.count
        tasks.withUnsafeBufferPointer { tasks in
            floorPoints.withUnsafeBufferPointer { floor in
                stiffness.withUnsafeBufferPointer { stiffness in
                    guard let tasks = tasks.baseAddress, let stiffness = stiffness.baseAddress else { return }
                    let frame = krb_problem(
                        tasks: tasks, task_count: Int32(count), floor_points: floor.baseAddress,
                        floor_point_count: Int32(floor.count), keeps_apart: keepsApart ? 1 : 0, lower: lower,
                        upper: upper, posture: posture, posture_weight: postureWeight, damping: effort.damping,
                        step_limit: effort.stepLimit, tolerance: effort.tolerance,
                        iterations: Int32(effort.iterations))
                    var problem = krb_window_problem(
                        frame: frame, count: Int32(frames), fixed: Int32(fixed), stiffness: stiffness)
                    _ = krb_window_solve(window, workspace.handle, &problem, &roots, &joints)
                }
            }
        }
    }

    /// Moves a configuration towards the goals.
    func solve(_ tasks: [krb_task], _ configuration: inout RobotConfiguration, effort: Effort) -> krb_result {
        var root = RigidTransform(
            translation: configuration.rootPosition, rotation: configuration.rootRotation)
        let result = solve(
            tasks, count: tasks.count, root: &root, joints: &configuration.jointPositions, effort: effort)
        (configuration.rootPosition, configuration.rootRotation) = (root.translation, root.rotation)
        return result
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

    /// Centre of mass over a place of the floor; starts without weight.
    static var balance: krb_task {
        krb_task(
            kind: KRB_CENTER_OF_MASS, body: 0, reference: -1, point: krb_vector3(.zero),
            reference_point: krb_vector3(.zero), target: krb_vector3(.zero),
            target_rotation: krb_quaternion(.identity), weight: krb_vector3(.zero))
    }

    /// A foot on the floor: the lowest of its floor points no higher than `slack`, m; starts without weight.
    static func onFloor(body: Int, slack: Double) -> krb_task {
        krb_task(
            kind: KRB_LOWEST_FLOOR_POINT, body: Int32(body), reference: -1, point: krb_vector3(.zero),
            reference_point: krb_vector3(.zero), target: krb_vector3(Vector3(0, 0, slack)),
            target_rotation: krb_quaternion(.identity), weight: krb_vector3(.zero))
    }

    /// The task in a world that is turned about the vertical; its weights are the same in all directions of the floor.
    func turned(by turn: Quaternion) -> krb_task {
        var task = self
        task.target = krb_vector3(turn.act(Vector3(target)))
        task.target_rotation = krb_quaternion(turn * Quaternion(target_rotation))
        return task
    }

    mutating func weigh(_ weight: Double) { self.weight = krb_vector3(x: weight, y: weight, z: weight) }
}
