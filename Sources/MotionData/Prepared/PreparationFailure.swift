/// What keeps a whole run from working.
public enum PreparationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// An index file cannot be read.
    case unreadable(String)
    /// An output file or folder cannot be written.
    case unwritable(String)
    /// An index file as a whole is not what it should be.
    case malformed(String, why: String)
    /// No clip is left.
    case empty(problems: [String])

    /// What was wrong, in words.
    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read '\(path)'"
        case .unwritable(let path): "cannot write '\(path)'"
        case .malformed(let path, let why): "'\(path)': \(why)"
        case .empty(let problems):
            "no clip could be prepared" + problems.prefix(5).map { "\n  \($0)" }.joined()
        }
    }
}

/// Why a clip is left out.
struct PreparationProblem: Error {
    var text: String
}
