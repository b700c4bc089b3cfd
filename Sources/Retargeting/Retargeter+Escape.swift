import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// How a solution that is locked in a wrong minimum is left.
    enum Escape {
        /// Time between two looks for a better solution, s.
        static let interval = 0.33
        /// Steps of such a look, and of each frame that follows the better solution.
        static let iterations = (search: 15, follow: 4)
        /// A solution is better when its cost is under this share of the present one and less by this amount.
        static let gain = (share: 0.7, amount: 0.02)
        /// Speed at which joints move there at least (rad/s), and how near is near enough (rad).
        static let speed = 3.0
        static let arrival = 0.3
        /// Share of its weight that the foot of such a leg keeps.
        static let letGo = 0.01
    }

    /// Looks for a solution that a fresh start would find and the continued motion has missed, and lets the next frames
    /// be drawn to it: frame-by-frame solutions that are wrong once stay wrong, as a joint that has run into its limit.
    func reconsider(_ root: RigidTransform, _ state: inout RetargetState, _ dt: Double) {
        guard var present = state.configuration else { return }
        state.sinceSearch += dt
        let searches = state.escape == nil && state.sinceSearch >= Escape.interval
        guard searches || state.escape != nil else { return }
        var other = present
        if let escape = state.escape {
            other.jointPositions = escape
        } else {
            // The starts take turns.
            other.jointPositions = state.searches.isMultiple(of: 2) ? natural : calibration.tPose
            state.searches += 1
        }
        state.sinceSearch = 0
        relax()
        let iterations = searches ? Escape.iterations.search : Escape.iterations.follow
        let found = solver.solve(&other, iterations: iterations, damping: 1e-4).cost
        // Free of rate limits too: what only lags behind is not locked.
        let cost = solver.solve(&present, iterations: iterations, damping: 1e-4).cost
        let better = found < Escape.gain.share * cost && found < cost - Escape.gain.amount
        state.escape = better ? other.jointPositions : nil
    }

    /// A leg that has to leave a wrong minimum lets go of the floor: 1 for every other.
    func hold(_ leg: Int, _ state: RetargetState) -> Double {
        guard let escape = state.escape, let present = state.configuration?.jointPositions else { return 1 }
        return legJoints[leg].contains { abs(escape[$0] - present[$0]) > Escape.arrival } ? Escape.letGo : 1
    }
}
