/// Why a lexicon could not be read: where, what is wrong there, and what would be right.
public enum LexiconError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The folder or a file of it cannot be read.
    case unreadable(path: String)
    /// A file is no JSON.
    case syntax(file: String, line: Int, reason: String)
    /// A member is missing or of another kind.
    case invalid(file: String, place: String, problem: String, remedy: String)

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read the lexicon at \(path)"
        case .syntax(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .invalid(let file, let place, let problem, let remedy):
            "\(file): \(place): \(problem); expected \(remedy)"
        }
    }
}
