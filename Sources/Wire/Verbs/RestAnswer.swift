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
