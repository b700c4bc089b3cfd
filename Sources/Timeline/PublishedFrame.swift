public import Geometry
public import Robots

/// One frame of a robot's stream: exactly the numbers that are published. Made once and reused, tick after tick.
public struct PublishedFrame: Hashable, Sendable {
    /// Index of the frame; grows by one every tick.
    public var frame: Int64 = 0
    /// Origin of the root body in the world, metres.
    public var rootPosition = Vector3.zero
    /// Orientation of the root body in the world.
    public var rootRotation = Quaternion.identity
    /// Velocity of the root's origin in the world, m/s.
    public var rootLinearVelocity = Vector3.zero
    /// Angular velocity of the root in the world's axes, rad/s.
    public var rootAngularVelocity = Vector3.zero
    /// Position of every joint, radians.
    public var jointPositions: [Double]
    /// Velocity of every joint, rad/s.
    public var jointVelocities: [Double]
    /// Contact of every sole point with the floor, [0, 1]: of the robot's own soles in this very frame, 0 or 1, where the player
    /// knows them; else as planned.
    public var contacts: [Float]
    /// What the stream is doing.
    public var state = StreamState.holding
    /// What the frame belongs to; ``MotionTag/none`` while nothing was asked for.
    public var tag = MotionTag.none
    /// Whether it is the first frame of its segment.
    public var isFirstOfSegment = false
    /// The trajectory of motion that the frame shows; 0 when it shows none.
    public var trajectory: UInt64 = 0
    /// Place in that trajectory, in human frames since it began.
    public var waypoint = 0.0
    /// The trajectory of the first frame that may still change; 0 when the plan ends before it.
    public var changeableTrajectory: UInt64 = 0
    /// Place of that frame in its trajectory, in human frames: generate anew from the token that holds it.
    public var changeableWaypoint = 0.0
    /// Frames of plan that lie ahead.
    public var framesAhead: Int64 = 0
    /// Speed along the planned path, 1 when nothing slows it down.
    public var pace = 0.0
    /// Whether the robot is at rest and nothing is planned.
    public var isSettled = true
    /// The live person who is followed; nil for none.
    public var human: LiveTrace?
    /// Whether a limit changed this frame.
    public var isLimited = false
    /// What happened with this frame, in order.
    public var notices: [PlayerNotice] = []

    /// An empty frame for a robot.
    public init(jointCount: Int, contactCount: Int) {
        jointPositions = Array(repeating: 0, count: jointCount)
        jointVelocities = Array(repeating: 0, count: jointCount)
        contacts = Array(repeating: 0, count: contactCount)
        notices.reserveCapacity(64)
    }

    /// Where the robot is. Allocates.
    public var configuration: RobotConfiguration {
        RobotConfiguration(rootPosition: rootPosition, rootRotation: rootRotation, jointPositions: jointPositions)
    }
}
