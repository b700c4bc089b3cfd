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
