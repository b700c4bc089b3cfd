/// Why a training cannot begin.
public enum TrainingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sequences of a step cannot be shared equally.
    case unequalShares(batch: Int, processes: Int)
    /// No clip of the training split is long enough or captioned.
    case nothingToLearn(String)

    /// The codes of the weights to start from cannot be split into those asked for.
    case codesNotSplit(from: Int, to: Int)

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .unequalShares(let batch, let processes):
            "a batch of \(batch) cannot be shared by \(processes) processes; choose a multiple of \(processes)"
        case .nothingToLearn(let what): what
        case .codesNotSplit(let from, let to):
            "codebooks of \(from) codes cannot become ones of \(to); choose \(from) or a multiple of it"
        }
    }
}
