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
