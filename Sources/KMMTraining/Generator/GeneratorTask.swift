import Foundation
package import Geometry
package import KMM
package import Tensors

/// What a generator has to do with token sequences; `SequenceTrainer` does the rest.
package protocol GeneratorTask: Sendable {
    /// The network that does it.
    associatedtype Network: Module

    /// A network with fresh weights.
    func network(_ configuration: GeneratorConfiguration, using random: inout SplitMix64) -> Network
    /// Adjusts how sequences are drawn.
    func adjust(_ sampler: inout SequenceSampler)
    /// The codebook of a step.
    func drawLayer(_ configuration: GeneratorConfiguration, using random: inout SplitMix64) -> Int
    /// Lays out sequences; without `isTraining` nothing is spoilt and the task is of middling difficulty.
    func batch(
        _ sequences: [TrainingSequence], layer: Int, data: TokenDataSet, options: GeneratorTrainingOptions,
        configuration: GeneratorConfiguration, isTraining: Bool
    ) -> TokenBatch
    /// Logits of the batch's rows.
    func logits(_ batch: TokenBatch, of network: Network, drop: (Tensor) -> Tensor) -> Tensor
    /// One row a prompt, [prompts, width]: the adapter's pooled text.
    func condition(_ prompts: [Prompt], of network: Network) -> Tensor
    /// Puts tokens that the network itself draws into the committed prefixes.
    func rollOut(_ batch: inout TokenBatch, by network: Network)
}

/// Restores masked tokens of the first codebook: the masked generator.
package struct MaskedTask: GeneratorTask {
    /// Creates the task.
    package init() {}

    /// A network with fresh weights.
    package func network(_ configuration: GeneratorConfiguration, using random: inout SplitMix64) -> MaskedGenerator {
        MaskedGenerator(configuration, using: &random)
    }

    /// Draws as the sampler does.
    package func adjust(_ sampler: inout SequenceSampler) {}

    /// The first codebook.
    package func drawLayer(_ configuration: GeneratorConfiguration, using random: inout SplitMix64) -> Int { 0 }

    /// Sequences with masks: by a cosine of the share in training, half of the tokens otherwise.
    package func batch(
        _ sequences: [TrainingSequence], layer: Int, data: TokenDataSet, options: GeneratorTrainingOptions,
        configuration: GeneratorConfiguration, isTraining: Bool
    ) -> TokenBatch {
        var batch = TokenBatch(layer: layer)
        let (size, mask) = (configuration.codes, configuration.codes)
        for sequence in sequences {
            var random = SplitMix64(seed: sequence.seed)
            let first = batch.count
            let committed = batch.lay(sequence, data: data, options: options, isTraining: isTraining, using: &random)
            let truth = sequence.codes(0)
            let free = truth.count - committed
            var ratio = isTraining ? cos(Float.pi / 2 * Float.random(in: 0..<1, using: &random)) : 0.5
            if isTraining, options.masking == .none { ratio = 1 }
            let order =
                isTraining
                ? Self.order(sequence, from: committed, data: data, options: options, using: &random)
                : Array(0..<free).shuffled(using: &random)
            var isMasked = [Bool](repeating: false, count: truth.count)
            for position in order.prefix(max(1, Int((ratio * Float(free)).rounded()))) {
                isMasked[committed + position] = true
            }
            for (position, code) in truth.enumerated() {
                var shown = code
                if isMasked[position] {
                    batch.rows.append(first + position)
                    batch.targets.append(code)
                    shown = isTraining ? Self.hidden(code, size: size, mask: mask, using: &random) : mask
                } else if isTraining, Float.random(in: 0..<1, using: &random) < options.corruption {
                    shown = Int.random(in: 0..<size, using: &random)
                }
                batch.codes[0].append(shown)
            }
        }
        return batch
    }

    /// What stands in the place of a masked token: a tenth of the time a random code, of the rest mostly the mask.
    private static func hidden(_ code: Int, size: Int, mask: Int, using random: inout SplitMix64) -> Int {
        if Float.random(in: 0..<1, using: &random) < 0.1 { return Int.random(in: 0..<size, using: &random) }
        return Float.random(in: 0..<1, using: &random) < 0.88 ? mask : code
    }

    /// The free tokens in the order in which they are masked.
    private static func order(
        _ sequence: TrainingSequence, from committed: Int, data: TokenDataSet, options: GeneratorTrainingOptions,
        using random: inout SplitMix64
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

    /// Logits of the masked tokens.
    package func logits(_ batch: TokenBatch, of network: MaskedGenerator, drop: (Tensor) -> Tensor) -> Tensor {
        var none: [MixerState] = []
        let hidden = network.hidden(network.prepare(batch.input), ids: batch.codes[0], states: &none, drop: drop)
        return network.head(hidden.gatherRows(batch.rows))
    }

    /// The adapter's pooled text.
    package func condition(_ prompts: [Prompt], of network: MaskedGenerator) -> Tensor { network.condition(prompts) }

    /// Draws a fifth to a half of the committed tokens anew, each from the tokens before it.
    package func rollOut(_ batch: inout TokenBatch, by network: MaskedGenerator) {
        var question = batch
        question.rows = []
        var chances: [Float] = []
        var first = 0
        for (sequence, seed) in zip(batch.input.sequences, batch.seeds) {
            // Another stream of numbers than that of the masks.
            var random = SplitMix64(seed: ~seed)
            let share = Float.random(in: 0.2...0.5, using: &random)
            for row in first..<(first + sequence.committed) where Float.random(in: 0..<1, using: &random) < share {
                question.rows.append(row)
                question.codes[0][row] = network.mask
                chances.append(.random(in: 0..<1, using: &random))
            }
            first += sequence.spans.reduce(0) { $0 + $1.count }
        }
        guard !question.rows.isEmpty else { return }
        let logits = logits(question, of: network) { $0 }
        for (index, row) in question.rows.enumerated() {
            let scores = UnsafeBufferPointer(start: logits.data + index * logits.width, count: logits.width)
            let top = scores.max() ?? 0
            let weights = scores.map { exp($0 - top) }
            var left = chances[index] * weights.reduce(0, +)
            let drawn = weights.firstIndex { weight in
                left -= weight
                return left < 0
            }
            batch.codes[0][row] = drawn ?? 0
        }
    }
}

/// Finds one codebook at every token, the codebooks before it given: the residual generator.
package struct ResidualTask: GeneratorTask {
    /// Creates the task.
    package init() {}

    /// A network with fresh weights.
    package func network(_ configuration: GeneratorConfiguration, using random: inout SplitMix64) -> ResidualGenerator {
        ResidualGenerator(configuration, using: &random)
    }

    /// Texts are dropped more often, twins are of no use.
    package func adjust(_ sampler: inout SequenceSampler) { (sampler.unconditional, sampler.twins) = (0.2, 0) }

    /// A codebook from the second on, the coarser ones more often.
    package func drawLayer(_ configuration: GeneratorConfiguration, using random: inout SplitMix64) -> Int {
        let layers = configuration.quantizers - 1
        let u = Double.random(in: 0..<1, using: &random)
        return min(layers, Int((1 - cos(.pi / 2 * u)) * Double(layers)) + 1)
    }

    /// Sequences with the codes of the codebooks before, some of them replaced in training.
    package func batch(
        _ sequences: [TrainingSequence], layer: Int, data: TokenDataSet, options: GeneratorTrainingOptions,
        configuration: GeneratorConfiguration, isTraining: Bool
    ) -> TokenBatch {
        var batch = TokenBatch(layer: layer)
        for sequence in sequences {
            var random = SplitMix64(seed: sequence.seed)
            _ = batch.lay(sequence, data: data, options: options, isTraining: isTraining, using: &random)
            for earlier in 0..<layer {
                batch.codes[earlier] += sequence.codes(earlier).map { code in
                    guard isTraining, Float.random(in: 0..<1, using: &random) < options.corruption else { return code }
                    return Int.random(in: 0..<configuration.codes, using: &random)
                }
            }
            batch.targets += sequence.codes(layer)
        }
        batch.rows = Array(batch.targets.indices)
        return batch
    }

    /// Logits of all tokens.
    package func logits(_ batch: TokenBatch, of network: ResidualGenerator, drop: (Tensor) -> Tensor) -> Tensor {
        var none: [MixerState] = []
        let input = network.prepare(batch.input, layer: batch.layer)
        let hidden = network.hidden(input, codes: batch.codes, states: &none, drop: drop)
        return network.heads[batch.layer - 1](hidden)
    }

    /// The adapter's pooled text.
    package func condition(_ prompts: [Prompt], of network: ResidualGenerator) -> Tensor { network.condition(prompts) }

    /// Nothing: prefixes keep their codes.
    package func rollOut(_ batch: inout TokenBatch, by network: ResidualGenerator) {}
}
