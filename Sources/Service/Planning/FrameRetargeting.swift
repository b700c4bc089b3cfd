package import HumanMotion
package import Timeline

/// What the planner needs of a retargeter: human frames at 30 Hz become knots of one robot.
package protocol FrameRetargeting {
    /// What the retargeter remembers from frame to frame: a value, so a copy is a snapshot.
    associatedtype State: Sendable

    /// The state before the first frame.
    func makeState() -> State
    /// The robot's knot for the next frame.
    func knot(for frame: HumanFrame, state: inout State) throws -> MotionKnot
}
