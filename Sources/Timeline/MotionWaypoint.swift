public import Robots

/// One frame of retargeted motion at the human frame rate: where the robot shall be, and which feet stand.
public struct MotionWaypoint: Hashable, Sendable {
    /// The robot's configuration, in the motion's own world (z up, floor at z = 0).
    public var configuration: RobotConfiguration
    /// Contact of each sole point with the floor in [0, 1]: the left foot's points, then as many of the right foot.
    public var contacts: [Float]
    /// Whether the robot could stand still like this: its centre of mass is over the soles that stand.
    public var isBalanced: Bool

    /// Creates a waypoint; where nothing is known of its balance, it has it on both feet.
    public init(configuration: RobotConfiguration, contacts: [Float], isBalanced: Bool? = nil) {
        self.configuration = configuration
        self.contacts = contacts
        self.isBalanced = isBalanced ?? MotionWaypoint.isDoubleSupport(contacts[...])
    }

    /// Which feet stand.
    static func stance(_ contacts: ArraySlice<Float>) -> (left: Bool, right: Bool) {
        let half = contacts.count / 2
        return (contacts.prefix(half).contains { $0 >= 0.5 }, contacts.suffix(half).contains { $0 >= 0.5 })
    }

    /// Whether both feet stand; also where there are no contacts.
    static func isDoubleSupport(_ contacts: ArraySlice<Float>) -> Bool {
        contacts.count < 2 || stance(contacts) == (true, true)
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
