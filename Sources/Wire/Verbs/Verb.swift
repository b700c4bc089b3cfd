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
    /// The names of the robots.
    case robots
    /// All that is static about one robot.
    case robot
    /// Read configuration, keys and robot profiles again.
    case reload
    /// Begin or end a recording.
    case record(Record)
    /// Publish a recording again, or only rehearse it.
    case replay(Replay)
    /// Who of the living is heard, and how well.
    case people
    /// Follow a live person.
    case follow(Follow)
    /// Measure a live person.
    case calibrate(Calibrate)

    /// What is known of the verb whatever its arguments are.
    public var declaration: VerbDeclaration {
        switch self {
        case .hello: .hello
        case .say: .say
        case .play: .play
        case .cancel: .cancel
        case .hold: .hold
        case .resume: .resume
        case .stop: .stop
        case .halt: .halt
        case .reset: .reset
        case .status: .status
        case .robots: .robots
        case .robot: .robot
        case .reload: .reload
        case .record: .record
        case .replay: .replay
        case .people: .people
        case .follow: .follow
        case .calibrate: .calibrate
        }
    }

    /// Its arguments, as members of the body of a request.
    var body: JSONValue {
        switch self {
        case .say(let say): .object(say.members(named: .text))
        case .play(let clip): .object(clip.members(named: .file))
        case .cancel(let command), .status(let command?): ["command": .string(command)]
        case .record(let record): JSONValue(encoding: record)
        case .replay(let replay): JSONValue(encoding: replay)
        case .follow(let follow): .object(follow.members)
        case .calibrate(let calibrate): .object(calibrate.members)
        default: .object([])
        }
    }
}

extension VerbDeclaration {
    /// All verbs, in the order in which `hello` lists them.
    public static let all: [VerbDeclaration] = [
        .hello, .say, .play, .cancel, .hold, .resume, .stop, .halt, .reset, .status, .robots, .robot, .reload, .record,
        .replay, .people, .follow, .calibrate,
    ]

    static let hello = VerbDeclaration("hello", .observe, .question, answer: HelloAnswer.self, .hello)
    static let say = VerbDeclaration("say", .command, .change, Say.textArguments, answer: CommandAnswer.self) {
        (body) throws(RequestError) in .say(try Say(text: &body))
    }
    static let play = VerbDeclaration("play", .command, .change, Say.fileArguments, answer: CommandAnswer.self) {
        (body) throws(RequestError) in .play(try Say(file: &body))
    }
    static let cancel = VerbDeclaration("cancel", .command, .change, ["command"], answer: CancelAnswer.self) {
        (body) throws(RequestError) in
        guard let command = try body.string("command") else {
            throw body.missing("command", "`cancel` needs the name of a command, such as \"c-000001\"")
        }
        return .cancel(command: command)
    }
    static let hold = VerbDeclaration("hold", .command, .stop, answer: RestAnswer.self, .hold)
    static let resume = VerbDeclaration("resume", .command, .change, answer: RestAnswer.self, .resume)
    static let stop = VerbDeclaration("stop", .command, .stop, answer: RestAnswer.self, .stop)
    static let halt = VerbDeclaration("halt", .command, .stop, answer: RestAnswer.self, .halt)
    static let reset = VerbDeclaration("reset", .operator, .change, isPriority: true, answer: RestAnswer.self, .reset)
    static let status = VerbDeclaration("status", .observe, .question, ["command"], answer: StatusAnswer.self) {
        (body) throws(RequestError) in .status(command: try body.string("command"))
    }
    static let robots = VerbDeclaration("robots", .observe, .question, answer: RobotsAnswer.self, .robots)
    static let robot = VerbDeclaration("robot", .observe, .question, answer: StreamDescription.self, .robot)
    static let reload = VerbDeclaration("reload", .operator, .change, answer: ReloadAnswer.self, .reload)
    static let record = VerbDeclaration("record", .operator, .change, Record.arguments, answer: RecordAnswer.self) {
        (body) throws(RequestError) in .record(try Record(&body))
    }
    static let people = VerbDeclaration("people", .observe, .question, answer: PeopleAnswer.self, .people)
    static let follow = VerbDeclaration("follow", .command, .change, Follow.arguments, answer: FollowAnswer.self) {
        (body) throws(RequestError) in .follow(try Follow(&body))
    }
    static let calibrate = VerbDeclaration(
        "calibrate", .command, .change, Calibrate.arguments, answer: CalibrateAnswer.self
    ) { (body) throws(RequestError) in .calibrate(try Calibrate(&body)) }
    static let replay = VerbDeclaration("replay", .operator, .change, Replay.arguments, answer: ReplayAnswer.self) {
        (body) throws(RequestError) in .replay(try Replay(&body))
    }
}

extension Verb {
    /// The verb's name on the wire.
    public var name: String { declaration.name }
    /// The least role whose requests are heard.
    public var role: Role { declaration.role }
    /// Whether the verb is served on the priority socket too.
    public var isPriority: Bool { declaration.isPriority }
    /// Whether the verb brings a robot to rest. It acts every time, whatever its `id`.
    public var isStop: Bool { declaration.effect == .stop }
    /// Whether the verb only asks, so that the same `id` again wants a fresh answer.
    public var isQuestion: Bool { declaration.effect == .question }
}
