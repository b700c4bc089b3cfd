/// What a client asks for: an envelope around one verb.
public struct Request: Hashable, Sendable {
    /// The protocol's version that this build speaks.
    public static let version = 1
    /// Longest body that is read, bytes.
    public static let maximumBodySize = 64 * 1024
    /// Longest text, in Unicode scalars.
    public static let maximumTextLength = 2000
    /// Most robots that one request names.
    public static let maximumRobots = 32
    /// Longest `id`, in Unicode scalars.
    public static let maximumIDLength = 128

    /// The client's own name for the request; the same one again gets the same answer.
    public var id: String?
    /// The robots' names; none means the default one. Several do the same, in step.
    public var robots: [String] = []
    /// Bound on the time to the first changed frame.
    public var deadline: Deadline?
    /// When the client sent it by its own UTC clock, nanoseconds.
    public var sentNanoseconds: Int64?
    /// What shall be done.
    public var verb: Verb
    /// Notes on keys that were ignored.
    public var warnings: [String] = []

    /// Creates a request.
    public init(_ verb: Verb, id: String? = nil, robot: String? = nil) {
        self.verb = verb
        self.id = id
        robots = robot.map { [$0] } ?? []
    }

    /// A bound on the time to the first changed frame.
    public struct Deadline: Hashable, Sendable {
        /// Milliseconds from `sentNanoseconds` of the request, or from receipt without it.
        public var milliseconds: Int64

        /// Creates a deadline.
        public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    }

    /// When the request expires on the daemon's UTC clock, nanoseconds, if ever.
    public func expiry(receivedAt received: Int64) -> Int64? {
        guard let deadline else { return nil }
        return (sentNanoseconds ?? received).addingReportingOverflow(deadline.milliseconds * 1_000_000).partialValue
    }
}

/// The verbs with their arguments.
public enum Verb: Hashable, Sendable {
    /// Who are you, what do you speak, what time is it.
    case hello
    /// Carry out a text.
    case say(Say)
    /// Carry out a motion file that the daemon may read; its text is the file's name.
    case play(Say)
    /// Give a command up, named by the daemon's name or the client's `id`.
    case cancel(command: String)
    /// Come to rest at the nearest balanced pose and keep it.
    case hold
    /// Go on after a hold.
    case resume
    /// Clear the queue, go to the stand pose.
    case stop
    /// The shortest limited stop; latches.
    case halt
    /// Unlatch a halt.
    case reset
    /// How things are; with a command's name, how that one is, also if it is over.
    case status(command: String?)
    /// Begin or end a recording.
    case record(Record)
    /// Publish a recording again, or only rehearse it.
    case replay(Replay)
    /// The names of the robots.
    case robots
    /// All that is static about one robot.
    case robot
    /// Read the robot profiles again.
    case reload

    /// The verb's name on the wire.
    public var name: String {
        switch self {
        case .hello: "hello"
        case .say: "say"
        case .play: "play"
        case .cancel: "cancel"
        case .hold: "hold"
        case .resume: "resume"
        case .stop: "stop"
        case .halt: "halt"
        case .reset: "reset"
        case .status: "status"
        case .record: "record"
        case .replay: "replay"
        case .robots: "robots"
        case .robot: "robot"
        case .reload: "reload"
        }
    }

    /// Whether the verb stops motion, and is therefore served on the priority socket.
    public var isPriority: Bool {
        switch self {
        case .hold, .stop, .halt, .reset: true
        default: false
        }
    }

    /// Whether the verb brings a robot to rest. It acts every time, whatever its `id`.
    public var isStop: Bool {
        switch self {
        case .hold, .stop, .halt: true
        default: false
        }
    }

    /// Whether the verb only asks, so that the same `id` again wants a fresh answer.
    public var isQuestion: Bool {
        switch self {
        case .hello, .status, .robots, .robot: true
        default: false
        }
    }
}

/// A text to be carried out, and how.
public struct Say: Hashable, Sendable {
    /// What happens to motion that is planned already.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// The new motion follows it.
        case append
        /// The new motion takes its place.
        case replace
    }

    /// When a replacement begins.
    public enum Moment: String, Hashable, Sendable, CaseIterable {
        /// As soon as it can.
        case now
        /// When a foot next meets the floor.
        case contact
        /// When the action at hand is over.
        case end
    }

    /// The sentence, without white space around it.
    public var text: String
    /// What happens to motion that is planned already.
    public var mode = Mode.append
    /// When a replacement begins.
    public var moment = Moment.now
    /// Wanted length of all actions together, seconds; 0.2 to 120.
    public var duration: Double?
    /// Seed of the random choices; 0 or more.
    public var seed: Int64?
    /// Classifier-free guidance scale; 0 to 20.
    public var guidance: Double?
    /// Softmax temperature; above 0, to 5.
    public var temperature: Double?
    /// How many times the whole text is carried out; 1 to 100.
    public var repeats = 1

    /// Creates a text with the defaults for the rest.
    public init(text: String) { self.text = text }
}

/// Whether a recording begins or ends.
public struct Record: Hashable, Sendable {
    /// What shall happen.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// A recording begins.
        case start
        /// It ends.
        case stop
    }

    /// What shall happen.
    public var action: Action
    /// The recording's name; nil lets the daemon choose one.
    public var name: String?

    /// Creates the arguments.
    public init(_ action: Action, name: String? = nil) {
        self.action = action
        self.name = name
    }
}

/// Which recording is published again.
public struct Replay: Hashable, Sendable {
    /// The recording's name.
    public var name: String
    /// Whether it is only checked, and published to nobody.
    public var isDryRun: Bool

    /// Creates the arguments.
    public init(name: String, isDryRun: Bool = false) {
        self.name = name
        self.isDryRun = isDryRun
    }
}
