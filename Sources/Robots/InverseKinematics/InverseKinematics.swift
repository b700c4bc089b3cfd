package import CRigidBody
package import Geometry

/// The constrained least-squares problem of a set of tasks, in memory that is used again.
///
/// Steps are Levenberg–Marquardt's, each an exact quadratic program: joints keep their bounds, floor points stay above the floor
/// and watched capsules apart. The native side makes them from the rows that the tasks fill.
package final class InverseKinematics {
    /// How much is done for a solution.
    package struct Effort {
        /// Largest number of steps.
        package var iterations: Int
        /// Least value added to the diagonal (Levenberg–Marquardt).
        package var damping: Double
        /// Largest change of any degree of freedom in one step, rad or m.
        package var stepLimit: Double
        /// A step smaller than this ends the iteration, rad or m.
        package var tolerance: Double
        /// Whether capsules keep apart; a search through them finds ways that they would bar.
        package var keepsApart: Bool
        /// Whether floor points stay above the floor; a search that begins deep under it must not fold up there.
        package var keepsFloor: Bool

        package init(
            iterations: Int, damping: Double = 1e-4, stepLimit: Double = 0.5, tolerance: Double = 1e-3,
            keepsApart: Bool = true, keepsFloor: Bool = true
        ) {
            (self.iterations, self.damping, self.stepLimit) = (iterations, damping, stepLimit)
            (self.tolerance, self.keepsApart, self.keepsFloor) = (tolerance, keepsApart, keepsFloor)
        }
    }

    package let workspace: KinematicWorkspace
    package let tasks: [any IKTask]
    /// Points that stay above the floor.
    package let floorPoints: [FloorPoint]
    /// Whether the watched pairs of capsules are kept apart.
    package let keepsApart: Bool
    /// By joint: hard bounds, the position that costs nothing, and the weight of the difference to it.
    package let lower, upper, posture, postureWeight: UnsafeMutableBufferPointer<Double>
    private let window: OpaquePointer
    private let nativeFloor: [krb_floor_point]

    package init(
        _ tree: KinematicTree, tasks: [any IKTask], floorPoints: [FloorPoint] = [],
        capsules: WatchedCapsules = WatchedCapsules(), keepsApart: Bool = false
    ) {
        workspace = KinematicWorkspace(tree, maxFloorPoints: floorPoints.count)
        let status = krb_workspace_watch(
            workspace.handle, capsules.capsules, Int32(capsules.capsules.count), capsules.pairs,
            Int32(capsules.pairs.count))
        guard status == KRB_OK else { fatalError("out of memory") }
        self.tasks = tasks
        self.floorPoints = floorPoints
        self.keepsApart = keepsApart
        nativeFloor = floorPoints.map {
            krb_floor_point(body: Int32($0.point.body), point: krb_vector3($0.point.place), height: $0.height)
        }
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
    package func bound(_ limits: [JointLimits], margin: Double) {
        for (joint, limit) in limits.enumerated() {
            (lower[joint], upper[joint]) = (limit.lower + margin, limit.upper - margin)
        }
    }

    /// Moves a configuration towards the targets in at most `effort.iterations` exact steps; joints stay within bounds.
    ///
    /// - Parameters:
    ///   - targets: Those of all tasks, for one or more frames.
    ///   - frame: Which of these frames.
    ///   - root: Pose of the root.
    ///   - joints: Positions of the joints, of this robot or of several.
    ///   - firstJoint: Where those of this one begin.
    ///   - effort: How much is done.
    /// - Returns: What it came to.
    /// - Throws: `SolverFailure`; root and joints are then the last that were finite.
    package func solve(
        _ targets: [TaskTarget], frame: Int = 0, root: inout RigidTransform, joints: inout [Double],
        from firstJoint: Int = 0, effort: Effort
    ) throws(SolverFailure) -> Solution {
        var result = krb_result()
        var pose = krb_pose(root)
        let status = withProblem(targets, effort) { problem in
            problem.frame = Int32(frame)
            return joints.withUnsafeMutableBufferPointer { joints in
                guard let joints = joints.baseAddress else { return KRB_INVALID_ARGUMENT }
                return krb_solve(workspace.handle, &problem, &pose, joints + firstJoint, &result)
            }
        }
        root = RigidTransform(pose)
        if let failure = SolverFailure(status) { throw failure }
        return Solution(result)
    }

    /// As the other one, with a configuration and targets of one frame.
    package func solve(
        _ targets: [TaskTarget], _ configuration: inout RobotConfiguration, effort: Effort
    ) throws(SolverFailure) -> Solution {
        var root = RigidTransform(translation: configuration.rootPosition, rotation: configuration.rootRotation)
        defer { (configuration.rootPosition, configuration.rootRotation) = (root.translation, root.rotation) }
        return try solve(targets, root: &root, joints: &configuration.jointPositions, effort: effort)
    }

    /// Moves all frames of a window but the first `fixed` towards their targets and to a smooth motion.
    ///
    /// - Parameters:
    ///   - targets: Those of all tasks, frame after frame.
    ///   - stiffness: By degree of freedom, weight of the second difference squared.
    ///   - fixed: Number of frames that stay as they are.
    ///   - roots: Pose of the root by frame.
    ///   - joints: Positions by frame and joint.
    ///   - effort: How much is done.
    /// - Throws: `SolverFailure`; the frames are then as they were after the last step that was finite.
    package func smooth(
        _ targets: [TaskTarget], stiffness: [Double], fixed: Int, roots: inout [krb_pose], joints: inout [Double],
        effort: Effort
    ) throws(SolverFailure) {
        let frames = roots.count
        let status = withProblem(targets, effort) { frame in
            stiffness.withUnsafeBufferPointer { stiffness in
                guard let stiffness = stiffness.baseAddress else { return KRB_INVALID_ARGUMENT }
                var problem = krb_window_problem(
                    frame: frame, count: Int32(frames), fixed: Int32(fixed), stiffness: stiffness)
                return krb_window_solve(window, workspace.handle, &problem, &roots, &joints)
            }
        }
        if let failure = SolverFailure(status) { throw failure }
    }

    /// Least distance between the surfaces of watched capsules less what they keep, m, after the last solution; infinite
    /// when none are watched.
    package var leastGap: Double { krb_least_gap(workspace.handle) }

    // MARK: The problem as the native side takes it

    private func withProblem(
        _ targets: [TaskTarget], _ effort: Effort, _ body: (inout krb_problem) -> krb_status
    ) -> krb_status {
        targets.withUnsafeBufferPointer { targets in
            tasks.withUnsafeBufferPointer { tasks in
                guard let first = targets.baseAddress else { return KRB_INVALID_ARGUMENT }
                var objective = Objective(tasks: tasks, targets: first, robot: workspace)
                return withUnsafeMutablePointer(to: &objective) { withProblem(Objective.native($0), effort, body) }
            }
        }
    }

    private func withProblem(
        _ objective: krb_objective, _ effort: Effort, _ body: (inout krb_problem) -> krb_status
    ) -> krb_status {
        guard let lower = lower.baseAddress, let upper = upper.baseAddress, let posture = posture.baseAddress,
            let postureWeight = postureWeight.baseAddress
        else { return KRB_INVALID_ARGUMENT }
        return nativeFloor.withUnsafeBufferPointer { floor in
            var problem = krb_problem(
                objective: objective, frame: 0, floor_points: floor.baseAddress,
                floor_point_count: effort.keepsFloor ? Int32(floor.count) : 0,
                keeps_apart: keepsApart && effort.keepsApart ? 1 : 0, lower: lower, upper: upper, posture: posture,
                posture_weight: postureWeight, damping: effort.damping, step_limit: effort.stepLimit,
                tolerance: effort.tolerance, iterations: Int32(effort.iterations))
            return body(&problem)
        }
    }
}

/// What the native side minimises: it asks for the cost and the rows of the tasks that weigh anything.
private struct Objective {
    let tasks: UnsafeBufferPointer<any IKTask>
    let targets: UnsafePointer<TaskTarget>
    let robot: KinematicWorkspace

    /// As the native side takes it; valid as long as `objective` stays where it is.
    static func native(_ objective: UnsafeMutablePointer<Objective>) -> krb_objective {
        krb_objective(
            owner: objective,
            add_cost: { owner, frame, cost in
                owner?.assumingMemoryBound(to: Objective.self).pointee.addCost(Int(frame), &cost.pointee)
            },
            add_rows: { owner, frame in
                owner?.assumingMemoryBound(to: Objective.self).pointee.addRows(Int(frame))
            })
    }

    private func addCost(_ frame: Int, _ cost: inout Double) {
        let targets = targets + frame * tasks.count
        for index in tasks.indices where targets[index].weight != .zero {
            let (e, w) = (tasks[index].error(targets[index], robot), targets[index].weight)
            cost += e.x * (w.x * e.x) + (e.y * (w.y * e.y) + e.z * (w.z * e.z))
        }
    }

    private func addRows(_ frame: Int) {
        let (targets, rows) = (targets + frame * tasks.count, JacobianRows(robot))
        for index in tasks.indices where targets[index].weight != .zero {
            tasks[index].jacobian(targets[index], robot, into: rows)
            rows.add(targets[index].weight, tasks[index].error(targets[index], robot))
        }
    }
}

/// A point of a body that stays above the floor.
package struct FloorPoint: Sendable {
    package var point: BodyPoint
    /// Least height, m.
    package var height: Double

    package init(point: BodyPoint, height: Double) { (self.point, self.height) = (point, height) }
}

/// What a solve came to.
package struct Solution {
    /// Cost at the end, posture included.
    package let cost: Double
    /// Depth of the lowest floor point under its height, m; 0 when none is.
    package let floorViolation: Double
    /// How much nearer than they may the nearest capsules are, m; 0 when none are.
    package let overlap: Double
    /// Joints at a bound in the last step.
    package let activeBounds: Int
    /// Whether the last step was smaller than the tolerance; else the steps were used up.
    package let isConverged: Bool

    package init(_ result: krb_result) {
        cost = result.cost
        floorViolation = result.floor_violation
        overlap = result.overlap
        activeBounds = Int(result.active_bounds)
        isConverged = result.converged != 0
    }
}

/// Why a solve came to nothing.
package enum SolverFailure: Error {
    /// A cost or a step was infinite or not a number.
    case notFinite
    /// The bounds contradict each other, or the problem does not fit its workspace.
    case invalidProblem

    package init?(_ status: krb_status) {
        switch status {
        case KRB_OK: return nil
        case KRB_NOT_FINITE: self = .notFinite
        default: self = .invalidProblem
        }
    }
}
