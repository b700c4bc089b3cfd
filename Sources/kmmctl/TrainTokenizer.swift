import ArgumentParser
import Foundation
import KMM
import KMMTraining
import Tensors

struct TrainTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Train the motion tokenizer (residual VQ-VAE).")

    @OptionGroup var arguments: TrainingArguments

    @Option(help: "Channels of the convolutions.")
    var width = 256

    @Option(help: "Number of residual codebooks.")
    var quantizers = 3

    @Option(help: "Codes in each codebook; with --from as many as there, or a multiple of them.")
    var codes = 512

    @Option(help: "Windows of 64 frames a step.")
    var batch = 32

    @Option(help: "Weights to start from; new ones unless given.")
    var from: String?

    @Flag(help: "Train the decoder alone, so that codes stay what they are.")
    var decoderOnly = false

    @Option(help: "Peak learning rate.")
    var rate: Float = 4e-4

    func run() throws {
        var options = TokenizerTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? options.seed
        (options.batch, options.isDecoderOnly, options.rate) = (batch, decoderOnly, rate)
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.quantizers, sizes.codes) = (width, quantizers, codes)
        if decoderOnly, from == nil { throw ValidationError("--decoder-only needs the weights --from which to start") }
        let place = try arguments.open()
        let data = place.data
        let trainer = try TokenizerTrainer(
            data: data, configuration: sizes, options: options, communicator: place.communicator)
        if let from { try trainer.start(from: SafeTensors(path: from)) }
        // Said now and not after the first thousand steps.
        _ = try TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val, limit: 1)
        place.say("\(trainer.tokenizer.parameterCount) parameters, \(data.clips.count) clips")
        let validation = TrainingRun.Validation(
            every: 1000, columns: ["val_joint_millimetres", "val_rotation_degrees"]
        ) { step in
            let score = try TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val, limit: 40)
            return (
                [Float(score.jointErrorMillimetres), Float(score.rotationErrorDegrees)], Self.summary(score)
            )
        }
        try arguments.train(trainer, steps: options.steps, in: place, validation: validation)
        guard place.writes else { return }
        let score = try TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val)
        try ModelFile.write(
            trainer.tokenizer, configuration: sizes,
            metadata: [
                "sets": data.index.sets.joined(separator: ","), "steps": "\(options.steps)",
                "validation": Self.summary(score),
            ], to: arguments.path("tokenizer.safetensors"), halfPrecision: true)
        print("validation: \(Self.summary(score))")
        do throws(EmptySplit) {
            let test = try TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .test)
            print("test: \(Self.summary(test))")
        } catch { print("test: not scored, \(error)") }
    }

    static func summary(_ score: TokenizerEvaluation) -> String {
        String(
            format: "joints %.1f mm, rotations %.2f deg, world %.1f mm, jerk ratio %.2f, perplexity ",
            score.jointErrorMillimetres, score.rotationErrorDegrees, score.worldErrorMillimetres, score.jerkRatio)
            + score.perplexity.map { String(format: "%.0f", $0) }.joined(separator: "/")
    }
}
