import TextEncoding

/// Sentences that a robot can be told, as the lexicon has them.
struct KnownSentences {
    /// The first wording of each action that is done.
    let all: [String]

    /// Reads a lexicon's folder; none where it cannot be read.
    init(folder: String) {
        let actions = (try? Lexicon(directory: folder))?.actions ?? []
        all = actions.filter { $0.refusal == nil && $0.status == .known }
            .compactMap { $0.imperative(side: nil) }
    }
}
