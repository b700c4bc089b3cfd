public import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
public import KMMTraining
import MotionData
import Tensors
import TextEncoding

/// What the generators' trainings take besides.
struct TokenArguments: ParsableArguments {
    @Option(help: "Trained motion tokenizer.")
    var tokenizer: String

    @Option(help: "Folder of the sentence encoder.")
    var textEncoder = ModelPaths().text

    @Option(help: "Folder of the lexicon, whose sentences and wordings the captions get too; empty for none.")
    var lexicon = "Lexicon"

    @Option(help: "Width of the rows.")
    var width = 256

    @Option(help: "Number of bidirectional Mamba blocks.")
    var depth = 4

    @Option(help: "Sequences a step, over all processes.")
    var batch = 32

    @Option(help: "Sequences run at a time; their gradients add up over a step. All unless given.")
    var microBatch: Int?

    @Option(help: "Weights to start from; new ones unless given.")
    var from: String?

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
        (options.batch, options.microBatch) = (batch, microBatch)
        options.rate = rate ?? options.rate
        options.dropout = dropout ?? options.dropout
        options.decay = decay ?? options.decay
        options.corruption = corruption ?? options.corruption
        options.textNoise = textNoise ?? options.textNoise
        options.wordDropout = wordDropout ?? options.wordDropout
        return options
    }

    /// The data as tokens, and the sizes that follow from the tokenizer.
    func load(
        _ place: TrainingPlace
    ) throws -> (
        train: TokenDataSet, val: TokenDataSet, sizes: GeneratorConfiguration
    ) {
        let data = place.data
        let tokenizer = try MotionTokenizer(path: tokenizer)
        let encoder = try SentenceEncoder(directory: textEncoder)
        place.say("encoding \(data.clips.count) clips")
        let reader = try lexicon.isEmpty ? nil : CommandReader(lexicon: Lexicon(directory: lexicon))
        let train = try TokenDataSet(data, split: .train, tokenizer: tokenizer, encoder: encoder, reader: reader)
        guard !train.items.isEmpty else {
            throw TrainingFailure.nothingToLearn(
                "no clip of the training split has a caption of at least 16 frames; see `kmmctl train prepare`")
        }
        let val = try TokenDataSet(data, split: .val, tokenizer: tokenizer, encoder: encoder)
        // The weights that a run leaves behind are those that validate best.
        guard !val.items.isEmpty else { throw EmptySplit(split: .val, needed: "a caption of at least 16 frames") }
        place.say("\(train.items.count) captioned stretches to train on, \(val.items.count) to validate")
        var sizes = GeneratorConfiguration()
        (sizes.width, sizes.depth) = (width, depth)
        (sizes.codes, sizes.quantizers) = (tokenizer.configuration.codes, tokenizer.configuration.quantizers)
        sizes.latentWidth = tokenizer.configuration.codeWidth
        return (train, val, sizes)
    }
}

struct TrainGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generator", abstract: "Train the masked generator (prefix-causal bidirectional Mamba).",
        discussion: """
            Example:
              kmmctl train generator --data prepared --out runs/generator --tokenizer runs/tokenizer/tokenizer.safetensors
            """)

    @OptionGroup var arguments: TrainingArguments
    @OptionGroup var tokens: TokenArguments

    @Option(help: "How tokens are masked: robust, literal, random or none.")
    var masking = MaskingStrategy.robust

    @Option(help: "How text and motion are aligned: v2, v1 or off.")
    var alignment = AlignmentForm.v2

    @Option(help: "Weight of the text-motion alignment.")
    var alignmentWeight: Float?

    @Option(help: "Share of steps, after the first third, that go on from tokens of the model's own.")
    var rollout: Float?

    @Flag(help: "Scan forward only.")
    var forwardOnly = false

    func run() throws {
        var options = GeneratorTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? options.seed
        (options.masking, options.alignment, options.isForwardOnly) = (masking, alignment, forwardOnly)
        options.alignmentWeight = alignmentWeight ?? options.alignmentWeight
        options.rolloutShare = rollout ?? options.rolloutShare
        options = tokens.apply(to: options)
        let place = try arguments.open()
        let (train, val, sizes) = try tokens.load(place)
        let standing = try StandingPose.codes(in: place.data, tokenizer: MotionTokenizer(path: tokens.tokenizer))
        let trainer = GeneratorTrainer(
            MaskedTask(), data: train, configuration: sizes, options: options, communicator: place.communicator)
        if let from = tokens.from { try trainer.start(from: SafeTensors(path: from)) }
        place.say("\(trainer.generator.parameterCount) parameters")
        var best = BestModel(path: arguments.path("generator.safetensors"), resumes: arguments.resume)
        let validation = TrainingRun.Validation(every: 500, columns: ["val_accuracy", "val_cross_entropy"]) { step in
            let score = GeneratorTrainer.validate(trainer.average, on: val)
            let text = String(
                format: "masked-token accuracy %.1f %%, %.3f nats", 100 * score.accuracy, score.crossEntropy)
            let isBest = try best.offer(
                score.crossEntropy, trainer.average, configuration: sizes,
                metadata: [
                    "sets": place.data.index.sets.joined(separator: ","), "steps": "\(step)", "validation": text,
                    "masking": masking.rawValue, "alignment": alignment.rawValue,
                    MotionGenerator.standingKey: MotionGenerator.standingText(standing),
                ])
            return ([score.accuracy, score.crossEntropy], text + (isBest ? ", kept" : ""))
        }
        try arguments.train(trainer, steps: options.steps, in: place, validation: validation)
    }
}

struct TrainResidual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "residual", abstract: "Train the generator of the residual codebooks.",
        discussion: """
            Example:
              kmmctl train residual --data prepared --out runs/residual --tokenizer runs/tokenizer/tokenizer.safetensors
            """)

    @OptionGroup var arguments: TrainingArguments
    @OptionGroup var tokens: TokenArguments

    func run() throws {
        var options = GeneratorTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? 3
        // What the earlier codebooks leave over is nearly noise, and a model of this size learns it by heart.
        (options.dropout, options.corruption) = (0.3, 0.15)
        options = tokens.apply(to: options)
        // Its motion branch would have no generator of content to teach.
        (options.alignment, options.rolloutShare) = (.off, 0)
        let place = try arguments.open()
        let (train, val, sizes) = try tokens.load(place)
        let trainer = ResidualTrainer(
            ResidualTask(), data: train, configuration: sizes, options: options, communicator: place.communicator)
        if let from = tokens.from { try trainer.start(from: SafeTensors(path: from)) }
        place.say("\(trainer.generator.parameterCount) parameters")
        var best = BestModel(path: arguments.path("residual.safetensors"), resumes: arguments.resume)
        let validation = TrainingRun.Validation(every: 500, columns: ["val_accuracy", "val_cross_entropy"]) { step in
            let scores = ResidualTrainer.validate(trainer.average, on: val)
            let text =
                "accuracy and nats by codebook "
                + scores.map { String(format: "%.1f %% %.3f", 100 * $0.accuracy, $0.crossEntropy) }
                .joined(separator: ", ")
            let nats = scores.reduce(0) { $0 + $1.crossEntropy } / Float(max(scores.count, 1))
            let isBest = try best.offer(
                nats, trainer.average, configuration: sizes,
                metadata: [
                    "sets": place.data.index.sets.joined(separator: ","), "steps": "\(step)", "validation": text,
                ])
            let accuracy = scores.reduce(0) { $0 + $1.accuracy } / Float(max(scores.count, 1))
            return ([accuracy, nats], text + (isBest ? ", kept" : ""))
        }
        try arguments.train(trainer, steps: options.steps, in: place, validation: validation)
    }
}

struct TrainLengths: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lengths", abstract: "Fit the estimate of a sentence's duration.",
        discussion: """
            Example:
              kmmctl train lengths --data prepared --out runs/lengths --tokenizer runs/tokenizer/tokenizer.safetensors
            """)

    @OptionGroup var arguments: TrainingArguments
    @OptionGroup var tokens: TokenArguments

    func run() throws {
        let place = try arguments.open()
        guard place.writes else { return }
        let (train, val, sizes) = try tokens.load(place)
        try FileManager.default.createDirectory(atPath: arguments.out, withIntermediateDirectories: true)
        let (estimator, error) = try LengthTrainer.train(
            on: train, validation: val, steps: arguments.steps ?? 1500, seed: arguments.seed ?? 4)
        let summary = String(format: "mean absolute error of ln(seconds) %.3f", error)
        print("validation: \(summary)")
        try ModelFile.write(
            estimator, configuration: sizes,
            metadata: ["sets": place.data.index.sets.joined(separator: ","), "validation": summary],
            to: arguments.path("lengths.safetensors"), halfPrecision: true)
    }
}

extension MaskingStrategy: ExpressibleByArgument {}
extension AlignmentForm: ExpressibleByArgument {}
