/// The answer of `robots`.
public struct RobotsAnswer: Codable, Hashable, Sendable {
    /// The robots' names.
    public var robots: [String]

    /// Creates an answer.
    public init(robots: [String]) { self.robots = robots }
}
