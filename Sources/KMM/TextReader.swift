import FoundationEssentials
import Tensors
public import TextEncoding

/// Reads what texts ask of a model: the lexicon, what the model has learnt of it, and the sentence encoder together.
public struct TextReader: Sendable {
    /// The reader of words and structure.
    public let commands: CommandReader
    /// Likeness under which an action is not understood.
    public var bound: Double
    private let embeddings: EmbeddingCache

    /// Reads the lexicon, the classifier and, where the model has one, the list of what it has learnt.
    ///
    /// - Throws: `LexiconError`; `TensorFileError` for a classifier that is there and cannot be read.
    public init(
        lexicon directory: String, model: ModelPaths, encoder: SentenceEncoder,
        bound: Double = UnderstandingPolicy.defaultBound
    ) throws {
        try self.init(LexiconTables(directory: directory), model: model, encoder: encoder, bound: bound)
    }

    /// The same with a lexicon that is read.
    ///
    /// - Throws: `TensorFileError` for a classifier that is there and cannot be read.
    public init(
        _ tables: LexiconTables, model: ModelPaths, encoder: SentenceEncoder,
        bound: Double = UnderstandingPolicy.defaultBound
    ) throws {
        let classifier: ActionClassifier? =
            FileManager.default.fileExists(atPath: model.understanding)
            ? try ActionClassifier(path: model.understanding) : nil
        embeddings = EmbeddingCache(encoder)
        self.bound = bound
        let exemplars = try ExemplarLibrary(path: model.exemplars)
        commands = CommandReader(
            tables, classifier: classifier, learnt: try LearntActions(path: model.actions)?.names,
            knows: { exemplars.hasExemplars(of: $0) },
            isEnglish: { [tokenizer = encoder.tokenizer] in tokenizer.isWord($0) })
    }

    /// What a text asks for. With the policy `any` its actions are not looked up, and the model gets its own words; with
    /// `warn` the model gets them where they are not understood.
    public func read(_ text: String, policy: UnderstandingPolicy = .strict) -> Understanding {
        if policy == .any {
            return Understanding(
                language: "",
                segments: SegmentSplitter.split(text).map { UnderstoodSegment(segment: $0, said: $0.text, actions: []) }
            )
        }
        var understanding = commands.read(text) { embeddings.embedding(of: $0) }
        for index in understanding.segments.indices {
            let segment = understanding.segments[index]
            if segment.likeness < bound { understanding.segments[index].segment.text = segment.said }
            understanding.segments[index].segment.understood = Action.Understood(
                said: segment.said, actions: segment.actions, excluded: segment.excluded, leftOut: segment.leftOut,
                objection: segment.objection(bound: bound)?.description)
        }
        return understanding
    }
}
