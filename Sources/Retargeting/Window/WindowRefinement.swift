import CRigidBody
import Geometry
import Robots

/// Solves the frames of a window that may still change: the newest from the one before it, and all of them together.
struct WindowRefinement {
    /// From which height of the lowest corner of a standing sole a frame is worked on once more, m.
    private static let liftedSole = 0.0025

    private let problem: FrameProblem
    private var model: RetargetModel { problem.model }
    /// Weight of the second differences by degree of freedom, and the roots of the window.
    private var stiffness: [Double]
    private var roots: [krb_pose] = []

    init(_ problem: FrameProblem) {
        self.problem = problem
        stiffness = [Double](repeating: 0, count: problem.model.tree.degreesOfFreedom)
    }

    /// Solves the newest frame from the one before it.
    func extend(_ state: inout RetargetState) {
        let options = model.options
        // Without a window the frame is due now.
        let again: Missed = state.horizon > 0 ? [.standing, .distance] : .standing
        solve(
            state.slots.count - 1, &state, iterations: options.iterations, options.prediction, firmness: 1, again: again
        )
    }

    /// Solves the frames that may still change at once, as one least-squares problem that weighs likeness against
    /// acceleration, and then each of them with its neighbours held, which keeps all limits, floor and feet exactly.
    mutating func refine(_ state: inout RetargetState) {
        let (options, frames) = (model.options, state.final..<state.slots.count)
        smooth(&state)
        // There and back; again, up to three times as often, where a sole that shall stand is still off the floor, which is
        // held down more firmly then, and up to six times as often where capsules are still too near.
        let sweeps = options.sweeps
        var (missed, firmness): (Missed, Double) = ([], 1)
        for sweep in 0..<6 * sweeps {
            let goesOn = !sweep.isMultiple(of: 2)
            if sweep >= sweeps, !goesOn {
                if sweep >= 3 * sweeps { missed.remove(.standing) }
                if missed.isEmpty { break }
                if missed.contains(.standing) { firmness *= 4 }
            }
            missed = []
            for index in frames {
                let t = goesOn ? index : frames.lowerBound + frames.upperBound - 1 - index
                missed.formUnion(
                    solve(
                        t, &state, iterations: 1, options.smoothness, firmness: firmness,
                        again: [.standing, .distance]))
            }
        }
    }

    private mutating func smooth(_ state: inout RetargetState) {
        let smoothness = model.options.smoothness
        for t in state.final..<state.slots.count { problem.setAlone(t, &state, for: .inWindow) }
        let rate = state.frameRate / 30
        let unit = rate * rate * rate * rate
        for dof in stiffness.indices {
            let joint = dof - (stiffness.count - model.limits.count)
            let weights =
                joint >= 0 ? smoothness.joints : (dof < 3 ? smoothness.rootPosition : smoothness.rootRotation)
            stiffness[dof] = weights.acceleration * unit
        }
        roots.removeAll(keepingCapacity: true)
        for slot in state.slots { roots.append(krb_pose(slot.root)) }
        // A window that cannot be smoothed stays as it is; its frames are solved one by one all the same.
        try? problem.solver.smooth(
            state.targets, stiffness: stiffness, fixed: state.final, roots: &roots, joints: &state.joints,
            effort: .init(iterations: model.options.windowIterations))
        for t in state.final..<state.slots.count { state.slots[t].root = RigidTransform(roots[t]) }
    }

    /// What a solved frame does not keep.
    private struct Missed: OptionSet {
        var rawValue: Int
        /// A sole that shall stand is off the floor.
        static let standing = Missed(rawValue: 1)
        /// Watched capsules are much nearer than they shall be.
        static let distance = Missed(rawValue: 2)
    }

    /// Solves one frame with its neighbours held, with more steps when it misses one of `again`; says what it misses then.
    @discardableResult
    private func solve(
        _ t: Int, _ state: inout RetargetState, iterations: Int, _ smoothness: Smoothness, firmness: Double,
        again: Missed
    ) -> Missed {
        let solver = problem.solver
        problem.setAmongNeighbours(t, &state, smoothness, firmness: firmness)
        var (missed, depth) = (again, 0.0)
        for attempt in 0..<2 where !missed.isDisjoint(with: again) {
            let solution: Solution
            do throws(SolverFailure) {
                solution = try solver.solve(
                    state.targets, frame: t, root: &state.slots[t].root, joints: &state.joints,
                    from: t * model.limits.count, effort: .init(iterations: attempt == 0 ? iterations : 4))
            } catch {
                // The frame stays where it was; more steps would fail alike.
                state.slots[t].isSolved = false
                return []
            }
            missed = hasLiftedSole(t, state) ? .standing : []
            if solution.overlap > WatchedCapsules.tolerance { missed.insert(.distance) }
            depth = solution.floorViolation
            state.slots[t].activeBounds = solution.activeBounds
        }
        state.slots[t].isSolved = true
        // What the budget left under the floor, on the wildest of inputs.
        state.slots[t].root.translation.z += depth
        state.slots[t].centerOfMass = solver.workspace.centerOfMass
        if state.isLow(t) { recordSurface(t, &state, lifted: depth) }
        return missed
    }

    /// Keeps where the robot's surface is, from which parts that rest are held.
    private func recordSurface(_ t: Int, _ state: inout RetargetState, lifted: Double) {
        let robot = problem.solver.workspace
        let first = t * model.surface.points.count
        for (index, point) in model.surface.points.enumerated() {
            state.surface[first + index] = robot.position(of: point.point) + .up * lifted
        }
    }

    /// Whether a sole that shall stand is off the floor in the configuration solved last.
    private func hasLiftedSole(_ t: Int, _ state: RetargetState) -> Bool {
        let robot = problem.solver.workspace
        for (leg, points) in model.surface.soles.enumerated() where state.foot(leg, t).isStanding {
            var lowest = Double.infinity
            for corner in model.surface.points[points] {
                lowest = min(lowest, robot.position(of: corner.point).z - corner.height)
            }
            if lowest > Self.liftedSole { return true }
        }
        return false
    }
}
