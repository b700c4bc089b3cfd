public import HumanMotion
public import KMM
public import TextEncoding

/// A model whose texts are read by the lexicon first, as the daemon and `kmmctl generate` do; what is not understood is refused.
public struct UnderstandingModel: LanguageSubject {
    let reader: TextReader
    let policy: UnderstandingPolicy
    let make: ([Action], UInt64) throws -> HumanClip

    /// Judges a reader of texts, and what makes motion of the actions that it reads, for a seed.
    public init(
        reader: TextReader, policy: UnderstandingPolicy = .strict,
        motion: @escaping ([Action], UInt64) throws -> HumanClip
    ) {
        (self.reader, self.policy, make) = (reader, policy, motion)
    }

    /// A way to say stop and nothing more is a verb; else what the reader says of what remains.
    public func verdict(on text: String) -> TextVerdict {
        let stop = SpokenStop(text)
        if let stop, stop.rest.isEmpty { return .verb(stop.kind.rawValue) }
        let understanding = reader.read(stop?.rest ?? text, policy: policy)
        return understanding.refusal(policy, bound: reader.bound) == nil ? .accepted : .refused
    }

    /// The lexicon's sentences of all its actions.
    public func sentences(of text: String) -> [String] {
        reader.read(SpokenStop(text)?.rest ?? text, policy: policy).segments.flatMap(\.actions).compactMap { action in
            reader.commands.lexicon[action.name]?.caption(side: action.side)
        }
    }

    /// Its actions one after the other, as long as the text or the lexicon says, or else the model thinks right.
    public func motion(of text: String, seed: UInt64) throws -> HumanClip {
        let actions = reader.read(SpokenStop(text)?.rest ?? text, policy: policy).segments.map(\.segment)
        return try make(actions.isEmpty ? [Action(text: text)] : actions, seed)
    }
}
