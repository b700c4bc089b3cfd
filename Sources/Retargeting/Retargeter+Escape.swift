import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// How a solution that is locked in a wrong minimum is left.
    enum Escape {
        /// Time between two looks for a better solution, s.
        static let interval = 0.33
        /// Frames over which a look is spread, the last of them with capsules kept apart and beside the present solution; steps
        /// in each, of each solution.
        static let (frames, compared, steps) = (8, 3, 2)
        /// Steps in each frame that follows the better solution, of each side of the comparison.
        static let follow = 4
        /// A solution is better when its cost is under this share of the present one and less by this amount.
        static let gain = (share: 0.7, amount: 0.02)
        /// Speed at which joints move there at least (rad/s), and how near is near enough (rad).
        static let speed = 3.0
        static let arrival = 0.3
        /// Share of its weight that the foot of such a leg keeps.
        static let letGo = 0.01
    }

    /// Looks for a solution that a fresh start would find and the continued motion has missed, and lets the next frames be
    /// drawn to it: frame-by-frame solutions that are wrong once stay wrong, as a joint that has run into its limit. A few
    /// steps in each frame, so that no frame takes much longer than another.
    func reconsider(_ state: inout RetargetState) {
        let isFollowing = !state.escape.isEmpty
        if !isFollowing {
            let dt = 1 / state.frameRate
            state.sinceSearch += dt
            guard state.sinceSearch > Escape.interval - Double(Escape.frames) * dt else { return }
            // The starts take turns.
            if state.search.isEmpty { state.search += state.searches.isMultiple(of: 2) ? natural : calibration.tPose }
            state.searchedFrames += 1
        }
        let t = state.slots.count - 1
        let isCompared = isFollowing || state.searchedFrames > Escape.frames - Escape.compared
        relax(t, &state)
        let effort = InverseKinematics.Effort(
            iterations: isFollowing ? Escape.follow : Escape.steps, keepsApart: isCompared)
        func cost(_ joints: inout [Double]) -> Double {
            // Free of rate limits too: what only lags behind is not locked.
            var root = state.slots[t].root
            return solver.solve(
                state.tasks, from: t * goals.count, count: goals.count, root: &root, joints: &joints, effort: effort
            ).cost
        }
        let found = isFollowing ? cost(&state.escape) : cost(&state.search)
        guard isCompared else { return }
        if isFollowing || state.present.isEmpty {
            state.present.removeAll(keepingCapacity: true)
            for joint in natural.indices { state.present.append(state.joints[t * natural.count + joint]) }
        }
        let present = cost(&state.present)
        let isBetter = found < Escape.gain.share * present && found < present - Escape.gain.amount
        if isFollowing {
            if !isBetter { state.escape.removeAll(keepingCapacity: true) }
        } else if state.searchedFrames >= Escape.frames {
            if isBetter { swap(&state.escape, &state.search) }
            state.endSearch()
        }
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
