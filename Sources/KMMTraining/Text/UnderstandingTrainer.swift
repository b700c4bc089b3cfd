import Geometry
import Tensors
public import TextEncoding

/// Trains the classifier that tells actions, and texts that are none, apart by their sentence embedding.
public enum UnderstandingTrainer {
    /// How to train.
    public struct Options: Sendable {
        /// Wordings of each action that are used.
        public var wordings = 32
        /// Times that all texts are seen.
        public var epochs = 30
        /// Seed of the choice of texts and of their order.
        public var seed: UInt64 = 1

        /// The defaults.
        public init() {}
    }

    /// A trained classifier.
    public struct Outcome: Sendable {
        /// The classifier.
        public var classifier: ActionClassifier
        /// Texts of actions that it was trained on.
        public var texts: Int
        /// Share of wordings kept back whose action comes out first.
        public var accuracy: Float
        /// Share of texts kept back that are no action and are not taken for one.
        public var refused: Float
    }

    private static let batch = 256
    private static let peakRate: Float = 0.02
    /// One text in so many is kept back.
    private static let keptBack = 10

    /// Trains on the lexicon's wordings and on texts that are no actions.
    ///
    /// - Parameters:
    ///   - lexicon: The actions.
    ///   - nothing: Texts that are no actions.
    ///   - encoder: The sentence encoder.
    ///   - options: How to train.
    ///   - tell: Hears how far it is.
    ///
    /// - Returns: The classifier, and how well it does on texts that were kept back.
    /// - Throws: `TrainingFailure` for a loss that is not finite; `TextEncodingError` for a broken encoder.
    public static func train(
        lexicon: Lexicon, nothing: [String], encoder: SentenceEncoder, options: Options = Options(),
        tell: (String) -> Void = { _ in }
    ) throws -> Outcome {
        var random = SplitMix64(seed: options.seed)
        let reader = CommandReader(lexicon: lexicon)
        let names = lexicon.actions.map(\.name) + [ActionClassifier.nothing]
        var samples: [(embedding: [Float], row: Int)] = []
        var known: Set<String> = []
        func add(_ text: String, _ row: Int) throws {
            let bare = reader.bareText(text)
            guard !bare.isEmpty, known.insert("\(row) \(bare)").inserted else { return }
            samples.append((try encoder.encode(bare).pooled, row))
        }
        for (row, action) in lexicon.actions.enumerated() {
            let sides: [BodySide] = action.sidedCaption == nil ? [.left] : BodySide.allCases
            for side in sides {
                var wordings = action.wordings(side: side)
                wordings.shuffle(using: &random)
                for wording in wordings.prefix(options.wordings / sides.count) { try add(wording, row) }
                try add(action.caption(side: side), row)
            }
            if row % 50 == 49 { tell("\(row + 1) actions encoded") }
        }
        let texts = samples.count
        for text in nothing { try add(text, names.count - 1) }
        tell("\(texts) wordings, \(samples.count - texts) texts that are none")

        samples.shuffle(using: &random)
        let held = Array(samples.prefix(samples.count / keptBack))
        let trained = Array(samples.dropFirst(held.count))
        let layer = Linear(SentenceEncoder.width, names.count, using: &random)
        let optimizer = AdamW(layer.parameters, decay: 0.005)
        let steps = options.epochs * (trained.count / batch)
        let schedule = WarmupCosine(peak: peakRate, warmup: 50, total: steps)
        for step in 0..<steps {
            let items = (0..<batch).map { _ in trained[Int.random(in: trained.indices, using: &random)] }
            let input = Tensor(items.flatMap(\.embedding), shape: [batch, SentenceEncoder.width])
            let loss = layer(input).crossEntropy(items.map(\.row), smoothing: 0.05)
            try TrainingFailure.check(loss.item, "loss", step: step + 1)
            loss.backward()
            try optimizer.step(rate: schedule.rate(at: step))
        }
        let bias = layer.bias ?? Tensor(repeating: 0, shape: [names.count])
        let classifier = ActionClassifier(
            names: names, weight: (0..<layer.weight.count).map { layer.weight.data[$0] },
            bias: (0..<names.count).map { bias.data[$0] })
        let found = held.map { item -> Bool in
            let probabilities = classifier.probabilities(item.embedding)
            return probabilities.indices.max { probabilities[$0] < probabilities[$1] } == item.row
        }
        func share(_ isCounted: (Int) -> Bool) -> Float {
            let counted = zip(held, found).filter { isCounted($0.0.row) }
            return Float(counted.filter(\.1).count) / Float(max(counted.count, 1))
        }
        return Outcome(
            classifier: classifier, texts: texts, accuracy: share { $0 < names.count - 1 },
            refused: share { $0 == names.count - 1 })
    }
}
