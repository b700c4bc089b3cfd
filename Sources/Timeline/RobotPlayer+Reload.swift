extension RobotPlayer {
    /// Whether the robot rests and nothing is planned.
    public var isSettled: Bool {
        if state.machine.isHalted { return limiter.isAtRest }
        return state.timeScaling.isAtRest && state.rampFrame == nil && state.timeScaling.index == timeline.end - 1
            && limiter.isSettled
    }

    /// Goes on where another player rests: with its next frame, in its pose, held or halted as that one is. So a robot's
    /// limits, stand pose, rate and even joints change without a step in what is published. Allocates nothing.
    ///
    /// - Parameters:
    ///   - other: The player so far.
    ///   - joints: For every joint of this player its index in the other; nil for a new joint, which begins at its stand
    ///     pose.
    /// - Returns: False, and nothing changes, while the other moves or has a plan, or where its pose lies outside the
    ///   limits of this one.
    public mutating func succeed(_ other: RobotPlayer, joints: [Int?]) -> Bool {
        guard other.isSettled, joints.count == jointCount else { return false }
        let root = RootCoordinates.count
        for index in 0..<root where !take(other.limiter.states[index].position, at: index) { return false }
        for (joint, old) in joints.enumerated() {
            let position = old.map { other.limiter.states[root + $0].position }
            guard take(position, at: root + joint) else { return false }
        }
        limiter.rest(at: values)
        state.nextFrame = other.nextFrame
        state.machine = other.state.machine
        startAgain()
        takePosed(from: other, joints: joints)
        state.isRested = true
        return true
    }
}
