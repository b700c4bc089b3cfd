/// What is wrong with a configuration: every finding, each with its place.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// Where: a file with a line, an environment variable or a flag.
        public var place: String
        /// What is wrong there and what would be right.
        public var problem: String

        /// The finding as a line.
        public var description: String { "\(place): \(problem)" }
    }

    /// What was found.
    public var findings: [Finding]

    /// An error of all that was found.
    public init(findings: [Finding]) { self.findings = findings }

    /// One line for each finding.
    public var description: String { findings.map(\.description).joined(separator: "\n") }
}
