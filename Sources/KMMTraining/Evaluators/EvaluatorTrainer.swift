import Geometry
public import KMMEvaluation
public import MotionData
public import Tensors
public import TextEncoding

/// Settings of an evaluator's training.
public struct EvaluatorTrainingOptions: Sendable {
    /// Optimiser steps.
    public var steps = 600
    /// Pairs a step.
    public var batch = 64
    /// Highest learning rate.
    public var rate: Float = 1e-3
    /// Weight of giving the frames back.
    public var reconstruction: Float = 0.5
    /// Dropout after every layer.
    public var dropout: Float = 0.1
    /// Share of the words that are read as unknown.
    public var wordDropout: Float = 0.1
    /// Seed of everything random.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}
}

/// Trains an evaluator on the captioned stretches of the training split.
public final class EvaluatorTrainer: Trainer {
    /// The two parts of the loss.
    public struct Report: StepReport {
        /// Names of `values`.
        public static let columns = ["alignment", "reconstruction"]
        /// InfoNCE of the captions and their motions.
        public var alignment: Float
        /// Smooth L1 of the frames given back.
        public var reconstruction: Float
        /// Groups of four frames read.
        public var tokens: Int
        /// The numbers of the curves.
        public var values: [Float] { [alignment, reconstruction] }
    }

    /// The running mean of the weights: the evaluator to use.
    public let average: MotionTextEvaluator
    private let evaluator: MotionTextEvaluator
    /// Gives the four frames of a movement back; only training needs it.
    private let reconstruction: Linear
    private let motions: CaptionedMotions
    private let options: EvaluatorTrainingOptions
    private let likeness: TextLikeness
    private let optimizer: AdamW
    private let schedule: WarmupCosine
    private let running: ParameterAverage
    private let scale: Tensor
    /// Steps made so far.
    public private(set) var steps = 0

    /// Makes an evaluator for the data; `encoder` only tells which captions say the same.
    ///
    /// - Throws: `TrainingFailure.nothingToLearn` with fewer captions than a step compares.
    public init(_ data: PreparedDataSet, encoder: SentenceEncoder, options: EvaluatorTrainingOptions) throws {
        self.options = options
        motions = CaptionedMotions(data, split: .train)
        guard motions.texts.count >= options.batch else {
            throw TrainingFailure.nothingToLearn(
                "\(motions.texts.count) different captions of recorded motion in the training split, \(options.batch) are "
                    + "needed: a step compares as many")
        }
        var configuration = EvaluatorConfiguration()
        configuration.statistics = data.statistics
        var counts: [String: Int] = [:]
        for text in motions.texts { for word in MotionTextEvaluator.words(of: text) { counts[word, default: 0] += 1 } }
        configuration.words = counts.filter { $0.value > 1 }.keys.sorted()
        likeness = try TextLikeness(motions.texts, encoder: encoder)
        var random = SplitMix64(seed: options.seed)
        evaluator = MotionTextEvaluator(configuration, using: &random)
        average = MotionTextEvaluator(configuration, using: &random)
        reconstruction = Linear(configuration.width, 4 * EvaluatorConfiguration.features, using: &random)
        optimizer = AdamW(
            evaluator.parameters + reconstruction.parameters.map { ("reconstruction." + $0.name, $0.tensor) })
        schedule = WarmupCosine(peak: options.rate, warmup: 100, total: options.steps)
        running = ParameterAverage(of: evaluator, into: average, decay: 0.995)
        scale = evaluator.logScale
    }

    /// What a checkpoint keeps.
    public var state: [(name: String, tensor: Tensor)] {
        evaluator.parameters.map { ("evaluator." + $0.name, $0.tensor) }
            + reconstruction.parameters.map { ("reconstruction." + $0.name, $0.tensor) }
            + average.parameters.map { ("average." + $0.name, $0.tensor) } + optimizer.state
    }

    /// Continues after `steps` steps whose state has been put back.
    public func resume(after steps: Int) {
        self.steps = steps
        optimizer.resume(after: steps)
        running.resume(after: steps)
    }

    /// One optimiser step.
    public func step() throws(TrainingFailure) -> Report {
        var random = SplitMix64(seed: options.seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(steps))
        let items = draw(using: &random)
        var dropping = random
        let drop = { (x: Tensor) in x.dropout(self.options.dropout, using: &dropping) }
        let input = evaluator.input(
            items.map { item in
                let spare = item.frames.count - CaptionedMotions.longest
                return motions.motion(item, from: spare > 0 ? Int.random(in: 0...spare, using: &random) : 0)
            })
        let movements = evaluator.movements(input, drop: drop)
        let motion = evaluator.embedMotion(movements, input)
        let unknown = evaluator.configuration.words.count
        let text = evaluator.embedText(
            items.map { item in
                evaluator.wordRows(motions.texts[item.text]).map {
                    Float.random(in: 0..<1, using: &random) < options.wordDropout ? unknown : $0
                }
            }, drop: drop)
        let alignment = text.contrastiveLoss(with: motion, logScale: scale) { i, j in
            likeness.isAlike(items[i].text, items[j].text)
        }
        let rows = input.counts.enumerated().flatMap { index, count in
            (0..<count).map { index * input.longest + $0 }
        }
        let width = 4 * EvaluatorConfiguration.features
        let target = Tensor(copying: input.frames.data, shape: [input.frames.count / width, width])
        let given = reconstruction(movements.gatherRows(rows)).smoothL1(to: target.gatherRows(rows))
        let loss = alignment + given * options.reconstruction
        try TrainingFailure.check(loss.item, "loss", step: steps + 1)
        loss.backward()
        try optimizer.step(rate: schedule.rate(at: steps))
        scale.data[0] = min(scale.data[0], 4.6)
        running.update()
        steps += 1
        return Report(
            alignment: alignment.item, reconstruction: given.item, tokens: input.counts.reduce(0, +))
    }

    /// Pairs of distinct captions, each caption as likely as any other: some captions come a hundred times.
    private func draw(using random: inout SplitMix64) -> [CaptionedMotions.Item] {
        var items: [CaptionedMotions.Item] = []
        var texts: Set<Int> = []
        while items.count < options.batch {
            let item = motions.items[Int.random(in: 0..<motions.items.count, using: &random)]
            if texts.insert(item.text).inserted { items.append(item) }
        }
        return items
    }
}
