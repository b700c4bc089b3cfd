import Geometry

/// The joints that keep to a pose whatever plan and person say, such as those of a hand that is a fist. Changed by edits only.
struct PosedJoints: Sendable {
    /// Which coordinates are posed.
    var isPosed: [Bool]
    /// Where they go.
    var goals: [Double]
    /// What they were off that when the pose was asked for, and how fast.
    var gaps: [Double]
    var gapRates: [Double]
    /// Frames that the way takes.
    var duration = 0.0

    init(dimension: Int) {
        isPosed = Array(repeating: false, count: dimension)
        goals = Array(repeating: 0, count: dimension)
        gaps = Array(repeating: 0, count: dimension)
        gapRates = Array(repeating: 0, count: dimension)
    }
}

extension RobotPlayer {
    /// Shortest time in which joints go to a pose, seconds, and the share of their limits that the way takes at most.
    private static let (shortest, share) = (0.5, 0.5)

    /// Has joints go to a pose and stay there; nil leaves a joint as it is.
    mutating func pose(_ positions: [Double?]) -> EditOutcome {
        if let refusal = state.machine.motionRefusal { return .refused(refusal) }
        guard positions.count == jointCount, positions.allSatisfy({ $0?.isFinite ?? true }) else {
            return .refused(.mismatch)
        }
        for (joint, position) in positions.enumerated() {
            guard let position else { continue }
            let index = RootCoordinates.count + joint
            posed.isPosed[index] = true
            posed.goals[index] = min(max(position, axes[index].lower), axes[index].upper)
        }
        posed.duration = Self.shortest * rate
        for index in axes.indices where posed.isPosed[index] {
            let (last, limit) = (limiter.states[index], axes[index])
            (posed.gaps[index], posed.gapRates[index]) = (last.position - posed.goals[index], last.velocity)
            let gap = abs(posed.gaps[index])
            // The greatest speed and acceleration of a quintic over its length.
            posed.duration = max(posed.duration, 1.875 * gap / (Self.share * limit.velocity))
            posed.duration = max(posed.duration, (5.78 * gap / (Self.share * limit.acceleration)).squareRoot())
        }
        posed.duration.round(.up)
        state.poseAge = 0
        freeCoordinates()
        return .effective(frame: nextFrame)
    }

    /// Puts posed joints in place of what plan or person say, in `values` and `slopes`.
    mutating func placePosed() {
        guard let age = state.poseAge else { return }
        let next = min(age + 1, posed.duration)
        for index in axes.indices where posed.isPosed[index] {
            let start = CurvePoint(value: posed.gaps[index], velocity: posed.gapRates[index] * posed.duration)
            let gap = QuinticHermite(from: start, to: CurvePoint(value: 0))(next / posed.duration).value
            values[index] = posed.goals[index] + gap
            slopes[index] = values[index] - limiter.states[index].position
        }
        state.poseAge = next
    }

    /// Posed joints stay where they have come to rest.
    mutating func keepPosed() {
        for index in axes.indices where posed.isPosed[index] {
            (posed.goals[index], posed.gaps[index], posed.gapRates[index]) = (limiter.states[index].position, 0, 0)
        }
        if let age = state.poseAge { state.poseAge = max(age, posed.duration) }
    }

    /// Takes over which joints are posed from the player that this one succeeds, which rests; `joints` has for each joint its
    /// index in that one.
    mutating func takePosed(from other: RobotPlayer, joints: [Int?]) {
        for (joint, old) in joints.enumerated() {
            guard let old, other.posed.isPosed[RobotPlayer.coordinate(old)] else { continue }
            posed.isPosed[RobotPlayer.coordinate(joint)] = true
        }
        guard posed.isPosed.contains(true) else { return }
        state.poseAge = 0
        posed.duration = 1
        keepPosed()
        freeCoordinates()
    }

    private static func coordinate(_ joint: Int) -> Int { RootCoordinates.count + joint }

    /// Tells the limiter which coordinates follow something else than the path.
    mutating func freeCoordinates() {
        for index in axes.indices {
            limiter.free(index, posed.isPosed[index] || state.live != nil && live.isTaken[index])
        }
    }
}
