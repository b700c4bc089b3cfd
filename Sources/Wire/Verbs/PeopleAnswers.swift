/// The answer of `people`: who is heard.
public struct PeopleAnswer: Codable, Hashable, Sendable {
    /// The people, by name.
    public var people: [PersonDescription]
    /// Packets that could not be used, over all senders.
    public var refused: Int

    /// Creates an answer.
    public init(people: [PersonDescription], refused: Int) { (self.people, self.refused) = (people, refused) }
}

/// What is known of a live person.
public struct PersonDescription: Codable, Hashable, Sendable {
    /// A robot that follows.
    public struct Follower: Codable, Hashable, Sendable {
        /// The robot's name.
        public var robot: String
        /// `waiting`, `ramping`, `following`, `predicting`, `holding` or `lost`.
        public var state: String
        /// `body`, `upper` or `arms`.
        public var part: String
        /// While it waits: the joint that is farthest from the robot's, and how far, radians.
        public var farthest: String?
        /// How far, radians.
        public var distance: Double?

        /// Creates a description.
        public init(robot: String, state: String, part: String, farthest: String?, distance: Double?) {
            (self.robot, self.state, self.part) = (robot, state, part)
            (self.farthest, self.distance) = (farthest, distance)
        }
    }

    /// The name.
    public var person: String
    /// The format of the stream.
    public var source: String
    /// Whether the sender vouches for the newest frame, and it is not old.
    public var tracked: Bool
    /// Frames a second.
    public var rateHz: Double
    /// Time since the newest frame came, milliseconds.
    public var ageMs: Double
    /// Frames that were taken.
    public var frames: Int
    /// Frames that are missing, came too late, twice, out of order.
    public var lost: Int
    /// Frames that came too late.
    public var late: Int
    /// Frames that came twice.
    public var duplicates: Int
    /// Frames that came out of order.
    public var reordered: Int
    /// New starts of the sender.
    public var restarts: Int
    /// Joints of 22 that are measured.
    public var joints: Int
    /// Thigh and shank, metres, where known.
    @Nullable public var legLength: Double?
    /// Whether a pose in the sender's joint frames means something only after `calibrate`.
    public var needsCalibration: Bool
    /// The robots that follow.
    public var followers: [Follower]

    /// Creates a description of somebody of whom nothing is known yet.
    public init(person: String, source: String) {
        (self.person, self.source) = (person, source)
        (tracked, rateHz, ageMs, frames, lost) = (false, 0, 0, 0, 0)
        (late, duplicates, reordered, restarts, joints) = (0, 0, 0, 0, 0)
        (needsCalibration, followers, legLength) = (false, [], nil)
    }
}

/// The answer of `follow`.
public struct FollowAnswer: Codable, Hashable, Sendable {
    /// The robots that follow.
    public var robots: [String]
    /// The person.
    public var person: String
    /// `waiting`: events `person.<name>.` tell what becomes of it.
    public var state: String
    /// The joints that follow.
    public var joints: [String]

    /// Creates an answer.
    public init(robots: [String], person: String, state: String, joints: [String]) {
        (self.robots, self.person, self.state, self.joints) = (robots, person, state, joints)
    }
}

/// The answer of `calibrate`.
public struct CalibrateAnswer: Codable, Hashable, Sendable {
    /// The person.
    public var person: String
    /// How far each joint was from where the pose has it, degrees.
    public var residuals: [String: Double]
    /// Thigh and shank, metres, where known.
    @Nullable public var legLength: Double?

    /// Creates an answer.
    public init(person: String, residuals: [String: Double], legLength: Double?) {
        (self.person, self.residuals, self.legLength) = (person, residuals, legLength)
    }
}

/// What happens to a live person: the topic `person.<name>.`.
public struct PersonEvent: Codable, Hashable, Sendable {
    /// `heard`, `silent`, `refused`, `restarted`, `calibrated`, or `follow`.
    public var event: String
    /// The person's name.
    public var person: String
    /// The robot that follows, for `follow`.
    public var robot: String?
    /// For `follow`: `waiting`, `ramping`, `following`, `holding`, `lost`, `ended`.
    public var state: String?
    /// Why it was refused or ended.
    public var reason: String?
    /// While the robot waits: the joint that is farthest from the robot's, and how far, radians.
    public var farthest: String?
    /// How far, radians.
    public var distance: Double?

    /// Creates an event.
    public init(_ event: String, person: String) { (self.event, self.person) = (event, person) }
}
