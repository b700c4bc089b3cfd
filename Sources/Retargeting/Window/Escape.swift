import Geometry
import Robots

/// How a solution that is locked in a wrong minimum is left: frame-by-frame solutions that are wrong once stay wrong, as a
/// joint that has run into its limit.
struct Escape {
    /// Time between two looks for a better solution, s.
    private static let interval = 0.33
    /// Steps of such a look, of each side of the comparison, and of a frame that follows the better solution.
    private static let iterations = (search: 15, compare: 6, follow: 4)
    /// A solution is better when its cost is under this share of the present one and less by this amount.
    private static let gain = (share: 0.7, amount: 0.02)
    /// Speed at which joints move there at least (rad/s), and how near is near enough (rad).
    static let speed = 3.0
    static let arrival = 0.3
    /// Share of its weight that the foot of such a leg keeps.
    static let letGo = 0.01

    private let problem: FrameProblem
    /// The present joint positions, while they are compared.
    private var present: [Double]

    init(_ problem: FrameProblem) {
        self.problem = problem
        present = problem.model.natural
    }

    /// Looks for a solution of the newest frame that a fresh start would find and the continued motion has missed, and
    /// lets the next frames be drawn to it.
    ///
    /// One frame searches and the next one compares, so that neither takes long.
    mutating func reconsider(_ state: inout RetargetState) {
        state.sinceSearch += 1 / state.frameRate
        let t = state.slots.count - 1
        if !state.candidate.isEmpty {
            state.escape += state.candidate
            state.candidate.removeAll(keepingCapacity: true)
            compare(t, &state, iterations: Self.iterations.compare)
        } else if state.sinceSearch >= Self.interval {
            state.sinceSearch = 0
            if state.escape.isEmpty {
                search(t, &state)
            } else {
                compare(t, &state, iterations: Self.iterations.follow)
            }
        }
    }

    /// Solves the frame from a fresh start; the starts take turns.
    private func search(_ t: Int, _ state: inout RetargetState) {
        let model = problem.model
        state.candidate += state.searches.isMultiple(of: 2) ? model.natural : model.calibration.tPose
        state.searches += 1
        problem.setAlone(t, &state)
        var root = state.slots[t].root
        // A search that fails, or leads nowhere else, need not be compared.
        let found = try? problem.solver.solve(
            state.targets, frame: t, root: &root, joints: &state.candidate,
            effort: .init(
                iterations: Self.iterations.search, keepsApart: false, keepsFloor: state.slots[t].rest == 0))
        if found == nil || !state.isElsewhere(state.candidate, model.natural.indices, t) {
            state.candidate.removeAll(keepingCapacity: true)
        }
    }

    /// Solves the frame from the escape and from where the joints are, and lets go of an escape that is no better.
    private mutating func compare(_ t: Int, _ state: inout RetargetState, iterations: Int) {
        let (solver, count) = (problem.solver, problem.model.natural.count)
        problem.setAlone(t, &state)
        let effort = InverseKinematics.Effort(iterations: iterations)
        var root = state.slots[t].root
        let found = try? solver.solve(state.targets, frame: t, root: &root, joints: &state.escape, effort: effort)
        // Free of rate limits too: what only lags behind is not locked.
        root = state.slots[t].root
        present.removeAll(keepingCapacity: true)
        for joint in 0..<count { present.append(state.joints[t * count + joint]) }
        let stays = try? solver.solve(state.targets, frame: t, root: &root, joints: &present, effort: effort)
        guard let found, let stays, found.cost < Self.gain.share * stays.cost,
            found.cost < stays.cost - Self.gain.amount
        else { return state.escape.removeAll(keepingCapacity: true) }
    }
}

extension RetargetState {
    /// A leg that has to leave a wrong minimum lets go of the floor: 1 for every other.
    func hold(_ legJoints: [Int], _ t: Int) -> Double {
        guard !escape.isEmpty else { return 1 }
        return isElsewhere(escape, legJoints, t) ? Escape.letGo : 1
    }

    /// Whether one of some joints would have to move from where it is in a frame.
    fileprivate func isElsewhere(_ goal: [Double], _ indices: some Sequence<Int>, _ t: Int) -> Bool {
        let count = joints.count / slots.count
        return indices.contains { abs(goal[$0] - joints[t * count + $0]) > Escape.arrival }
    }
}
