/// Why a robot profile cannot be used.
public enum ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(file: String, reason: String)
    /// The text is not JSON.
    case notJSON(file: String, reason: String)
    /// A key that no profile has; `nearest` is the known key that is spelled most alike.
    case unknownKey(path: String, key: String, nearest: String?)
    /// A value is missing or has the wrong type or shape.
    case malformed(path: String, problem: String, expected: String)
    /// The profile can be read but contradicts itself.
    case invalid([ProfileFinding])

    /// What was wrong, where, and what would be right.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .notJSON(let file, let reason): "\(file): is not JSON: \(reason)"
        case .unknownKey(let path, let key, let nearest):
            "\(path)/\(key): unknown key" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
        case .malformed(let path, let problem, let expected): "\(path): \(problem); expected \(expected)"
        case .invalid(let findings): findings.map(\.description).joined(separator: "\n")
        }
    }
}

/// One thing that a check of a profile has found.
public struct ProfileFinding: Hashable, Sendable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// The profile cannot be used.
        case error
        /// The profile can be used, but somebody should look.
        case warning
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
    public var description: String { "\(severity.rawValue): \(path): \(problem); \(remedy)" }
}
