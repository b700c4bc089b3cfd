import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// How a solution that is locked in a wrong minimum is left.
    enum Escape {
        /// Time between two looks for a better solution, s.
        static let interval = 0.33
        /// Steps of such a look, of each side of the comparison, and of a frame that follows the better solution.
        static let iterations = (search: 15, compare: 6, follow: 4)
        /// A solution is better when its cost is under this share of the present one and less by this amount.
        static let gain = (share: 0.7, amount: 0.02)
        /// Speed at which joints move there at least (rad/s), and how near is near enough (rad).
        static let speed = 3.0
        static let arrival = 0.3
        /// Share of its weight that the foot of such a leg keeps.
        static let letGo = 0.01
    }

    /// Looks for a solution of the newest frame that a fresh start would find and the continued motion has missed, and
    /// lets the next frames be drawn to it: frame-by-frame solutions that are wrong once stay wrong, as a joint that
    /// has run into its limit.
    ///
    /// One frame searches and the next one compares, so that neither takes long.
    func reconsider(_ state: inout RetargetState) {
        state.sinceSearch += 1 / state.frameRate
        let t = state.slots.count - 1
        if !state.candidate.isEmpty {
            state.escape += state.candidate
            state.candidate.removeAll(keepingCapacity: true)
            compare(t, &state, iterations: Escape.iterations.compare)
        } else if state.sinceSearch >= Escape.interval {
            state.sinceSearch = 0
            if state.escape.isEmpty {
                search(t, &state)
            } else {
                compare(t, &state, iterations: Escape.iterations.follow)
            }
        }
    }

    /// Solves the frame from a fresh start; the starts take turns.
    private func search(_ t: Int, _ state: inout RetargetState) {
        state.candidate += state.searches.isMultiple(of: 2) ? natural : calibration.tPose
        state.searches += 1
        relax(t, &state)
        var root = state.slots[t].root
        _ = solver.solve(
            state.tasks, from: t * goals.count, count: goals.count, root: &root, joints: &state.candidate,
            effort: .init(iterations: Escape.iterations.search, keepsApart: false))
        // What leads nowhere else need not be compared.
        if !isElsewhere(state.candidate, natural.indices, t, state) {
            state.candidate.removeAll(keepingCapacity: true)
        }
    }

    /// Solves the frame from the escape and from where the joints are, and lets go of an escape that is no better.
    private func compare(_ t: Int, _ state: inout RetargetState, iterations: Int) {
        relax(t, &state)
        let effort = InverseKinematics.Effort(iterations: iterations)
        var root = state.slots[t].root
        let found = solver.solve(
            state.tasks, from: t * goals.count, count: goals.count, root: &root, joints: &state.escape,
            effort: effort
        ).cost
        // Free of rate limits too: what only lags behind is not locked.
        root = state.slots[t].root
        present.removeAll(keepingCapacity: true)
        for joint in natural.indices { present.append(state.joints[t * natural.count + joint]) }
        let cost = solver.solve(
            state.tasks, from: t * goals.count, count: goals.count, root: &root, joints: &present, effort: effort
        ).cost
        let isBetter = found < Escape.gain.share * cost && found < cost - Escape.gain.amount
        if !isBetter { state.escape.removeAll(keepingCapacity: true) }
    }

    /// A leg that has to leave a wrong minimum lets go of the floor: 1 for every other.
    func hold(_ leg: Int, _ t: Int, _ state: RetargetState) -> Double {
        guard !state.escape.isEmpty else { return 1 }
        return isElsewhere(state.escape, legJoints[leg], t, state) ? Escape.letGo : 1
    }

    /// Whether one of some joints would have to move from where it is in a frame.
    private func isElsewhere(
        _ goal: [Double], _ joints: some Sequence<Int>, _ t: Int, _ state: RetargetState
    ) -> Bool {
        joints.contains { abs(goal[$0] - state.joints[t * natural.count + $0]) > Escape.arrival }
    }
}
