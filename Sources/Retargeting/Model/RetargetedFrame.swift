public import Robots

/// One frame of robot motion and how good it is.
public struct RetargetedFrame: Sendable {
    /// Where the robot is.
    public var configuration: RobotConfiguration
    /// Whether the left and the right foot stand, 0 or 1.
    public var contacts: RobotProfile.Sides<Double>
    /// How good the frame is.
    public var quality: FrameQuality
}

extension RetargetedFrame {
    /// A frame to be filled: a robot in its stand pose.
    public init(standing profile: RobotProfile) {
        self.init(
            configuration: profile.standPose, contacts: RobotProfile.Sides(left: 0, right: 0), quality: FrameQuality())
    }
}

/// How good one frame of robot motion is.
public struct FrameQuality: Hashable, Sendable {
    /// Root mean square over the limb segments of the distance between their far end and its goal, seen from their
    /// near end, m.
    public var limbError = 0.0
    /// Largest distance of a standing heel or toe from where it is held, m.
    public var footError = 0.0
    /// Largest horizontal speed of a standing heel or toe, m/s.
    public var skating = 0.0
    /// Height of the robot's lowest point over the floor, m; negative below it. Infinite without feet.
    public var clearance = Double.infinity
    /// Least distance of a joint from the ends of its range, rad or m.
    public var limitMargin = Double.infinity
    /// Largest joint speed as a share of its limit.
    public var speedShare = 0.0
    /// Least distance between watched capsules, m; negative when they overlap. Infinite when none are watched.
    public var collisionDistance = Double.infinity
    /// Distance of the centre of mass from the border of the standing soles' convex hull, m; negative outside it.
    /// Infinite while no foot stands.
    public var balanceMargin = Double.infinity
    /// Whether what the person rests on is known; else, on a chair or a rail, nothing is said of balance.
    public var isSupportKnown = true
    /// How much of the body rests on other parts than soles, 0 to 1.
    public var rest = 0.0
    /// Largest speed over the floor of a part that rests on it, m/s.
    public var slip = 0.0
    /// Greatest height of a resting part over what carries it, m.
    public var restHeight = 0.0
    /// Whether the solver found the frame; else it repeats where the robot was.
    public var isSolved = true
    /// Number of joints that stand at a bound of position, velocity, acceleration or jerk.
    public var activeBounds = 0
}
