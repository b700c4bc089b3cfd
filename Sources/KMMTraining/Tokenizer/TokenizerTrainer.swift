import Foundation
import Geometry
import HumanMotion
public import KMM
public import MotionData
public import Tensors

/// Sizes and weights of a tokenizer run.
public struct TokenizerTrainingOptions: Codable, Sendable {
    /// Optimiser steps.
    public var steps = 8000
    /// Windows a step.
    public var batch = 32
    /// Frames of a window; a multiple of four.
    public var window = 64
    /// Peak learning rate.
    public var rate: Float = 4e-4
    /// Weight of the joint positions' own term.
    public var positionWeight: Float = 0.5
    /// Weight of the root's own term (slices 0 to 8).
    public var rootWeight: Float = 2
    /// Weight of the positions that follow from the rotations.
    public var kinematicsWeight: Float = 0.5
    /// Weight of the velocities of feet and wrists in the world: what keeps standing feet from sliding.
    public var velocityWeight: Float = 1
    /// Weight of the root's course over half a second.
    public var courseWeight: Float = 1
    /// Weight of the first and second differences in time: what makes decoded motion smooth.
    public var smoothnessWeight: Float = 1
    /// Trains the decoder alone: codes and latents stay what they are, so that generators trained on them stay valid.
    public var isDecoderOnly = false
    /// Weight of the commitment of latents to their codes.
    public var commitment: Float = 0.02
    /// Probability of leaving the last codebooks out of a step.
    public var quantizerDropout: Float = 0.6
    /// Seed of everything random.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}
}

/// Trains a motion tokenizer on windows of prepared clips.
public final class TokenizerTrainer: Trainer {
    /// What one step reports.
    public struct Report: StepReport {
        /// Names of `values`.
        public static var columns: [String] { ["loss", "gradient", "perplexity"] }
        /// Whole loss.
        public var loss: Float
        /// Norm of the gradient before clipping.
        public var gradientNorm: Float
        /// exp of the entropy of code use in this batch, of each codebook in use.
        public var perplexity: [Float]
        /// Tokens of the step.
        public var tokens: Int
        /// The numbers of the curves.
        public var values: [Float] { [loss, gradientNorm, perplexity[0]] }
    }

    /// The network in training.
    public let tokenizer: MotionTokenizer
    /// Settings.
    public let options: TokenizerTrainingOptions
    /// Steps made so far.
    public var steps: Int { optimizer.steps }

    let optimizer: AdamW
    private(set) var averages: [CodebookAverage]
    private let data: PreparedDataSet
    private let windows: WindowSampler
    private let schedule: WarmupCosine
    private let columnWeights: [Float]
    private let communicator: any Communicator

    /// Starts from fresh weights, normalised by the data's statistics.
    ///
    /// - Throws: `TrainingFailure` when the windows cannot be shared equally among the processes.
    public init(
        data: PreparedDataSet, configuration: TokenizerConfiguration, options: TokenizerTrainingOptions,
        communicator: any Communicator = SingleProcess()
    ) throws {
        guard options.batch.isMultiple(of: communicator.size) else {
            throw TrainingFailure.unequalShares(batch: options.batch, processes: communicator.size)
        }
        self.communicator = communicator
        self.data = data
        self.options = options
        var generator = SplitMix64(seed: options.seed)
        tokenizer = MotionTokenizer(configuration, using: &generator)
        for (column, (mean, deviation)) in zip(data.statistics.mean, data.statistics.deviation).enumerated() {
            tokenizer.mean.data[column] = mean
            tokenizer.deviation.data[column] = deviation
        }
        for codebook in tokenizer.quantizer.codebooks { codebook.setRequiresGradient(false) }
        optimizer = AdamW(
            tokenizer.trainedParameters.filter { !options.isDecoderOnly || $0.name.hasPrefix("decoder.") }, decay: 0)
        if options.isDecoderOnly {
            for (name, tensor) in tokenizer.trainedParameters where name.hasPrefix("encoder.") {
                tensor.setRequiresGradient(false)
            }
        }
        averages = tokenizer.quantizer.codebooks.map { CodebookAverage($0) }
        windows = WindowSampler(clips: data.clips.filter { $0.split == .train }, length: options.window)
        schedule = WarmupCosine(peak: options.rate, warmup: min(500, options.steps / 10 + 1), total: options.steps)
        var weights = [Float](repeating: 1, count: configuration.features)
        let width = Float(configuration.features)
        for column in MotionFeatures.positions {
            weights[column] += options.positionWeight * width / Float(MotionFeatures.positions.count)
        }
        for column in MotionFeatures.rootVelocity.lowerBound..<MotionFeatures.headingStep.upperBound {
            weights[column] += options.rootWeight * width / Float(MotionFeatures.headingStep.upperBound)
        }
        columnWeights = weights
    }

    /// Everything a checkpoint keeps: weights, codebooks with their running means, moments.
    public var state: [(name: String, tensor: Tensor)] {
        tokenizer.parameters + optimizer.state
            + averages.enumerated().flatMap { layer, average in
                [("average.\(layer).counts", average.counts), ("average.\(layer).sums", average.sums)]
            }
    }

    /// Starts from a trained tokenizer: its weights, its codes, each split when there are to be more, and the statistics it was
    /// normalised by.
    ///
    /// - Throws: `TrainingFailure` when the codes cannot be split so, `TensorFileError` when other sizes differ.
    public func start(from file: SafeTensors) throws {
        let known = try ModelFile.configuration(TokenizerConfiguration.self, of: file).codes
        try CodeGrowth(from: known, to: tokenizer.configuration.codes, spread: 0.05).read(tokenizer, from: file)
        for layer in averages.indices { averages[layer].settle() }
    }

    /// Continues after `steps` steps whose state has been put back.
    public func resume(after steps: Int) { optimizer.resume(after: steps) }

    /// One optimiser step; its random numbers depend on the seed and the number of the step only.
    public func step() throws(TrainingFailure) -> Report {
        var generator = SplitMix64(seed: options.seed &* 1_000_003 &+ UInt64(optimizer.steps))
        let (window, width) = (options.window, tokenizer.configuration.features)
        let batch = options.batch / communicator.size
        let raw = Tensor(repeating: 0, shape: [batch * window, width])
        let drawn = (0..<options.batch).map { _ in windows.next(using: &generator) }
        for (sequence, drawn) in drawn.dropFirst(communicator.rank * batch).prefix(batch).enumerated() {
            windows.copy(drawn, of: data, to: raw.data + sequence * window * width)
        }
        let input = tokenizer.normalized(raw.data, frames: batch * window)
        let latents = tokenizer.latents(input, sequences: batch)
        let quantized = quantize(latents, using: &generator)
        let output = tokenizer.features(latents.straightThrough(to: quantized.latents), sequences: batch)
        let body = PredictedBody(output, tokenizer: tokenizer)
        let loss =
            output.smoothL1(to: input, columnWeights: columnWeights)
            + smoothness(output, input) * options.smoothnessWeight
            + ForwardKinematicsLoss()(body, target: raw.data) * options.kinematicsWeight
            + JointVelocityLoss()(body, target: raw.data, window: options.window) * options.velocityWeight
            + CourseLoss()(output, target: input, window: options.window, tokenizer: tokenizer) * options.courseWeight
            + latents.scalar(quantized.commit, slope: quantized.commitSlope) * options.commitment
        let value = communicator.sum([loss.item / Float(communicator.size)])[0]
        try TrainingFailure.check(value, "loss", step: optimizer.steps + 1)
        (loss * (1 / Float(communicator.size))).backward()
        communicator.sumGradients(of: optimizer.parameters)
        let made = optimizer.steps
        let norm = try optimizer.step(rate: schedule.rate(at: optimizer.steps))
        if !options.isDecoderOnly {
            for (layer, (rows, indices)) in quantized.assignments.enumerated() {
                averages[layer].update(rows, indices: indices, step: made, using: &generator)
            }
        }
        return Report(
            loss: value, gradientNorm: norm,
            perplexity: quantized.assignments.map { Self.perplexity($0.indices, codes: tokenizer.configuration.codes) },
            tokens: latents.rows * communicator.size)
    }

    /// Latents as their codes say them, with what training wants to know of the way there.
    private struct Quantized {
        var latents: Tensor
        /// Mean square of what each layer left, and its slope to the latents.
        var commit: Float
        var commitSlope: Tensor
        /// For each layer used, what it was to say, of all processes, and the codes taken for it.
        var assignments: [(rows: Tensor, indices: [Int])]
    }

    private func quantize(_ latents: Tensor, using generator: inout SplitMix64) -> Quantized {
        let used =
            Float.random(in: 0..<1, using: &generator) < options.quantizerDropout
            ? Int.random(in: 1...averages.count, using: &generator) : averages.count
        // All processes quantise the latents of all: counts, sums and fresh codes are then those of the joint batch.
        let first = communicator.rank * latents.rows
        let residual = communicator.gathered(latents, at: first, of: latents.rows * communicator.size)
        let ownResidual = residual.data + first * latents.width
        var quantized = Quantized(
            latents: Tensor(copying: latents.data, shape: latents.shape), commit: 0,
            commitSlope: Tensor(repeating: 0, shape: latents.shape), assignments: [])
        for layer in 0..<used {
            if !options.isDecoderOnly { averages[layer].initialize(from: residual, using: &generator) }
            let indices = tokenizer.quantizer.nearest(residual, layer: layer)
            let before = Tensor(copying: residual.data, shape: residual.shape)
            tokenizer.quantizer.subtract(indices, layer: layer, from: residual)
            let scale = 1 / Float(latents.count * used)
            for index in 0..<latents.count {
                quantized.commit += scale * ownResidual[index] * ownResidual[index]
                quantized.commitSlope.data[index] += 2 * scale * ownResidual[index]
            }
            quantized.assignments.append((before, indices))
        }
        for index in 0..<latents.count { quantized.latents.data[index] -= ownResidual[index] }
        return quantized
    }

    /// Huber loss of the velocities and accelerations of all features, scaled so that a jitter of a few millimetres counts.
    private func smoothness(_ output: Tensor, _ input: Tensor) -> Tensor {
        let scale: Float = 10
        func difference(_ x: Tensor, length: Int) -> Tensor {
            let later = (0..<x.rows).filter { $0 % length > 0 }
            return x.gatherRows(later) + x.gatherRows(later.map { $0 - 1 }) * -1
        }
        let velocities = (
            difference(output * scale, length: options.window), difference(input * scale, length: options.window)
        )
        let accelerations = (
            difference(velocities.0, length: options.window - 1), difference(velocities.1, length: options.window - 1)
        )
        return velocities.0.smoothL1(to: velocities.1) + accelerations.0.smoothL1(to: accelerations.1)
    }

    static func perplexity(_ indices: [Int], codes: Int) -> Float {
        var counts = [Int](repeating: 0, count: codes)
        for index in indices { counts[index] += 1 }
        let entropy = counts.reduce(0.0) { sum, count in
            guard count > 0 else { return sum }
            let p = Double(count) / Double(indices.count)
            return sum - p * log(p)
        }
        return Float(exp(entropy))
    }
}
