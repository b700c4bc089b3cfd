import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
import KMMTraining
import MotionData
import Tensors

struct TrainTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Train the motion tokenizer (residual VQ-VAE).",
        discussion: """
            Example:
              kmmctl train tokenizer --data prepared --out runs/tokenizer
            """)

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
        place.say("\(trainer.tokenizer.parameterCount) parameters, \(data.clips.count) clips")
        let columns = ["val_joint_millimetres", "val_rotation_degrees"]
        var validation: TrainingRun.Validation? = .init(every: 1000, columns: columns) { _ in
            let score = try TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val, limit: 40)
            return (
                [Float(score.jointErrorMillimetres), Float(score.rotationErrorDegrees)], Self.summary(score)
            )
        }
        do throws(EmptySplit) {
            _ = try TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val, limit: 1)
        } catch {
            place.say("trained without validation: \(error)")
            validation = nil
        }
        try arguments.train(trainer, steps: options.steps, in: place, validation: validation)
        guard place.writes else { return }
        let scores = [DataSplit.val, .test].map { (split: $0, text: summary(of: trainer.tokenizer, on: data, $0)) }
        try ModelFile.write(
            trainer.tokenizer, configuration: sizes,
            metadata: [
                "sets": data.index.sets.joined(separator: ","), "steps": "\(options.steps)",
                "validation": scores[0].text,
            ], to: arguments.path("tokenizer.safetensors"), halfPrecision: true)
        for (split, text) in scores { print("\(split.rawValue): \(text)") }
    }

    /// The scores of a split, or that it has nothing to score.
    private func summary(of tokenizer: MotionTokenizer, on data: PreparedDataSet, _ split: DataSplit) -> String {
        do throws(EmptySplit) {
            return Self.summary(try TokenizerEvaluation(of: tokenizer, on: data, split: split))
        } catch { return "not scored, \(error)" }
    }

    static func summary(_ score: TokenizerEvaluation) -> String {
        String(
            format: "joints %.1f mm, rotations %.2f deg, world %.1f mm, skating %.1f cm/s (recorded %.1f), "
                + "jerk ratio %.2f, perplexity ",
            score.jointErrorMillimetres, score.rotationErrorDegrees, score.worldErrorMillimetres,
            score.decodedBody.skating, score.recordedBody.skating, score.jerkRatio)
            + score.perplexity.map { String(format: "%.0f", $0) }.joined(separator: "/")
    }
}
