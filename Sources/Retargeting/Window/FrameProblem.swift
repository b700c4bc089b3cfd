import Geometry
import Robots

/// The problem of one frame of a window, as its neighbours and the time leave it.
///
/// It owns the solver, whose bounds, posture and kinematics are those of the frame worked on last.
final class FrameProblem {
    let model: RetargetModel
    let solver: InverseKinematics
    private var limits: [JointLimits] { model.limits }
    private var margin: Double { model.profile.limits.softMargin }

    init(_ model: RetargetModel) {
        self.model = model
        solver = InverseKinematics(
            model.tree, tasks: model.tasks, floorPoints: model.surface.points,
            capsules: WatchedCapsules(model.profile, model.tree), keepsApart: model.options.keepsApart)
    }

    // MARK: Targets

    /// Sets the targets of a frame whose hips and feet are planned.
    func aim(_ t: Int, _ state: inout RetargetState) {
        for (index, task) in model.tasks.enumerated() {
            var target = state.targets[t * model.tasks.count + index]
            task.aim(&target, t, state)
            state.targets[t * model.tasks.count + index] = target
        }
    }

    private func prepare(_ t: Int, _ state: inout RetargetState, for solve: FrameSolve) {
        for (index, task) in model.tasks.enumerated() {
            var target = state.targets[t * model.tasks.count + index]
            task.prepare(&target, t, state, for: solve)
            state.targets[t * model.tasks.count + index] = target
        }
    }

    // MARK: Alone

    /// The joints' whole range, the natural pose and targets of a frame without neighbours.
    func setAlone(_ t: Int, _ state: inout RetargetState, for solve: FrameSolve = .alone) {
        setRange()
        for joint in model.natural.indices {
            solver.posture[joint] = model.natural[joint]
            solver.postureWeight[joint] = model.options.naturalness
        }
        prepare(t, &state, for: solve)
    }

    /// The joints' whole range.
    func setRange() { solver.bound(limits, margin: margin) }

    // MARK: Among neighbours

    /// Bounds, posture and targets of a frame whose neighbours are held.
    func setAmongNeighbours(_ t: Int, _ state: inout RetargetState, _ smoothness: Smoothness, firmness: Double) {
        draw(t, state, smoothness.joints)
        prepare(t, &state, for: .amongNeighbours(smoothness, firmness: firmness))
        bound(t, state)
    }

    /// Draws the joints to the smoothest motion through the neighbours.
    private func draw(_ t: Int, _ state: RetargetState, _ smoothness: Neighbours.Weights) {
        let neighbours = Neighbours(of: t, in: state.slots.count, smoothness, dt: 1 / state.frameRate)
        let naturalness = model.options.naturalness
        let weight = neighbours.weight + naturalness
        for joint in limits.indices {
            var target = 0.0
            for offset in -Neighbours.reach...Neighbours.reach where neighbours[offset] != 0 {
                target += neighbours[offset] * state.joints[(t + offset) * limits.count + joint]
            }
            solver.posture[joint] = (neighbours.weight * target + naturalness * model.natural[joint]) / weight
            solver.postureWeight[joint] = weight
        }
    }

    /// Bounds of a frame's joints: their range, and the rates towards the neighbours on both sides. Where they
    /// contradict, position wins over speed, speed over acceleration and that over jerk.
    private func bound(_ t: Int, _ state: RetargetState) {
        let (count, dt, margin) = (state.slots.count, 1 / state.frameRate, margin)
        state.joints.withUnsafeBufferPointer { q in
            for (joint, limit) in limits.enumerated() {
                func at(_ offset: Int) -> Double { q[(t + offset) * limits.count + joint] }
                var interval = JointInterval(limit.lower + margin, limit.upper - margin)
                if t > 0 { interval.narrow(around: at(-1), limit.velocity * dt) }
                if t + 1 < count { interval.narrow(around: at(1), limit.velocity * dt) }
                if t > 0, t + 1 == count { interval.brake(from: at(-1), limit, margin: margin, dt: dt) }
                if model.options.keepsRates { narrowRates(&interval, t, count, limit, dt: dt, at) }
                if t + 1 == count, t > 0, !state.escape.isEmpty {
                    interval.urge(from: at(-1), to: state.escape[joint], dt: dt)
                }
                (solver.lower[joint], solver.upper[joint]) = (interval.lower, interval.upper)
            }
        }
    }

    /// Narrows a joint's interval to what its acceleration and jerk allow beside the neighbours at offsets of up to three frames.
    private func narrowRates(
        _ interval: inout JointInterval, _ t: Int, _ count: Int, _ limit: JointLimits, dt: Double,
        _ at: (Int) -> Double
    ) {
        let a = limit.acceleration * dt * dt
        if t > 1 { interval.narrow(around: 2 * at(-1) - at(-2), a) }
        if t > 0, t + 1 < count { interval.narrow(around: (at(-1) + at(1)) / 2, a / 2) }
        if t + 2 < count { interval.narrow(around: 2 * at(1) - at(2), a) }
        let j = limit.jerk * dt * dt * dt
        if t > 2 { interval.narrow(around: 3 * at(-1) - 3 * at(-2) + at(-3), j) }
        if t > 1, t + 1 < count { interval.narrow(around: at(-1) + (at(1) - at(-2)) / 3, j / 3) }
        if t > 0, t + 2 < count { interval.narrow(around: at(1) + (at(-1) - at(2)) / 3, j / 3) }
        if t + 3 < count { interval.narrow(around: 3 * at(1) - 3 * at(2) + at(3), j) }
    }
}
