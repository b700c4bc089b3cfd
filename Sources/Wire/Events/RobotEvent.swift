/// Something happened to a robot: the topic `robot.<robot>.`.
public enum RobotEvent: Hashable, Sendable {
    /// What its stream does; kept for those who subscribe later.
    case robot(StateChange)
    /// Limits have acted since it was told last.
    case limits(Limits)
    /// Its profile changed, waits or cannot be used.
    case profile(ProfileChange)
    /// A recording of it ended by itself.
    case recording(RecordingEnd)
    /// A recording that was published on it is over.
    case replay(ReplayEnd)
    /// A receiver was lost or found.
    case sink(SinkState)
    /// By its measured state it stands otherwise than before.
    case condition(Condition)

    /// How a robot stands by its measured state.
    public struct Condition: Codable, Hashable, Sendable {
        /// How it stands; the event's name too.
        public enum State: String, Codable, Hashable, Sendable, CaseIterable {
            /// On its feet, and near its reference.
            case upright
            /// It leans beside its reference.
            case tipping
            /// It is not where its reference is, in a joint or as a whole.
            case notFollowing = "not_following"
            /// It has fallen: nothing is played until it is up again.
            case fallen
        }

        /// How it stands.
        public var condition: State
        /// The frame published last.
        public var frame: Int64
        /// Angle between the root's z axis and the vertical, degrees.
        public var tiltDeg: Double?
        /// Height of the root, m.
        public var heightM: Double?
        /// The joint that is farthest from its reference.
        public var joint: String?
        /// How far that is, rad or m.
        public var distance: Double?
        /// Root mean square of all joints' distances, rad.
        public var bodyDistance: Double?
        /// Whether the robot is held for it.
        public var held: Bool

        /// Creates the details.
        public init(
            _ condition: State, frame: Int64, tiltDeg: Double? = nil, heightM: Double? = nil, joint: String? = nil,
            distance: Double? = nil, bodyDistance: Double? = nil, held: Bool = false
        ) {
            (self.condition, self.frame, self.tiltDeg, self.heightM) = (condition, frame, tiltDeg, heightM)
            (self.joint, self.distance, self.bodyDistance, self.held) = (joint, distance, bodyDistance, held)
        }
    }

    /// What a robot's stream does.
    public struct StateChange: Codable, Hashable, Sendable {
        /// `holding`, `ramping`, `playing`, `stopping`, `halted`.
        public var state: String
        /// The first frame of it.
        public var frame: Int64

        /// Creates the details.
        public init(state: String, frame: Int64) { (self.state, self.frame) = (state, frame) }
    }

    /// How often limits acted.
    public struct Limits: Codable, Hashable, Sendable {
        /// The frame published last.
        public var frame: Int64
        /// By joint and kind.
        public var joints: [String: [String: Int]]
        /// Frames in which the whole motion was slowed down.
        public var slowedFrames: Int

        /// Creates the details.
        public init(frame: Int64, joints: [String: [String: Int]], slowedFrames: Int) {
            (self.frame, self.joints, self.slowedFrames) = (frame, joints, slowedFrames)
        }
    }

    /// How it stands with a robot's profile.
    public struct ProfileChange: Codable, Hashable, Sendable {
        /// What happened.
        public enum State: String, Codable, Hashable, Sendable {
            /// It takes over when the robot holds.
            case waiting
            /// It drives the robot.
            case inForce = "in_force"
            /// It cannot be used.
            case refused
        }

        /// What happened.
        public var state: State
        /// Hash of the profile that it is about.
        @Nullable public var profile: String?
        /// Hash of the one in force.
        public var inForce: String
        /// Why it waits or cannot be used.
        @Nullable public var problem: String?
        /// The file that cannot be used.
        public var file: String?
        /// The frame from which on it is in force.
        public var frame: Int64?

        /// Creates the details.
        public init(
            _ state: State, profile: String?, inForce: String, problem: String? = nil, file: String? = nil,
            frame: Int64? = nil
        ) {
            (self.state, self.profile, self.inForce, self.problem) = (state, profile, inForce, problem)
            (self.file, self.frame) = (file, frame)
        }
    }

    /// Why a recording ended.
    public struct RecordingEnd: Codable, Hashable, Sendable {
        /// Its name.
        public var recording: String
        /// What went wrong.
        public var problem: String

        /// Creates the details.
        public init(recording: String, problem: String) { (self.recording, self.problem) = (recording, problem) }
    }

    /// How a recording that was published again ended.
    public struct ReplayEnd: Codable, Hashable, Sendable {
        /// Its name.
        public var recording: String
        /// `done`, `preempted` or `cancelled`.
        public var state: CommandState

        /// Creates the details.
        public init(recording: String, state: CommandState) { (self.recording, self.state) = (recording, state) }
    }

    /// What it is called.
    public var name: String {
        switch self {
        case .robot: "robot"
        case .limits: "limits"
        case .profile: "profile"
        case .recording: "recording"
        case .replay: "replay"
        case .sink: "sink"
        case .condition(let details): details.condition.rawValue
        }
    }

    /// The event as the wire shows it.
    public func members(of robot: String) -> [JSONValue.Member] {
        let details =
            switch self {
            case .robot(let details): JSONValue(encoding: details)
            case .limits(let details): JSONValue(encoding: details)
            case .profile(let details): JSONValue(encoding: details)
            case .recording(let details): JSONValue(encoding: details)
            case .replay(let details): JSONValue(encoding: details)
            case .sink(let state): JSONValue(encoding: state)
            case .condition(let details): JSONValue(encoding: details)
            }
        let own = (details.members ?? []).filter { $0.key != "robot" }
        return [.init("event", .string(name)), .init("robot", .string(robot))] + own
    }
}

/// How it stands with a robot's measured state: the topic `source.<robot>.`.
public struct SourceEvent: Codable, Hashable, Sendable {
    /// What it is called.
    public var event = "source"
    /// The robot's name.
    public var robot: String
    /// The source's format.
    public var source: String
    /// `fresh`, `lost` or `refused`.
    public var state: String
    /// Why it was lost or refused.
    @Nullable public var reason: String?
    /// Whether the robot is held for it.
    public var held: Bool

    /// Creates an event.
    public init(robot: String, source: String, state: String, reason: String?, held: Bool) {
        (self.robot, self.source, self.state, self.reason, self.held) = (robot, source, state, reason, held)
    }
}

/// How the journal fares: the topic `daemon.journal.`.
public struct JournalEvent: Codable, Hashable, Sendable {
    /// What it is called.
    public var event = "journal"
    /// `ok`, `recovered` or `failed`.
    public var state: String
    /// Why it failed.
    @Nullable public var reason: String?
    /// Commands that were interrupted when the last process ended.
    public var interrupted: Int?
    /// Lines that could not be read.
    public var brokenLines: Int?
    /// Where the damaged file was put.
    public var putAside: String?

    /// Creates an event.
    public init(
        state: String, reason: String?, interrupted: Int? = nil, brokenLines: Int? = nil, putAside: String? = nil
    ) {
        (self.state, self.reason, self.interrupted) = (state, reason, interrupted)
        (self.brokenLines, self.putAside) = (brokenLines, putAside)
    }
}
