public import Robots

/// One frame of robot motion and how well it follows the human.
public struct RetargetedFrame: Sendable {
    /// Where the robot is.
    public var configuration: RobotConfiguration
    /// Whether the left and the right foot stand, 0 or 1.
    public var contacts: RobotProfile.Sides<Double>
    /// Root mean square over the limb segments of the distance between their far end and its goal, seen from their
    /// near end, m.
    public var limbError: Double
    /// Largest distance of a foot from its goal, m.
    public var footError: Double
    /// Number of joints that stand at a bound of position, velocity or acceleration.
    public var activeBounds: Int
    /// Steps that the solver took.
    public var iterations: Int
}
