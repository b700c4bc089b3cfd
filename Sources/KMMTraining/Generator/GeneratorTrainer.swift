import Foundation
import Geometry
public import KMM
public import Tensors

/// How the tokens to restore are chosen in training.
public enum MaskingStrategy: String, Codable, Sendable, CaseIterable {
    /// Half of the steps by key-frame order (median bandwidth, drawn around the scores), half at random.
    case robust
    /// Always the key frames of the paper's literal equations.
    case literal
    /// Always at random.
    case random
}

/// Sizes, weights and switches of a generator run.
public struct GeneratorTrainingOptions: Codable, Sendable {
    /// Optimiser steps.
    public var steps = 8000
    /// Sequences a step.
    public var batch = 32
    /// Peak learning rate.
    public var rate: Float = 4e-4
    /// Dropout on the blocks' outputs.
    public var dropout: Float = 0.1
    /// Weight decay of the matrices.
    public var decay: Float = 0.05
    /// Standard deviation of the noise on sentence embeddings, as a share of their numbers' own.
    public var textNoise: Float = 0.1
    /// Share of words that are left out of a prompt; as often all of them are.
    public var wordDropout: Float = 0.1
    /// Label smoothing.
    public var smoothing: Float = 0.1
    /// Weight of the alignment loss; 0 switches it off.
    public var alignment: Float = 0.2
    /// How tokens are masked.
    public var masking = MaskingStrategy.robust
    /// Noise of the key-frame order (Gumbel), robust masking only.
    public var keyFrameNoise: Float = 0.3
    /// Share of visible tokens that are replaced by a random code.
    public var corruption: Float = 0.08
    /// Switches the backward scan off for good (an ablation).
    public var isForwardOnly = false
    /// Share of single steps without backward scan.
    public var forwardOnlyShare: Float = 0.1
    /// Decay of the running mean of the weights.
    public var averageDecay: Float = 0.999
    /// Seed of everything random.
    public var seed: UInt64 = 2

    /// The defaults.
    public init() {}

    /// The prompt with noise on its embedding and words left out.
    func disturbed(_ prompt: Prompt, using random: inout some RandomNumberGenerator) -> Prompt {
        guard textNoise > 0 || wordDropout > 0, !prompt.isNull else { return prompt }
        var result = prompt
        // Uniform noise of this reach has the deviation asked for.
        let reach = textNoise * (3 / Float(prompt.pooled.count)).squareRoot()
        if reach > 0 { result.pooled = prompt.pooled.map { $0 + Float.random(in: -reach...reach, using: &random) } }
        let width = prompt.pooled.count
        if Float.random(in: 0..<1, using: &random) < wordDropout {
            result.words = []
        } else {
            result.words = stride(from: 0, to: prompt.words.count, by: width).flatMap { start in
                Float.random(in: 0..<1, using: &random) < wordDropout
                    ? [] : Array(prompt.words[start..<(start + width)])
            }
        }
        return result
    }
}

/// Trains the masked generator with its alignment branch, or the residual generator, on token sequences.
public final class GeneratorTrainer {
    /// What one step reports.
    public struct Report: Sendable {
        /// Whole loss.
        public var loss: Float = 0
        /// Cross entropy of the masked tokens, nats.
        public var crossEntropy: Float = 0
        /// Contrastive loss of text and motion, nats; 0 when switched off.
        public var alignment: Float = 0
        /// Share of masked tokens whose likeliest code is the right one.
        public var accuracy: Float = 0
        /// Tokens of the batch.
        public var tokens = 0
    }

    /// The network in training.
    public let generator: MaskedGenerator
    /// Its running mean: what is evaluated and shipped.
    public let average: MaskedGenerator
    /// Settings.
    public let options: GeneratorTrainingOptions
    /// Optimiser with its state.
    public let optimizer: AdamW
    /// Running mean with its state.
    public let averaging: ParameterAverage

    let alignmentHead: AlignmentHead
    private let data: TokenDataSet
    private let sampler: SequenceSampler
    private let schedule: WarmupCosine
    private let excludedPairs: PromptSimilarity

    /// Starts from fresh weights.
    public init(data: TokenDataSet, configuration: GeneratorConfiguration, options: GeneratorTrainingOptions) {
        self.data = data
        self.options = options
        var random = SplitMix64(seed: options.seed)
        generator = MaskedGenerator(configuration, using: &random)
        average = MaskedGenerator(configuration, using: &random)
        alignmentHead = AlignmentHead(configuration, using: &random)
        averaging = ParameterAverage(of: generator, into: average, decay: options.averageDecay)
        var parameters = generator.parameters
        if options.alignment > 0 {
            parameters += alignmentHead.parameters.map { ("alignment." + $0.name, $0.tensor) }
        }
        optimizer = AdamW(parameters, decay: options.decay)
        sampler = SequenceSampler(data: data)
        schedule = WarmupCosine(peak: options.rate, warmup: min(500, options.steps / 10 + 1), total: options.steps)
        excludedPairs = PromptSimilarity(data)
    }

    /// Everything a checkpoint keeps: weights, their running means, moments.
    public var state: [(name: String, tensor: Tensor)] {
        generator.parameters + average.parameters.map { ("average." + $0.name, $0.tensor) }
            + alignmentHead.parameters.map { ("alignment." + $0.name, $0.tensor) } + optimizer.state
    }

    /// Continues after `steps` steps whose state has been put back.
    public func resume(after steps: Int) {
        optimizer.resume(after: steps)
        averaging.resume(after: steps)
    }

    /// One optimiser step; its random numbers depend on the seed and the number of the step only.
    public func step() -> Report {
        var random = SplitMix64(seed: options.seed &* 1_000_003 &+ UInt64(optimizer.steps))
        let batch = MaskedBatch(
            sampler.batch(options.batch, using: &random), data: data, options: options,
            codes: generator.configuration.codes, mask: generator.mask, using: &random)
        var none: [MixerState] = []
        let (hidden, condition) = generator.hidden(batch.input, ids: batch.ids, states: &none) {
            $0.dropout(options.dropout, using: &random)
        }
        let logits = generator.head(hidden.gatherRows(batch.masked))
        let crossEntropy = logits.crossEntropy(batch.targets, smoothing: options.smoothing)
        var report = Report()
        report.tokens = batch.ids.count
        report.crossEntropy = crossEntropy.item
        report.accuracy = Self.accuracy(logits, targets: batch.targets)
        var loss = crossEntropy
        if options.alignment > 0, let alignment = alignment(batch, condition: condition) {
            report.alignment = alignment.item
            loss = loss + alignment * options.alignment
        }
        report.loss = loss.item
        loss.backward()
        optimizer.step(rate: schedule.rate(at: optimizer.steps))
        averaging.update()
        return report
    }

    private func alignment(_ batch: MaskedBatch, condition: Tensor) -> Tensor? {
        let spoken = batch.segments.indices.filter { !batch.input.prompts[$0].isNull }
        guard spoken.count > 1 else { return nil }
        let latents = spoken.flatMap { batch.segments[$0].latents }
        let motion = alignmentHead.embedMotion(
            Tensor(latents, shape: [latents.count / data.latentWidth, data.latentWidth]),
            lengths: spoken.map { batch.segments[$0].codes[0].count })
        let text = alignmentHead.embedText(condition.gatherRows(spoken))
        let texts = spoken.map { batch.segments[$0].text }
        return text.contrastiveLoss(with: motion, logScale: alignmentHead.logScale) { i, j in
            excludedPairs.areAlike(texts[i], texts[j])
        }
    }

    static func accuracy(_ logits: Tensor, targets: [Int]) -> Float {
        var right = 0
        for (row, target) in targets.enumerated() {
            let values = UnsafeBufferPointer(start: logits.data + row * logits.width, count: logits.width)
            if values.indices.max(by: { values[$0] < values[$1] }) == target { right += 1 }
        }
        return Float(right) / Float(max(targets.count, 1))
    }

    /// Accuracy and cross entropy of the averaged weights on another split, half of the tokens masked at random.
    public static func validate(
        _ generator: MaskedGenerator, on data: TokenDataSet, limit: Int = 256, ratio: Float = 0.5
    ) -> (accuracy: Float, crossEntropy: Float) {
        var random = SplitMix64(seed: 5)
        var sampler = SequenceSampler(data: data)
        (sampler.chained, sampler.unconditional, sampler.twins, sampler.reworded) = (0, 0, 0, 0)
        var options = GeneratorTrainingOptions()
        (options.masking, options.corruption, options.textNoise, options.wordDropout) = (.random, 0, 0, 0)
        var (right, entropy, total) = (Float(0), Float(0), Float(0))
        for start in stride(from: 0, to: min(limit, data.items.count), by: 16) {
            let count = min(16, min(limit, data.items.count) - start)
            let sequences = (0..<count).map { _ in
                sampler.sequence(Int.random(in: 0..<data.items.count, using: &random), using: &random)
            }
            let batch = MaskedBatch(
                sequences, data: data, options: options, codes: generator.configuration.codes, mask: generator.mask,
                fixedRatio: ratio, using: &random)
            var none: [MixerState] = []
            let logits = generator.head(
                generator.hidden(batch.input, ids: batch.ids, states: &none).tokens.gatherRows(batch.masked))
            let weight = Float(batch.masked.count)
            right += weight * accuracy(logits, targets: batch.targets)
            entropy += weight * logits.crossEntropy(batch.targets).item
            total += weight
        }
        return (right / max(total, 1), entropy / max(total, 1))
    }
}

/// Which texts are too alike to be each other's negatives: the same words, or nearly, but never a text and its mirror image.
struct PromptSimilarity {
    private let pooled: [[Float]]
    private let mirror: [Int?]
    private let origins: [Int]

    init(_ data: TokenDataSet) {
        origins = data.origins
        pooled = data.prompts.map(\.pooled)
        var mirror = [Int?](repeating: nil, count: data.texts.count)
        for (item, twin) in zip(data.items, data.mirrors) {
            if let twin, data.items[twin].text != item.text { mirror[item.text] = data.items[twin].text }
        }
        self.mirror = mirror
    }

    func areAlike(_ a: Int, _ b: Int) -> Bool {
        let (a, b) = (origins[a], origins[b])
        if a == b { return true }
        if mirror[a] == b { return false }
        return zip(pooled[a], pooled[b]).reduce(Float(0)) { $0 + $1.0 * $1.1 } > 0.85
    }
}

/// Training sequences with their masks, laid out for the generator.
struct MaskedBatch {
    var input: GeneratorInput
    /// One id a token.
    var ids: [Int] = []
    /// Tokens to restore.
    var masked: [Int] = []
    /// Their true codes.
    var targets: [Int] = []
    /// The segments behind the prompts, in order.
    var segments: [TrainingSequence.Segment] = []

    init(
        _ sequences: [TrainingSequence], data: TokenDataSet, options: GeneratorTrainingOptions, codes: Int, mask: Int,
        fixedRatio: Float? = nil, using random: inout some RandomNumberGenerator
    ) {
        input = GeneratorInput(prompts: [], sequences: [])
        for sequence in sequences {
            let layout = Self.layout(
                sequence, firstPrompt: segments.count, options: options, hasPrefix: fixedRatio == nil, using: &random)
            let first = ids.count
            let count = sequence.count
            let committed = layout.committed
            let truth = sequence.codes(0)
            let free = count - committed
            let ratio = fixedRatio ?? cos(Float.pi / 2 * Float.random(in: 0..<1, using: &random))
            let chosen = Self.order(sequence, from: committed, data: data, options: options, using: &random)
                .prefix(max(1, Int((ratio * Float(free)).rounded())))
            var isMasked = [Bool](repeating: false, count: count)
            for position in chosen { isMasked[committed + position] = true }
            for position in 0..<count {
                if isMasked[position] {
                    masked.append(first + position)
                    targets.append(truth[position])
                    let draw = Float.random(in: 0..<1, using: &random)
                    let hides = fixedRatio != nil || draw >= 0.1
                    if !hides {
                        ids.append(Int.random(in: 0..<codes, using: &random))
                    } else {
                        let keeps = fixedRatio == nil && Float.random(in: 0..<1, using: &random) >= 0.88
                        ids.append(keeps ? truth[position] : mask)
                    }
                } else {
                    let spoils = Float.random(in: 0..<1, using: &random) < options.corruption
                    ids.append(spoils ? Int.random(in: 0..<codes, using: &random) : truth[position])
                }
            }
            input.sequences.append(layout)
            for segment in sequence.segments {
                segments.append(segment)
                input.prompts.append(
                    sequence.isUnconditional || segment.isUnconditional
                        ? .null : options.disturbed(data.prompts[segment.text], using: &random))
            }
        }
    }

    /// The sequence's spans with a random committed prefix; half of the time the end is left open.
    static func layout(
        _ sequence: TrainingSequence, firstPrompt: Int, options: GeneratorTrainingOptions, hasPrefix: Bool = true,
        using random: inout some RandomNumberGenerator
    ) -> PromptedSequence {
        let count = sequence.count
        let commits = hasPrefix && Float.random(in: 0..<1, using: &random) >= 0.3 && count > 4
        let isOpen = Bool.random(using: &random)
        return PromptedSequence(
            spans: sequence.segments.enumerated().map { index, segment in
                PromptedSpan(
                    prompt: firstPrompt + index, count: segment.codes[0].count, firstIndex: segment.firstIndex,
                    left: isOpen ? nil : segment.left)
            }, committed: commits ? Int.random(in: 0...(count - 4), using: &random) : 0,
            isForwardOnly: options.isForwardOnly
                || (hasPrefix && Float.random(in: 0..<1, using: &random) < options.forwardOnlyShare))
    }

    private static func order(
        _ sequence: TrainingSequence, from committed: Int, data: TokenDataSet, options: GeneratorTrainingOptions,
        using random: inout some RandomNumberGenerator
    ) -> [Int] {
        let free = sequence.count - committed
        let byKeyFrames = options.masking == .literal || (options.masking == .robust && Bool.random(using: &random))
        guard byKeyFrames else { return Array(0..<free).shuffled(using: &random) }
        let latents = sequence.segments.flatMap(\.latents).dropFirst(committed * data.latentWidth)
        let scores = KeyFrameOrder.scores(
            Tensor(Array(latents), shape: [free, data.latentWidth]),
            bandwidth: options.masking == .literal ? .unit : .median)
        return KeyFrameOrder.order(
            scores, noise: options.masking == .literal ? 0 : options.keyFrameNoise, using: &random)
    }
}
