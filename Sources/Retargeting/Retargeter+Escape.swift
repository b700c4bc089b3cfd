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
    func reconsider(_ state: inout RetargetState) {
        state.sinceSearch += 1 / state.frameRate
        let searches = state.escape.isEmpty
        guard !searches || state.sinceSearch >= Escape.interval else { return }
        let t = state.slots.count - 1
        // The starts take turns.
        if searches {
            state.escape += state.searches.isMultiple(of: 2) ? natural : calibration.tPose
            state.searches += 1
        }
        state.sinceSearch = 0
        relax(t, &state)
        let effort = InverseKinematics.Effort(
            iterations: searches ? Escape.iterations.compare : Escape.iterations.follow)
        var root = state.slots[t].root
        if searches {
            _ = solver.solve(
                state.tasks, from: t * goals.count, count: goals.count, root: &root, joints: &state.escape,
                effort: .init(iterations: Escape.iterations.search, keepsApart: false))
        }
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
        for joint in legJoints[leg]
        where abs(state.escape[joint] - state.joints[t * natural.count + joint]) > Escape.arrival {
            return Escape.letGo
        }
        return 1
    }
}
