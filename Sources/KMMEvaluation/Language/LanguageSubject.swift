public import HumanMotion
public import KMM
import TextEncoding

/// What becomes of a text before anything moves.
public enum TextVerdict: Hashable, Sendable {
    /// A motion will be made.
    case accepted
    /// No motion, and the sender is told so.
    case refused
    /// It is a verb: hold, stop or halt.
    case verb(String)
}

/// What the language benchmark judges: something that takes texts as people send them.
public protocol LanguageSubject {
    /// What becomes of a text.
    func verdict(on text: String) throws -> TextVerdict
    /// The canonical sentences of the actions that a text is taken for; none where texts are not read by a lexicon.
    func sentences(of text: String) throws -> [String]
    /// The motion of an accepted text.
    func motion(of text: String, seed: UInt64) throws -> HumanClip
}

/// A model whose texts are split into actions as `kmmctl generate` does; it refuses nothing but what says to stop.
public struct SplittingModel: LanguageSubject {
    let generator: MotionGenerator
    let options: SamplingOptions

    /// Judges a generator with these options.
    public init(_ generator: MotionGenerator, options: SamplingOptions) {
        (self.generator, self.options) = (generator, options)
    }

    /// Accepted, unless it is a way to say stop and nothing more.
    public func verdict(on text: String) -> TextVerdict {
        guard let stop = SpokenStop(text), stop.rest.isEmpty else { return .accepted }
        return .verb(stop.kind.rawValue)
    }

    /// None: its actions are not looked up.
    public func sentences(of text: String) -> [String] { [] }

    /// Its actions one after the other, as long as the text says or else the model thinks right.
    public func motion(of text: String, seed: UInt64) throws -> HumanClip {
        let segments = SegmentSplitter.split(SpokenStop(text)?.rest ?? text).flatMap { segment in
            repeatElement(segment, count: segment.repeats)
        }
        return try generator.motion(
            of: segments.isEmpty ? [Action(text: text)] : segments, options: options, seed: seed)
    }
}
