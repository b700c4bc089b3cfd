/// How a receiver fares.
public struct SinkState: Codable, Hashable, Sendable {
    /// The robot's name.
    public var robot: String
    /// What it is sent.
    public var format: String
    /// Where.
    public var endpoint: String
    /// Messages that were sent.
    public var sent: Int
    /// Messages for which its queue had no room.
    public var dropped: Int
    /// Messages that could not be written.
    public var refused: Int
    /// Why nothing reaches it.
    @Nullable public var problem: String?

    /// Creates a state.
    public init(
        robot: String, format: String, endpoint: String, sent: Int, dropped: Int, refused: Int, problem: String?
    ) {
        (self.robot, self.format, self.endpoint, self.problem) = (robot, format, endpoint, problem)
        (self.sent, self.dropped, self.refused) = (sent, dropped, refused)
    }
}
