public import Robots

/// One frame of retargeted motion at the human frame rate: where the robot shall be, and which feet stand.
public struct MotionKnot: Hashable, Sendable {
    /// The robot's configuration, in the motion's own world (z up, floor at z = 0).
    public var configuration: RobotConfiguration
    /// Contact of each sole point with the floor in [0, 1]: the left foot's points, then as many of the right foot.
    public var contacts: [Float]

    /// Creates a knot.
    public init(configuration: RobotConfiguration, contacts: [Float]) {
        self.configuration = configuration
        self.contacts = contacts
    }
}

/// What a piece of motion belongs to.
public struct MotionTag: Hashable, Sendable {
    /// Number of the command; 0 when no command asked for the motion (holding, ramps).
    public var command: UInt64
    /// Index of the segment within the command.
    public var segment: Int32

    /// No command.
    public static let none = MotionTag(command: 0, segment: 0)

    /// Creates a tag.
    public init(command: UInt64, segment: Int32) {
        self.command = command
        self.segment = segment
    }
}
