/// Why a training cannot begin or go on.
public enum TrainingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sequences of a step cannot be shared equally.
    case unequalShares(batch: Int, processes: Int)
    /// No clip of the training split is long enough or captioned.
    case nothingToLearn(String)
    /// The codes of the weights to start from cannot be split into those asked for.
    case codesNotSplit(from: Int, to: Int)
    /// A loss or a gradient is infinite or not a number. The step has changed no weight.
    case notFinite(String, step: Int)

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .unequalShares(let batch, let processes):
            "a batch of \(batch) cannot be shared by \(processes) processes; choose a multiple of \(processes)"
        case .nothingToLearn(let what): what
        case .codesNotSplit(let from, let to):
            "codebooks of \(from) codes cannot become ones of \(to); choose \(from) or a multiple of it"
        case .notFinite(let what, let step):
            "the \(what) of step \(step) is not finite; the weights are as they were before it. A lower --rate, or --resume "
                + "from the last checkpoint with one, may help"
        }
    }

    /// Throws `notFinite` when a number of a step is infinite or not a number.
    static func check(_ value: Float, _ what: String, step: Int) throws(TrainingFailure) {
        guard value.isFinite else { throw .notFinite(what, step: step) }
    }
}
