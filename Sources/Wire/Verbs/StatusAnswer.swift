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
