import Foundation
import Geometry
package import KMM
package import Tensors

/// Trains the masked generator with its alignment branch.
package typealias GeneratorTrainer = SequenceTrainer<MaskedTask>
/// Trains the residual generator.
package typealias ResidualTrainer = SequenceTrainer<ResidualTask>

/// Trains a generator on token sequences, in micro-batches that may be spread over processes.
///
/// Every process draws all sequences of a step and works on its share of the micro-batches; the masks of a sequence depend on
/// its own seed. So, dropout apart, any division of a batch makes the same step.
package final class SequenceTrainer<Task: GeneratorTask>: Trainer {
    /// What one step reports.
    package struct Report: StepReport {
        /// Names of `values`.
        package static var columns: [String] { ["loss", "cross_entropy", "alignment", "accuracy"] }
        /// Whole loss.
        package var loss: Float = 0
        /// Cross entropy of the tokens to find, nats.
        package var crossEntropy: Float = 0
        /// Contrastive loss of text and motion, nats; 0 when switched off.
        package var alignment: Float = 0
        /// Share of tokens whose likeliest code is the right one.
        package var accuracy: Float = 0
        /// Tokens of the step.
        package var tokens = 0
        /// The numbers of the curves.
        package var values: [Float] { [loss, crossEntropy, alignment, accuracy] }
    }

    /// The network in training.
    package let generator: Task.Network
    /// Its running mean: what is evaluated and shipped.
    package let average: Task.Network
    /// Settings.
    package let options: GeneratorTrainingOptions
    /// Steps made so far.
    package var steps: Int { optimizer.steps }

    private let task: Task
    private let configuration: GeneratorConfiguration
    private let optimizer: AdamW
    private let averaging: ParameterAverage
    private let alignment: AlignmentLoss
    private let data: TokenDataSet
    private let sampler: SequenceSampler
    private let schedule: WarmupCosine
    private let communicator: any Communicator

    /// Starts from fresh weights.
    package init(
        _ task: Task, data: TokenDataSet, configuration: GeneratorConfiguration, options: GeneratorTrainingOptions,
        communicator: any Communicator = SingleProcess()
    ) {
        self.task = task
        self.data = data
        self.configuration = configuration
        self.options = options
        self.communicator = communicator
        var random = SplitMix64(seed: options.seed)
        generator = task.network(configuration, using: &random)
        average = task.network(configuration, using: &random)
        alignment = AlignmentLoss(
            head: AlignmentHead(configuration, using: &random), form: options.alignment,
            weight: options.alignmentWeight, similarity: PromptSimilarity(data))
        averaging = ParameterAverage(of: generator, into: average, decay: options.averageDecay)
        var parameters = generator.parameters
        if options.alignment != .off { parameters += alignment.parameters }
        optimizer = AdamW(parameters, decay: options.decay)
        var sampler = SequenceSampler(data: data)
        task.adjust(&sampler)
        self.sampler = sampler
        schedule = WarmupCosine(peak: options.rate, warmup: min(500, options.steps / 10 + 1), total: options.steps)
    }

    /// Everything a checkpoint keeps: weights, their running means, moments.
    package var state: [(name: String, tensor: Tensor)] {
        generator.parameters + average.parameters.map { ("average." + $0.name, $0.tensor) } + alignment.parameters
            + optimizer.state
    }

    /// Starts from trained weights, of which its running mean starts too.
    ///
    /// When the codebooks have grown since, each code's rows are those of the code it came from.
    ///
    /// - Throws: `TensorFileError` when they belong to a network of other sizes, naming the tensor.
    package func start(from file: SafeTensors) throws {
        let known = try ModelFile.configuration(GeneratorConfiguration.self, of: file).codes
        let growth = try CodeGrowth(from: known, to: configuration.codes)
        for network in [generator, average] { try growth.read(network, from: file) }
    }

    /// Continues after `steps` steps whose state has been put back.
    package func resume(after steps: Int) {
        optimizer.resume(after: steps)
        averaging.resume(after: steps)
    }

    /// One optimiser step; its random numbers depend on the seed and the number of the step only.
    package func step() throws(TrainingFailure) -> Report {
        var random = SplitMix64(seed: options.seed &* 1_000_003 &+ UInt64(optimizer.steps))
        let layer = task.drawLayer(configuration, using: &random)
        let rollsOut =
            3 * steps >= options.steps && Float.random(in: 0..<1, using: &random) < options.rolloutShare
        let sequences = sampler.batch(options.batch, using: &random)
        let share = (options.batch + communicator.size - 1) / communicator.size
        let micro = max(1, min(options.microBatch ?? share, options.batch))
        let units = stride(from: 0, to: options.batch, by: micro).map {
            Array(sequences[$0..<min($0 + micro, options.batch)])
        }
        var own = units.enumerated().compactMap { unit, sequences -> (unit: Int, batch: TokenBatch)? in
            guard unit % communicator.size == communicator.rank else { return nil }
            var batch = task.batch(
                sequences, layer: layer, data: data, options: options, configuration: configuration, isTraining: true)
            if rollsOut { task.rollOut(&batch, by: average) }
            return (unit, batch)
        }

        var report = Report()
        if options.alignment != .off {
            report.alignment = alignment.backward(
                units: units, own: own.map { ($0.unit, task.condition($0.batch.input.prompts, of: generator)) },
                latentWidth: data.latentWidth, communicator: communicator)
        }
        // Every token counts alike, in whichever micro-batch it is.
        let total = communicator.sum([Float(own.reduce(0) { $0 + $1.batch.rows.count })])[0]
        var sums: [Float] = [0, 0, 0]
        while let (_, batch) = own.popLast() {
            var random = SplitMix64(seed: batch.seeds[0])
            let logits = task.logits(batch, of: generator) { $0.dropout(options.dropout, using: &random) }
            let loss =
                logits.crossEntropy(batch.targets, smoothing: options.smoothing)
                * (Float(batch.rows.count) / max(total, 1))
            sums[0] += loss.item
            sums[1] += logits.accuracy(batch.targets) * Float(batch.rows.count) / max(total, 1)
            sums[2] += Float(batch.count)
            loss.backward()
        }
        sums = communicator.sum(sums)
        (report.crossEntropy, report.accuracy, report.tokens) = (sums[0], sums[1], Int(sums[2]))
        report.loss = report.crossEntropy + options.alignmentWeight * report.alignment
        try TrainingFailure.check(report.loss, "loss", step: optimizer.steps + 1)
        communicator.sumGradients(of: optimizer.parameters)
        try optimizer.step(rate: schedule.rate(at: optimizer.steps))
        averaging.update()
        return report
    }

    /// Accuracy and cross entropy of a network on another split, by codebook: half of the tokens masked at random, or the
    /// codebooks before given as they are.
    package static func validate(
        _ task: Task, _ generator: Task.Network, configuration: GeneratorConfiguration, on data: TokenDataSet,
        layer: Int, limit: Int = 256
    ) -> (accuracy: Float, crossEntropy: Float) {
        var random = SplitMix64(seed: 5)
        var sampler = SequenceSampler(data: data)
        (sampler.chained, sampler.unconditional, sampler.twins, sampler.reworded) = (0, 0, 0, 0)
        var (right, entropy, total) = (Float(0), Float(0), Float(0))
        for start in stride(from: 0, to: min(limit, data.items.count), by: 16) {
            let sequences = (start..<min(start + 16, limit, data.items.count)).map { _ in
                sampler.sequence(Int.random(in: 0..<data.items.count, using: &random), using: &random)
            }
            let batch = task.batch(
                sequences, layer: layer, data: data, options: GeneratorTrainingOptions(), configuration: configuration,
                isTraining: false)
            let logits = task.logits(batch, of: generator) { $0 }
            let weight = Float(batch.rows.count)
            right += weight * logits.accuracy(batch.targets)
            entropy += weight * logits.crossEntropy(batch.targets).item
            total += weight
        }
        return (right / max(total, 1), entropy / max(total, 1))
    }
}

extension SequenceTrainer<MaskedTask> {
    /// Accuracy and cross entropy on another split, half of the tokens masked at random.
    package static func validate(
        _ generator: MaskedGenerator, on data: TokenDataSet, limit: Int = 256
    ) -> (accuracy: Float, crossEntropy: Float) {
        validate(
            MaskedTask(), generator, configuration: generator.configuration, on: data, layer: 0, limit: limit)
    }
}

extension SequenceTrainer<ResidualTask> {
    /// Accuracy and cross entropy of every codebook from the second on, on another split, the codebooks before given.
    package static func validate(
        _ generator: ResidualGenerator, on data: TokenDataSet, limit: Int = 256
    ) -> [(accuracy: Float, crossEntropy: Float)] {
        (1..<max(generator.configuration.quantizers, 1)).map { layer in
            validate(
                ResidualTask(), generator, configuration: generator.configuration, on: data, layer: layer,
                limit: limit)
        }
    }
}

extension Tensor {
    /// Share of rows whose largest number stands at the target.
    func accuracy(_ targets: [Int]) -> Float {
        var right = 0
        for (row, target) in targets.enumerated() {
            let values = UnsafeBufferPointer(start: data + row * width, count: width)
            if values.indices.max(by: { values[$0] < values[$1] }) == target { right += 1 }
        }
        return Float(right) / Float(max(targets.count, 1))
    }
}
