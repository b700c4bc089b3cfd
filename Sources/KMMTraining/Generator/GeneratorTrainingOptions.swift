import Geometry
import KMM

/// How the tokens to restore are chosen in training.
public enum MaskingStrategy: String, Codable, Sendable, CaseIterable {
    /// Half of the steps by key-frame order (median bandwidth, drawn around the scores), half at random.
    case robust
    /// Always the key frames of the paper's literal equations.
    case literal
    /// Always at random.
    case random
    /// No choice: everything but the committed prefix is masked at once.
    case none
}

/// How text and motion are pulled together.
public enum AlignmentForm: String, Codable, Sendable, CaseIterable {
    /// Not at all.
    case off
    /// The paper's first form: plain scalar products, no temperature.
    case v1
    /// Its second form: unit vectors and a learned temperature.
    case v2
}

/// Sizes, weights and switches of a generator run.
public struct GeneratorTrainingOptions: Codable, Sendable {
    /// Optimiser steps.
    public var steps = 8000
    /// Sequences a step, over all processes.
    public var batch = 32
    /// Sequences that are run at a time; gradients add up over a step. nil: as many as each process has.
    public var microBatch: Int?
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
    /// How text and motion are aligned.
    public var alignment = AlignmentForm.v2
    /// Weight of the alignment loss.
    public var alignmentWeight: Float = 0.2
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
    /// Share of steps, after the first third, whose committed prefixes hold tokens that the running mean of the weights has
    /// drawn: what the model continues when it streams.
    public var rolloutShare: Float = 0.25
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
