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
        (options.batch, options.masking, options.alignment) = (tokens.batch, masking, alignment)
        options.isForwardOnly = forwardOnly
        let (data, run) = try arguments.open(steps: options.steps)
        let (train, val, sizes) = try tokens.load(data)
        let trainer = GeneratorTrainer(data: train, configuration: sizes, options: options)
        let start = arguments.resume ? try run.resume(trainer.state) : 0
        trainer.resume(after: start)
        print("\(trainer.generator.parameterCount) parameters")
        let validate = {
            let score = GeneratorTrainer.validate(trainer.average, on: val)
            return String(format: "masked-token accuracy %.1f %%, %.3f nats", 100 * score.accuracy, score.crossEntropy)
        }
        try run.run(
            from: start, columns: ["loss", "cross_entropy", "alignment", "accuracy"], state: { trainer.state },
            everyReport: { $0 % 500 == 0 ? " | val \(validate())" : "" }
        ) {
            let report = trainer.step()
            return [report.loss, report.crossEntropy, report.alignment, report.accuracy]
        }
        let score = validate()
        print("validation: \(score)")
        let standing = try StandingPose.codes(in: data, tokenizer: MotionTokenizer(path: tokens.tokenizer))
        try ModelFile.write(
            trainer.average, configuration: sizes,
            metadata: [
                "sets": data.index.sets.joined(separator: ","), "steps": "\(options.steps)", "validation": score,
                "masking": masking.rawValue, "alignment": "\(alignment)",
                MotionGenerator.standingKey: MotionGenerator.standingText(standing),
            ], to: arguments.path("generator.safetensors"), halfPrecision: true)
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
        options.batch = tokens.batch
        let (data, run) = try arguments.open(steps: options.steps)
        let (train, val, sizes) = try tokens.load(data)
        let trainer = ResidualTrainer(data: train, configuration: sizes, options: options)
        let start = arguments.resume ? try run.resume(trainer.state) : 0
        trainer.resume(after: start)
        print("\(trainer.generator.parameterCount) parameters")
        let validate = {
            "accuracy by codebook "
                + ResidualTrainer.validate(trainer.average, on: val).map { String(format: "%.1f %%", 100 * $0) }
                .joined(separator: ", ")
        }
        try run.run(
            from: start, columns: ["loss", "accuracy"], state: { trainer.state },
            everyReport: { $0 % 500 == 0 ? " | val \(validate())" : "" }
        ) {
            let report = trainer.step()
            return [report.loss, report.accuracy]
        }
        let score = validate()
        print("validation: \(score)")
        try ModelFile.write(
            trainer.average, configuration: sizes,
            metadata: [
                "sets": data.index.sets.joined(separator: ","), "steps": "\(options.steps)", "validation": score,
            ], to: arguments.path("residual.safetensors"), halfPrecision: true)
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
