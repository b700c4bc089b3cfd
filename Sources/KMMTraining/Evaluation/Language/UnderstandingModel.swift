public import HumanMotion
public import KMM
public import TextEncoding

/// A model whose texts are read by the lexicon first, as the daemon and `kmmctl generate` do; what is not understood is refused.
public struct UnderstandingModel: LanguageSubject {
    let generator: MotionGenerator
    let reader: TextReader
    let policy: UnderstandingPolicy
    let options: SamplingOptions

    /// Judges a generator and the reader of its texts with these options.
    public init(
        _ generator: MotionGenerator, reader: TextReader, policy: UnderstandingPolicy = .strict,
        options: SamplingOptions
    ) {
        (self.generator, self.reader, self.policy, self.options) = (generator, reader, policy, options)
    }

    /// A way to say stop and nothing more is a verb; else what the reader says of what remains.
    public func verdict(on text: String) -> TextVerdict {
        let stop = SpokenStop(text)
        if let stop, stop.rest.isEmpty { return .verb(stop.kind.rawValue) }
        let understanding = reader.read(stop?.rest ?? text, policy: policy)
        return understanding.refusal(policy, bound: reader.bound) == nil ? .accepted : .refused
    }

    /// Its actions one after the other, as long as the text or the lexicon says, or else the model thinks right.
    public func motion(of text: String, seed: UInt64) throws -> HumanClip {
        let understanding = reader.read(SpokenStop(text)?.rest ?? text, policy: policy)
        let segments = understanding.segments.map(\.segment).flatMap { segment in
            repeatElement(Action(text: segment.text, duration: segment.duration), count: segment.repeats)
        }
        return try generator.motion(
            of: segments.isEmpty ? [Action(text: text)] : segments, options: options, seed: seed)
    }
}
