/// The answer of `reload`.
public struct ReloadAnswer: Codable, Hashable, Sendable {
    /// A profile that is new, gone, or another than it was.
    public struct Change: Codable, Hashable, Sendable {
        /// `added`, `replaced`, `removed` or `refused`.
        public var change: String
        /// The profile's name.
        @Nullable public var profile: String?
        /// Its file, where it cannot be used.
        public var file: String?
        /// Why it cannot.
        public var problem: String?

        /// Creates a change.
        public init(_ change: String, profile: String?, file: String? = nil, problem: String? = nil) {
            (self.change, self.profile, self.file, self.problem) = (change, profile, file, problem)
        }
    }

    /// A file that cannot be used.
    public struct Failure: Codable, Hashable, Sendable {
        /// The file.
        public var file: String
        /// What is wrong with it.
        public var problem: String

        /// Creates a failure.
        public init(file: String, problem: String) { (self.file, self.problem) = (file, problem) }
    }

    /// By which profile a robot is driven.
    public struct Robot: Codable, Hashable, Sendable {
        /// Its name.
        public var robot: String
        /// The hash of the profile in force.
        public var inForce: String
        /// That of the one that waits for the robot to hold.
        @Nullable public var waiting: String?

        /// Creates an entry.
        public init(robot: String, inForce: String, waiting: String?) {
            (self.robot, self.inForce, self.waiting) = (robot, inForce, waiting)
        }
    }

    /// What has changed since the profiles were last read.
    public var changes: [Change]
    /// The files that cannot be used.
    public var failures: [Failure]
    /// The robots.
    public var robots: [Robot]
    /// How many clients may connect; nil without keys.
    @Nullable public var clients: Int?
    /// Settings that wait for the next start.
    public var nextStart: [String] = []

    /// Creates an answer that says nothing of keys and settings yet.
    public init(changes: [Change], failures: [Failure], robots: [Robot]) {
        (self.changes, self.failures, self.robots) = (changes, failures, robots)
        clients = nil
    }
}
