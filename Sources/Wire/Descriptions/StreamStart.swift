/// Where a stream begins anew.
public struct StreamStart: Codable, Hashable, Sendable {
    /// The robot's name.
    public var robot: String
    /// `measured`, `published` or `stand`.
    public var from: String

    /// Creates a start.
    public init(robot: String, from: String) { (self.robot, self.from) = (robot, from) }
}
