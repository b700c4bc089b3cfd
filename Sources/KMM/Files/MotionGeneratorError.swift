/// Why a generator could not be made or used.
public enum MotionGeneratorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file does not state the sizes of its network, or not in the form this build reads.
    case configurationMissing(path: String)
    /// The files belong to different models.
    case mismatchedModels(tokenizer: String, generator: String)
    /// A file of exemplars that is not one.
    case unreadableExemplars(path: String, why: String)
    /// A duration that is not a positive number of seconds.
    case invalidDuration(Double)
    /// Who asked for tokens does not want them any more.
    case unwanted

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .configurationMissing(let path):
            "\(path): the metadata lacks the network's sizes or standing codes; expected a file written by `kmmctl train`"
        case .mismatchedModels(let tokenizer, let generator):
            "the tokenizer has \(tokenizer) but the generator \(generator); both must come from one training"
        case .unreadableExemplars(let path, let why): "\(path): \(why)"
        case .invalidDuration(let seconds): "a segment of \(seconds) s; expected a positive number of seconds"
        case .unwanted: "the motion was not wanted any more before it was made"
        }
    }
}
