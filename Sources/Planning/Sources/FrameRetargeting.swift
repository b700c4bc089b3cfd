package import HumanBody
package import Timeline

/// What the planner needs of a retargeter: human frames at 30 Hz become waypoints of one robot.
package protocol FrameRetargeting {
    /// What the retargeter remembers from frame to frame: a value, so a copy is a snapshot.
    associatedtype State: Sendable

    /// How far the robot goes for a metre of the human.
    var pathScale: Double { get }

    /// The state before the first frame.
    func makeState() -> State
    /// The robot's waypoints for the next frames.
    ///
    /// - Parameters:
    ///   - tokens: The frames of each token; the later ones may shape the motion of the earlier.
    ///   - state: The state before them.
    /// - Returns: For each token one waypoint a frame, and the state after it, as if nothing followed.
    /// - Throws: What keeps the robot from following.
    func waypoints(
        for tokens: [[HumanFrame]], from state: State
    ) throws -> [(waypoints: [MotionWaypoint], after: State)]
}
