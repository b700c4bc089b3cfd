/// Why a robot profile cannot be used.
public enum ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(file: String, reason: String)
    /// The text is not JSON; line and column count from 1.
    case notJSON(file: String, line: Int, column: Int, reason: String)
    /// A key is missing, unknown, or of the wrong type or size, or the profile contradicts itself: all that was found.
    case invalid([ProfileFinding])

    /// What was wrong, where, and what would be right.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .notJSON(let file, let line, let column, let reason):
            "\(file):\(line):\(column): is not JSON: \(reason)"
        case .invalid(let findings):
            findings.prefix(20).map(\.description).joined(separator: "\n")
                + (findings.count > 20 ? "\nand \(findings.count - 20) more" : "")
        }
    }

    /// The error as findings; one that concerns the whole document has the empty path.
    public var findings: [ProfileFinding] {
        switch self {
        case .unreadable(_, let reason):
            [ProfileFinding(path: "", problem: "cannot be read: \(reason)", remedy: "a readable robot profile")]
        case .notJSON(_, let line, let column, let reason):
            [
                ProfileFinding(
                    path: "", problem: "line \(line), column \(column): \(reason)", remedy: "JSON as of RFC 8259")
            ]
        case .invalid(let findings): findings
        }
    }
}

/// One thing that a check of a profile has found.
public struct ProfileFinding: Hashable, Sendable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        /// The profile cannot be used.
        case error
        /// The profile can be used, but somebody should look.
        case warning
        /// Good to know.
        case note
    }

    /// How bad it is.
    public var severity: Severity
    /// Place in the JSON document, as a JSON pointer (`/joints/12/range`).
    public var path: String
    /// What is wrong.
    public var problem: String
    /// What would be right.
    public var remedy: String

    /// Creates a finding.
    public init(_ severity: Severity = .error, path: String, problem: String, remedy: String) {
        self.severity = severity
        self.path = path
        self.problem = problem
        self.remedy = remedy
    }

    /// One line for people.
    public var description: String { "\(severity.rawValue): \(path.isEmpty ? "/" : path): \(problem); \(remedy)" }
}
