import Foundation
import Geometry
public import KMM
public import Tensors

/// Trains the residual generator: given the codebooks before, restore one codebook at every token.
public final class ResidualTrainer {
    /// The network in training.
    public let generator: ResidualGenerator
    /// Its running mean: what is shipped.
    public let average: ResidualGenerator
    /// Settings.
    public let options: GeneratorTrainingOptions
    /// Optimiser with its state.
    public let optimizer: AdamW
    /// Running mean with its state.
    public let averaging: ParameterAverage

    private let data: TokenDataSet
    private let sampler: SequenceSampler
    private let schedule: WarmupCosine

    /// Starts from fresh weights.
    public init(data: TokenDataSet, configuration: GeneratorConfiguration, options: GeneratorTrainingOptions) {
        self.data = data
        self.options = options
        var random = SplitMix64(seed: options.seed)
        generator = ResidualGenerator(configuration, using: &random)
        average = ResidualGenerator(configuration, using: &random)
        averaging = ParameterAverage(of: generator, into: average, decay: options.averageDecay)
        optimizer = AdamW(generator.parameters, decay: options.decay)
        var sampler = SequenceSampler(data: data)
        (sampler.unconditional, sampler.twins) = (0.2, 0)
        self.sampler = sampler
        schedule = WarmupCosine(peak: options.rate, warmup: min(500, options.steps / 10 + 1), total: options.steps)
    }

    /// Everything a checkpoint keeps: weights, their running means, moments.
    public var state: [(name: String, tensor: Tensor)] {
        generator.parameters + average.parameters.map { ("average." + $0.name, $0.tensor) } + optimizer.state
    }

    /// Continues after `steps` steps whose state has been put back.
    public func resume(after steps: Int) {
        optimizer.resume(after: steps)
        averaging.resume(after: steps)
    }

    /// One optimiser step on one codebook, drawn so that the earlier, coarser ones come more often.
    public func step() -> GeneratorTrainer.Report {
        var random = SplitMix64(seed: options.seed &* 1_000_003 &+ UInt64(optimizer.steps))
        let layers = generator.configuration.quantizers - 1
        let u = Double.random(in: 0..<1, using: &random)
        let layer = min(layers, Int((1 - cos(.pi / 2 * u)) * Double(layers)) + 1)
        let batch = ResidualBatch(
            sampler.batch(options.batch, using: &random), data: data, options: options, layer: layer,
            codes: generator.configuration.codes, using: &random)
        var none: [MixerState] = []
        let hidden = generator.hidden(batch.input, codes: batch.codes, layer: layer, states: &none) {
            $0.dropout(options.dropout, using: &random)
        }
        let logits = generator.heads[layer - 1](hidden)
        let loss = logits.crossEntropy(batch.targets, smoothing: options.smoothing)
        var report = GeneratorTrainer.Report()
        report.tokens = batch.targets.count
        report.loss = loss.item
        report.crossEntropy = loss.item
        report.accuracy = GeneratorTrainer.accuracy(logits, targets: batch.targets)
        loss.backward()
        optimizer.step(rate: schedule.rate(at: optimizer.steps))
        averaging.update()
        return report
    }

    /// Accuracy and cross entropy of every codebook from the second on, on another split, the codebooks before given as
    /// they are.
    public static func validate(
        _ generator: ResidualGenerator, on data: TokenDataSet, limit: Int = 256
    ) -> [(accuracy: Float, crossEntropy: Float)] {
        (1..<max(generator.configuration.quantizers, 1)).map { layer in
            var random = SplitMix64(seed: 6)
            var sampler = SequenceSampler(data: data)
            (sampler.chained, sampler.unconditional, sampler.twins, sampler.reworded) = (0, 0, 0, 0)
            var options = GeneratorTrainingOptions()
            (options.corruption, options.textNoise, options.wordDropout) = (0, 0, 0)
            var (right, entropy, total) = (Float(0), Float(0), Float(0))
            for _ in 0..<max(1, min(limit, data.items.count) / 16) {
                let batch = ResidualBatch(
                    sampler.batch(16, using: &random), data: data, options: options, layer: layer,
                    codes: generator.configuration.codes, using: &random)
                var none: [MixerState] = []
                let hidden = generator.hidden(batch.input, codes: batch.codes, layer: layer, states: &none)
                let logits = generator.heads[layer - 1](hidden)
                let weight = Float(batch.targets.count)
                right += weight * GeneratorTrainer.accuracy(logits, targets: batch.targets)
                entropy += weight * logits.crossEntropy(batch.targets).item
                total += weight
            }
            return (right / max(total, 1), entropy / max(total, 1))
        }
    }
}

/// Training sequences laid out for one codebook of the residual generator.
struct ResidualBatch {
    var input = GeneratorInput(prompts: [], sequences: [])
    /// Codes of the codebooks before, `[layer][token]`.
    var codes: [[Int]]
    var targets: [Int] = []

    init(
        _ sequences: [TrainingSequence], data: TokenDataSet, options: GeneratorTrainingOptions, layer: Int,
        codes size: Int,
        using random: inout some RandomNumberGenerator
    ) {
        codes = [[Int]](repeating: [], count: layer)
        for sequence in sequences {
            input.sequences.append(
                MaskedBatch.layout(sequence, firstPrompt: input.prompts.count, options: options, using: &random))
            for segment in sequence.segments {
                input.prompts.append(
                    sequence.isUnconditional || segment.isUnconditional
                        ? .null : options.disturbed(data.prompts[segment.text], using: &random))
            }
            for earlier in 0..<layer {
                codes[earlier] += sequence.codes(earlier).map { code in
                    let spoils = Float.random(in: 0..<1, using: &random) < options.corruption
                    return spoils ? Int.random(in: 0..<size, using: &random) : code
                }
            }
            targets += sequence.codes(layer)
        }
    }
}
