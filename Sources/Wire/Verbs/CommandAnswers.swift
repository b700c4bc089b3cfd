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
