/// The answer of `hello`.
public struct HelloAnswer: Codable, Hashable, Sendable {
    /// What is bounded.
    public struct Limits: Codable, Hashable, Sendable {
        /// Unicode scalars of a text.
        public var textLength: Int
        /// Bytes of a request's body.
        public var bodyBytes: Int
        /// Commands of a robot that wait.
        public var queue: Int

        /// Creates the limits.
        public init(textLength: Int, bodyBytes: Int, queue: Int) {
            (self.textLength, self.bodyBytes, self.queue) = (textLength, bodyBytes, queue)
        }
    }

    /// The program.
    public var service = "kmmd"
    /// Its version.
    public var build: String
    /// Versions of the protocol that it speaks.
    public var versions = [Request.version]
    /// Random number of its start.
    public var epoch: Int64
    /// What generates the motion.
    public var model: String
    /// The robots' names.
    public var robots: [String]
    /// The one that is meant when a request names none.
    public var defaultRobot: String
    /// The daemon's UTC clock, nanoseconds.
    public var wallNanoseconds: Int64
    /// The verbs.
    public var verbs = VerbDeclaration.all.map(\.name)
    /// What is bounded.
    public var limits: Limits
    /// The daemon's clock less the client's, milliseconds, where the request said when it was sent.
    public var clockSkewMs: Double?
    /// What a great difference of the clocks means.
    public var clockWarning: String?

    enum CodingKeys: String, CodingKey {
        case service, build, versions, epoch, model, robots, defaultRobot
        case wallNanoseconds = "t_wall_ns"
        case verbs, limits, clockSkewMs, clockWarning
    }

    /// Creates an answer.
    public init(
        build: String, epoch: Int64, model: String, robots: [String], defaultRobot: String, wallNanoseconds: Int64,
        limits: Limits
    ) {
        (self.build, self.epoch, self.model, self.robots) = (build, epoch, model, robots)
        (self.defaultRobot, self.wallNanoseconds, self.limits) = (defaultRobot, wallNanoseconds, limits)
    }
}

/// What was understood of one action of a text, or how long it is going to be.
public struct ActionDescription: Codable, Hashable, Sendable {
    /// The action.
    public var text: String
    /// Its length, seconds, where it is stated or known.
    public var duration: Double?
    /// Where it shall lead.
    public var goal: GoalDescription?
    /// How often it is done; nil for once.
    public var repeats: Int?
    /// The words of the text.
    public var said: String?
    /// The known actions that are done, several at once.
    public var actions: [KnownAction]?
    /// Names of actions that shall not be done meanwhile.
    public var without: [String]?
    /// Words of the text that none of the actions accounts for.
    public var leftOut: [String]?

    /// A known action, and how sure it is that it was meant.
    public struct KnownAction: Codable, Hashable, Sendable {
        /// Its name, such as `walk_forward`.
        public var action: String
        /// 0 to 1.
        public var likeness: Double
        /// `left` or `right`, where that is told.
        public var side: String?
        /// How it is done, such as `slow`, where that is told.
        public var manner: String?

        /// Creates a known action.
        public init(action: String, likeness: Double, side: String? = nil, manner: String? = nil) {
            (self.action, self.likeness, self.side, self.manner) = (action, likeness, side, manner)
        }
    }

    enum CodingKeys: String, CodingKey {
        case text
        case duration = "duration_s"
        case repeats = "repeat"
        case said, actions, without
        case leftOut = "left_out"
    }

    /// Creates a description.
    public init(text: String, duration: Double? = nil, goal: GoalDescription? = nil, repeats: Int? = nil) {
        (self.text, self.duration, self.goal, self.repeats) = (text, duration, goal, repeats)
    }

    /// Writes the members of the goal beside its own.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(text, forKey: .text)
        try container.encodeIfPresent(duration, forKey: .duration)
        try goal?.encode(to: encoder)
        try container.encodeIfPresent(repeats, forKey: .repeats)
        try container.encodeIfPresent(said, forKey: .said)
        try container.encodeIfPresent(actions, forKey: .actions)
        try container.encodeIfPresent(without, forKey: .without)
        try container.encodeIfPresent(leftOut, forKey: .leftOut)
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        text = try container.decode(String.self, forKey: .text)
        duration = try container.decodeIfPresent(Double.self, forKey: .duration)
        repeats = try container.decodeIfPresent(Int.self, forKey: .repeats)
        said = try container.decodeIfPresent(String.self, forKey: .said)
        actions = try container.decodeIfPresent([KnownAction].self, forKey: .actions)
        without = try container.decodeIfPresent([String].self, forKey: .without)
        leftOut = try container.decodeIfPresent([String].self, forKey: .leftOut)
        let goal = try GoalDescription(from: decoder)
        self.goal = goal == GoalDescription() ? nil : goal
    }
}

/// Where an action shall lead, or has led: metres, degrees and steps.
public struct GoalDescription: Codable, Hashable, Sendable {
    /// How far.
    public var distance: Double?
    /// Where to: `forward`, `backward`, `left`, `right`, `any`, `path`.
    public var direction: String?
    /// How far around, positive to the left.
    public var turn: Double?
    /// Whether the side is left open.
    public var eitherSide: Bool?
    /// How many steps.
    public var steps: Int?

    enum CodingKeys: String, CodingKey {
        case distance = "distance_m"
        case direction
        case turn = "turn_deg"
        case eitherSide, steps
    }

    /// Says nothing.
    public init() {}
}

/// The answer of `say` and `play`.
public struct CommandAnswer: Codable, Hashable, Sendable {
    /// The daemon's name for the command.
    public var command: String
    /// The first of its robots.
    public var robot: String
    /// Its robots.
    public var robots: [String]?
    /// Where it stands.
    public var state: CommandState
    /// Its place among the unfinished commands of its robot, from 1.
    public var position: Int
    /// Its actions.
    public var segments: [ActionDescription]
    /// What the text said to do at once, and since when.
    public var stopped: RestAnswer?

    enum CodingKeys: String, CodingKey { case command, robot, robots, state, position, segments }

    /// Creates an answer.
    public init(
        command: Int64, robots: [String], state: CommandState, position: Int, segments: [ActionDescription],
        stopped: RestAnswer? = nil
    ) {
        (self.command, self.robot, self.robots) = (CommandName.text(command), robots.first ?? "", robots)
        (self.state, self.position, self.segments, self.stopped) = (state, position, segments, stopped)
    }

    /// Writes the members of the stop beside its own.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(command, forKey: .command)
        try container.encode(robot, forKey: .robot)
        try container.encodeIfPresent(robots, forKey: .robots)
        try container.encode(state, forKey: .state)
        try container.encode(position, forKey: .position)
        try container.encode(segments, forKey: .segments)
        try stopped?.encode(to: encoder)
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        command = try container.decode(String.self, forKey: .command)
        robot = try container.decode(String.self, forKey: .robot)
        robots = try container.decodeIfPresent([String].self, forKey: .robots)
        state = try container.decode(CommandState.self, forKey: .state)
        position = try container.decode(Int.self, forKey: .position)
        segments = try container.decode([ActionDescription].self, forKey: .segments)
        stopped = try? RestAnswer(from: decoder)
    }
}

/// The answer of `cancel`.
public struct CancelAnswer: Codable, Hashable, Sendable {
    /// The daemon's name for the command.
    public var command: String
    /// Where it stands now.
    public var state: CommandState

    /// Creates an answer.
    public init(command: Int64, state: CommandState) { (self.command, self.state) = (CommandName.text(command), state) }
}

/// Where a stream begins anew.
public struct StreamStart: Codable, Hashable, Sendable {
    /// The robot's name.
    public var robot: String
    /// `measured`, `published` or `stand`.
    public var from: String

    /// Creates a start.
    public init(robot: String, from: String) { (self.robot, self.from) = (robot, from) }
}

/// The answer of `hold`, `resume`, `stop`, `halt` and `reset`.
public struct RestAnswer: Codable, Hashable, Sendable {
    /// What was done.
    public var verb: String
    /// The frame of the first robot with which it takes effect.
    @Nullable public var frame: Int64?
    /// Those of all robots, when there are several.
    public var frames: [String: Int64]?
    /// From where motion goes on, after `resume`.
    public var starts: [StreamStart]?

    /// Creates an answer.
    public init(verb: String, frames: [(robot: String, frame: Int64)], starts: [StreamStart] = []) {
        self.verb = verb
        frame = frames.first?.frame
        self.frames = frames.count > 1 ? Dictionary(frames.map { ($0.robot, $0.frame) }) { $1 } : nil
        self.starts = starts.isEmpty ? nil : starts
    }
}

/// A command as `status` shows it.
public struct CommandDescription: Codable, Hashable, Sendable {
    /// Its robots.
    public var robots: [String]
    /// The daemon's name for it.
    public var command: String
    /// The client's own name for it; as `client_id` where the command itself is asked for.
    @Nullable public var id: String?
    /// Where it stands.
    public var state: CommandState
    /// What shall be done.
    public var text: String

    /// Creates a description.
    public init(robots: [String], command: Int64, id: String?, state: CommandState, text: String) {
        (self.robots, self.command, self.id) = (robots, CommandName.text(command), id)
        (self.state, self.text) = (state, text)
    }
}

/// The answer of `status` for a command.
public struct CommandStatusAnswer: Codable, Hashable, Sendable {
    /// Its robots.
    public var robots: [String]
    /// The daemon's name for it.
    public var command: String
    /// The client's own name for it.
    @Nullable public var clientId: String?
    /// Where it stands.
    public var state: CommandState
    /// What shall be done.
    public var text: String

    /// The answer that tells of a command.
    public init(_ command: CommandDescription) {
        (robots, self.command, clientId) = (command.robots, command.command, command.id)
        (state, text) = (command.state, command.text)
    }
}

/// The answer of `status`.
public struct StatusAnswer: Codable, Hashable, Sendable {
    /// How often limits acted, by kind.
    public struct Limits: Codable, Hashable, Sendable {
        /// On positions.
        public var position: Int
        /// On velocities.
        public var velocity: Int
        /// On accelerations.
        public var acceleration: Int
        /// On jerks.
        public var jerk: Int
        /// Frames in which the whole motion was slowed down.
        public var slowedFrames: Int

        /// Creates the counts.
        public init(position: Int, velocity: Int, acceleration: Int, jerk: Int, slowedFrames: Int) {
            (self.position, self.velocity, self.acceleration) = (position, velocity, acceleration)
            (self.jerk, self.slowedFrames) = (jerk, slowedFrames)
        }
    }

    /// A robot.
    public struct Robot: Codable, Hashable, Sendable {
        /// Its name.
        public var robot: String
        /// What its stream does.
        public var state: String
        /// The frame published last.
        public var frame: Int64
        /// The command that plays.
        @Nullable public var command: String?
        /// Its action that plays.
        @Nullable public var segment: Int64?
        /// Frames of plan ahead.
        public var framesAhead: Int64
        /// Whether a hold is in force.
        public var held: Bool
        /// Whether it is at rest with nothing planned.
        public var settled: Bool
        /// How often limits acted.
        public var limits: Limits
        /// How often the plan ran dry.
        public var underruns: Int
        /// Commands that are not over.
        public var queue: [CommandDescription]?
        /// How it stands, where its sensors were heard.
        public var condition: RobotEvent.Condition.State?

        /// Creates an entry without its queue.
        public init(
            robot: String, state: String, frame: Int64, command: String?, segment: Int64?, framesAhead: Int64,
            held: Bool, settled: Bool, limits: Limits, underruns: Int
        ) {
            (self.robot, self.state, self.frame, self.command) = (robot, state, frame, command)
            (self.segment, self.framesAhead, self.held) = (segment, framesAhead, held)
            (self.settled, self.limits, self.underruns) = (settled, limits, underruns)
        }
    }

    /// How the publisher fares.
    public struct Publisher: Codable, Hashable, Sendable {
        /// How late its ticks came, microseconds.
        public struct Lateness: Codable, Hashable, Sendable {
            /// Ticks in all.
            public var ticks: Int
            /// The median.
            @Nullable public var p50Us: Int?
            /// The 99th percentile.
            @Nullable public var p99Us: Int?
            /// The worst.
            public var maxUs: Int64
            /// Ticks that came later than a period.
            public var reanchored: Int

            enum CodingKeys: String, CodingKey {
                case ticks
                case p50Us = "p50_us"
                case p99Us = "p99_us"
                case maxUs = "max_us"
                case reanchored
            }

            /// Creates the statistics.
            public init(ticks: Int, p50Us: Int?, p99Us: Int?, maxUs: Int64, reanchored: Int) {
                (self.ticks, self.p50Us, self.p99Us) = (ticks, p50Us, p99Us)
                (self.maxUs, self.reanchored) = (maxUs, reanchored)
            }
        }

        /// How late its ticks came.
        public var lateness: Lateness
        /// Whether its thread got a real-time priority.
        public var realTime: Bool
        /// Frames that were not sent, as a number in them was not finite.
        public var refusedFrames: Int
        /// The receivers.
        public var sinks: [SinkState]

        /// Creates a report.
        public init(lateness: Lateness, realTime: Bool, refusedFrames: Int, sinks: [SinkState]) {
            (self.lateness, self.realTime) = (lateness, realTime)
            (self.refusedFrames, self.sinks) = (refusedFrames, sinks)
        }
    }

    /// What was counted since the start.
    public struct Counts: Codable, Hashable, Sendable {
        /// Commands that were accepted.
        public var accepted = 0
        /// Requests that were refused, by code.
        public var refused: [String: Int] = [:]
        /// Peers that libzmq dropped.
        public var droppedPeers = 0
        /// Peers that did not get through the handshake.
        public var failedHandshakes = 0
        /// Clients that were refused.
        public var refusedClients = 0
        /// Replies that could not be delivered.
        public var lostReplies = 0
        /// Requests that were dropped as their client sent too many.
        public var droppedRequests = 0
        /// Measured states that came in.
        public var stateMessages = 0
        /// Those of them that could not be used.
        public var refusedStates = 0

        /// Nothing yet.
        public init() {}
    }

    /// Whether commands are taken.
    public var ready: Bool
    /// Whether the daemon is going down.
    public var shuttingDown: Bool
    /// Since when it runs, seconds.
    public var uptime: Double
    /// Random number of its start.
    public var epoch: Int64
    /// How the publisher fares.
    public var publisher: Publisher
    /// The robots.
    public var robots: [Robot]
    /// What was counted.
    public var counts: Counts

    enum CodingKeys: String, CodingKey {
        case ready, shuttingDown
        case uptime = "uptime_s"
        case epoch, publisher, robots, counts
    }

    /// Creates an answer.
    public init(
        ready: Bool, shuttingDown: Bool, uptime: Double, epoch: Int64, publisher: Publisher, robots: [Robot],
        counts: Counts
    ) {
        (self.ready, self.shuttingDown, self.uptime, self.epoch) = (ready, shuttingDown, uptime, epoch)
        (self.publisher, self.robots, self.counts) = (publisher, robots, counts)
    }
}

/// The answer of `robots`.
public struct RobotsAnswer: Codable, Hashable, Sendable {
    /// The robots' names.
    public var robots: [String]

    /// Creates an answer.
    public init(robots: [String]) { self.robots = robots }
}

/// All that is static about a robot: the answer of `robot`, and the message `profile.<robot>.`.
public struct StreamDescription: Codable, Hashable, Sendable {
    /// Its name.
    public var robot: String
    /// Its name for people.
    public var displayName: String
    /// Hash of its profile.
    public var profile: String
    /// Frames per second of its stream.
    public var rateHz: Int
    /// The topic of its references.
    public var topic: String
    /// Order of a quaternion's numbers.
    public var quat = "wxyz"
    /// The frame of the root's pose.
    public var frameId = "world"
    /// How x ahead, y left, z up lie in the root body's own frame: a root's orientation times this looks ahead.
    public var facing = [1.0, 0, 0, 0]
    /// Units by quantity.
    public var units = ["angle": "rad", "length": "m", "time": "s"]
    /// The clock of its times.
    public var clock = "utc"
    /// What generates its motion.
    public var generator: String
    /// Names of the joints in order.
    public var jointNames: [String]
    /// Least positions, rad or m.
    public var jointLower: [Double]
    /// Greatest positions.
    public var jointUpper: [Double]
    /// Greatest velocities.
    public var jointVelocity: [Double]
    /// Greatest accelerations.
    public var jointAcceleration: [Double]
    /// Greatest jerks.
    public var jointJerk: [Double]
    /// Names of the contact channels.
    public var contactNames: [String]
    /// The stand pose.
    public var stand: [Double]

    /// Creates a description; the joints' numbers are all empty.
    public init(
        robot: String, displayName: String, profile: String, rateHz: Int, generator: String, jointNames: [String],
        contactNames: [String]
    ) {
        (self.robot, self.displayName, self.profile, self.rateHz) = (robot, displayName, profile, rateHz)
        topic = "reference.\(robot)."
        (self.generator, self.jointNames, self.contactNames) = (generator, jointNames, contactNames)
        (jointLower, jointUpper, jointVelocity) = ([], [], [])
        (jointAcceleration, jointJerk, stand) = ([], [], [])
    }
}

/// The answer of `reload`.
public struct ReloadAnswer: Codable, Hashable, Sendable {
    /// A profile that is new, gone, or another than it was.
    public struct Change: Codable, Hashable, Sendable {
        /// `added`, `replaced`, `removed` or `refused`.
        public var change: String
        /// The profile's name.
        @Nullable public var profile: String?
        /// Its file, where it cannot be used.
        public var file: String?
        /// Why it cannot.
        public var problem: String?

        /// Creates a change.
        public init(_ change: String, profile: String?, file: String? = nil, problem: String? = nil) {
            (self.change, self.profile, self.file, self.problem) = (change, profile, file, problem)
        }
    }

    /// A file that cannot be used.
    public struct Failure: Codable, Hashable, Sendable {
        /// The file.
        public var file: String
        /// What is wrong with it.
        public var problem: String

        /// Creates a failure.
        public init(file: String, problem: String) { (self.file, self.problem) = (file, problem) }
    }

    /// By which profile a robot is driven.
    public struct Robot: Codable, Hashable, Sendable {
        /// Its name.
        public var robot: String
        /// The hash of the profile in force.
        public var inForce: String
        /// That of the one that waits for the robot to hold.
        @Nullable public var waiting: String?

        /// Creates an entry.
        public init(robot: String, inForce: String, waiting: String?) {
            (self.robot, self.inForce, self.waiting) = (robot, inForce, waiting)
        }
    }

    /// What has changed since the profiles were last read.
    public var changes: [Change]
    /// The files that cannot be used.
    public var failures: [Failure]
    /// The robots.
    public var robots: [Robot]
    /// How many clients may connect; nil without keys.
    @Nullable public var clients: Int?
    /// Settings that wait for the next start.
    public var nextStart: [String] = []

    /// Creates an answer that says nothing of keys and settings yet.
    public init(changes: [Change], failures: [Failure], robots: [Robot]) {
        (self.changes, self.failures, self.robots) = (changes, failures, robots)
        clients = nil
    }
}

/// The answer of `record`.
public struct RecordAnswer: Codable, Hashable, Sendable {
    /// The recording's name.
    public var recording: String
    /// `recording` or `stopped`.
    public var state: String
    /// Frames that were lost, where it has ended.
    public var lost: Int?
    /// Bytes of the file.
    public var bytes: Int?
    /// Messages in it.
    public var messages: Int?

    /// Creates an answer.
    public init(recording: String, state: String, lost: Int? = nil, bytes: Int? = nil, messages: Int? = nil) {
        (self.recording, self.state, self.lost, self.bytes, self.messages) = (recording, state, lost, bytes, messages)
    }
}

/// The answer of `replay`.
public struct ReplayAnswer: Codable, Hashable, Sendable {
    /// The recording's name.
    public var recording: String?
    /// The robot's name.
    public var robot: String?
    /// Its length, seconds.
    public var duration: Double
    /// Places where frames are missing.
    public var gaps: Int
    /// Whether it was only rehearsed.
    public var dryRun: Bool?
    /// Frames of the recording.
    public var recordedFrames: Int
    /// Frames that are published for them.
    public var publishedFrames: Int
    /// How far they are apart at most, rad or m.
    public var greatestDifference: Double
    /// Frames in which limits slow the motion down.
    public var slowedFrames: Int
    /// Whether the recording's end is reached.
    public var complete: Bool

    enum CodingKeys: String, CodingKey {
        case recording, robot
        case duration = "duration_s"
        case gaps, dryRun, recordedFrames, publishedFrames, greatestDifference, slowedFrames, complete
    }

    /// What a rehearsal of a stream found.
    public init(_ rehearsal: ReplayRehearsal, of stream: RecordedStream) {
        (duration, gaps) = (stream.duration, stream.gaps)
        (recordedFrames, publishedFrames) = (rehearsal.recordedFrames, rehearsal.publishedFrames)
        (greatestDifference, slowedFrames) = (rehearsal.greatestDifference, rehearsal.slowedFrames)
        complete = rehearsal.isComplete
    }
}
