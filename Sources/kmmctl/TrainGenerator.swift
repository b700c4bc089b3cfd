public import ArgumentParser
import Foundation
import KMM
public import KMMTraining
import Tensors
import TextEncoding

/// What the generators' trainings take besides.
struct TokenArguments: ParsableArguments {
    @Option(help: "Trained motion tokenizer.")
    var tokenizer: String

    @Option(help: "Folder of the sentence encoder.")
    var textEncoder = "Models/minilm-l6"

    @Option(help: "Width of the rows.")
    var width = 256

    @Option(help: "Number of bidirectional Mamba blocks.")
    var depth = 4

    @Option(help: "Sequences a step.")
    var batch = 32

    @Option(help: "Peak learning rate.")
    var rate: Float?

    @Option(help: "Dropout on the blocks' outputs.")
    var dropout: Float?

    @Option(help: "Weight decay of the matrices.")
    var decay: Float?

    @Option(help: "Share of visible tokens that are replaced by a random code.")
    var corruption: Float?

    @Option(help: "Noise on sentence embeddings, as a share of their numbers' deviation.")
    var textNoise: Float?

    @Option(help: "Share of words left out of a prompt.")
    var wordDropout: Float?

    /// The options with what was asked for.
    func apply(to options: GeneratorTrainingOptions) -> GeneratorTrainingOptions {
        var options = options
        options.batch = batch
        options.rate = rate ?? options.rate
        options.dropout = dropout ?? options.dropout
        options.decay = decay ?? options.decay
        options.corruption = corruption ?? options.corruption
        options.textNoise = textNoise ?? options.textNoise
        options.wordDropout = wordDropout ?? options.wordDropout
        return options
    }

    /// The data as tokens, and the sizes that follow from the tokenizer.
    func load(_ data: PreparedDataSet) throws -> (train: TokenDataSet, val: TokenDataSet, sizes: GeneratorConfiguration)
    {
        let tokenizer = try MotionTokenizer(path: tokenizer)
        let encoder = try SentenceEncoder(directory: textEncoder)
        print("encoding \(data.clips.count) clips")
        let train = try TokenDataSet(data, split: .train, tokenizer: tokenizer, encoder: encoder)
        let val = try TokenDataSet(data, split: .val, tokenizer: tokenizer, encoder: encoder)
        print("\(train.items.count) captioned stretches to train on, \(val.items.count) to validate")
        var sizes = GeneratorConfiguration()
        (sizes.width, sizes.depth) = (width, depth)
        (sizes.codes, sizes.quantizers) = (tokenizer.configuration.codes, tokenizer.configuration.quantizers)
        sizes.latentWidth = tokenizer.configuration.codeWidth
        return (train, val, sizes)
    }
}

struct TrainGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generator", abstract: "Train the masked generator (prefix-causal bidirectional Mamba).")

    @OptionGroup var arguments: TrainingArguments
    @OptionGroup var tokens: TokenArguments

    @Option(help: "How tokens are masked: robust, literal or random.")
    var masking = MaskingStrategy.robust

    @Option(help: "Weight of the text-motion alignment; 0 switches it off.")
    var alignment: Float = 0.2

    @Flag(help: "Scan forward only.")
    var forwardOnly = false

    func run() throws {
        var options = GeneratorTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? options.seed
        (options.masking, options.alignment) = (masking, alignment)
        options = tokens.apply(to: options)
        options.isForwardOnly = forwardOnly
        let (data, run) = try arguments.open(steps: options.steps)
        let (train, val, sizes) = try tokens.load(data)
        let trainer = GeneratorTrainer(data: train, configuration: sizes, options: options)
        let start = arguments.resume ? try run.resume(trainer.state) : 0
        trainer.resume(after: start)
        print("\(trainer.generator.parameterCount) parameters")
        let standing = try StandingPose.codes(in: data, tokenizer: MotionTokenizer(path: tokens.tokenizer))
        let path = arguments.path("generator.safetensors")
        var best = BestModel(path: path, resumes: start > 0)
        let validate = { (step: Int) in
            let score = GeneratorTrainer.validate(trainer.average, on: val)
            let text = String(
                format: "masked-token accuracy %.1f %%, %.3f nats", 100 * score.accuracy, score.crossEntropy)
            let isBest = try best.offer(score.crossEntropy) { metadata in
                try ModelFile.write(
                    trainer.average, configuration: sizes,
                    metadata: metadata.merging([
                        "sets": data.index.sets.joined(separator: ","), "steps": "\(step)", "validation": text,
                        "masking": masking.rawValue, "alignment": "\(alignment)",
                        MotionGenerator.standingKey: MotionGenerator.standingText(standing),
                    ]) { $1 }, to: path, halfPrecision: true)
            }
            return text + (isBest ? ", kept" : "")
        }
        try run.run(
            from: start, columns: ["loss", "cross_entropy", "alignment", "accuracy"], state: { trainer.state },
            everyReport: { try $0 % 500 == 0 || $0 == options.steps ? " | val \(validate($0))" : "" }
        ) {
            let report = trainer.step()
            return [report.loss, report.crossEntropy, report.alignment, report.accuracy]
        }
    }
}

/// The weights that did best in validation, which are the ones a run leaves behind.
struct BestModel {
    private static let key = "best"
    private var score = Float.infinity

    /// With `resumes`, the score to beat is that of the file.
    init(path: String, resumes: Bool) {
        guard resumes, let text = try? SafeTensors(path: path).metadata[Self.key] else { return }
        score = Float(text) ?? .infinity
    }

    /// Writes when `score` is lower than any before; the metadata handed over has to be stored with the weights.
    mutating func offer(_ score: Float, write: ([String: String]) throws -> Void) throws -> Bool {
        guard score < self.score else { return false }
        try write([Self.key: "\(score)"])
        self.score = score
        return true
    }
}

struct TrainResidual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "residual", abstract: "Train the generator of the residual codebooks.")

    @OptionGroup var arguments: TrainingArguments
    @OptionGroup var tokens: TokenArguments

    func run() throws {
        var options = GeneratorTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? 3
        // What the earlier codebooks leave over is nearly noise, and a model of this size learns it by heart.
        (options.dropout, options.corruption) = (0.3, 0.15)
        options = tokens.apply(to: options)
        let (data, run) = try arguments.open(steps: options.steps)
        let (train, val, sizes) = try tokens.load(data)
        let trainer = ResidualTrainer(data: train, configuration: sizes, options: options)
        let start = arguments.resume ? try run.resume(trainer.state) : 0
        trainer.resume(after: start)
        print("\(trainer.generator.parameterCount) parameters")
        let path = arguments.path("residual.safetensors")
        var best = BestModel(path: path, resumes: start > 0)
        let validate = { (step: Int) in
            let scores = ResidualTrainer.validate(trainer.average, on: val)
            let text =
                "accuracy and nats by codebook "
                + scores.map { String(format: "%.1f %% %.3f", 100 * $0.accuracy, $0.crossEntropy) }
                .joined(separator: ", ")
            let isBest = try best.offer(scores.reduce(0) { $0 + $1.crossEntropy }) { metadata in
                try ModelFile.write(
                    trainer.average, configuration: sizes,
                    metadata: metadata.merging([
                        "sets": data.index.sets.joined(separator: ","), "steps": "\(step)", "validation": text,
                    ]) { $1 }, to: path, halfPrecision: true)
            }
            return text + (isBest ? ", kept" : "")
        }
        try run.run(
            from: start, columns: ["loss", "accuracy"], state: { trainer.state },
            everyReport: { try $0 % 500 == 0 || $0 == options.steps ? " | val \(validate($0))" : "" }
        ) {
            let report = trainer.step()
            return [report.loss, report.accuracy]
        }
    }
}

struct TrainLengths: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lengths", abstract: "Fit the estimate of a sentence's duration.")

    @OptionGroup var arguments: TrainingArguments
    @OptionGroup var tokens: TokenArguments

    func run() throws {
        let (data, _) = try arguments.open(steps: arguments.steps ?? 1500)
        let (train, val, sizes) = try tokens.load(data)
        let (estimator, error) = LengthTrainer.train(
            on: train, validation: val, steps: arguments.steps ?? 1500, seed: arguments.seed ?? 4)
        let summary = String(format: "mean absolute error of ln(seconds) %.3f", error)
        print("validation: \(summary)")
        try ModelFile.write(
            estimator, configuration: sizes,
            metadata: ["sets": data.index.sets.joined(separator: ","), "validation": summary],
            to: arguments.path("lengths.safetensors"))
    }
}

extension MaskingStrategy: ExpressibleByArgument {}
