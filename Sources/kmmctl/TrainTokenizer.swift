import ArgumentParser
import Foundation
import KMM
import KMMTraining
import Tensors

/// What every training takes.
struct TrainingArguments: ParsableArguments {
    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String

    @Option(help: "Folder of the run: checkpoint, curves and, at the end, the weights.")
    var out: String

    @Flag(help: "Go on from the run's checkpoint.")
    var resume = false

    @Option(help: "Processor cores to use.")
    var threads = 2

    @Option(help: "Stop after this many optimiser steps.")
    var steps: Int?

    @Option(help: "Seed of everything random.")
    var seed: UInt64?

    /// Opens the data and the run's folder.
    func open(steps: Int) throws -> (data: PreparedDataSet, run: TrainingRun) {
        Compute.setThreads(threads)
        Compute.retainFreedMemory()
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        return (data, try TrainingRun(directory: URL(fileURLWithPath: out, isDirectory: true), steps: steps))
    }

    func path(_ name: String) -> String { URL(fileURLWithPath: out).appendingPathComponent(name).path }
}

struct TrainTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Train the motion tokenizer (residual VQ-VAE).")

    @OptionGroup var arguments: TrainingArguments

    @Option(help: "Channels of the convolutions.")
    var width = 256

    @Option(help: "Number of residual codebooks.")
    var quantizers = 3

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
        (sizes.width, sizes.quantizers) = (width, quantizers)
        if decoderOnly, from == nil { throw ValidationError("--decoder-only needs the weights --from which to start") }
        let (data, run) = try arguments.open(steps: options.steps)
        let trainer = try TokenizerTrainer(data: data, configuration: sizes, options: options)
        if let from { try trainer.start(from: SafeTensors(path: from)) }
        let start = arguments.resume ? try run.resume(trainer.state) : 0
        trainer.resume(after: start)
        print("\(trainer.tokenizer.parameterCount) parameters, \(data.clips.count) clips")
        try run.run(
            from: start, columns: ["loss", "gradient", "perplexity"], state: { trainer.state },
            everyReport: { step in
                guard step % 1000 == 0 else { return "" }
                let score = TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val, limit: 40)
                return " | val \(Self.summary(score))"
            }
        ) {
            let report = trainer.step()
            return [report.loss, report.gradientNorm, report.perplexity[0]]
        }
        let score = TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .val)
        try ModelFile.write(
            trainer.tokenizer, configuration: sizes,
            metadata: [
                "sets": data.index.sets.joined(separator: ","), "steps": "\(options.steps)",
                "validation": Self.summary(score),
            ], to: arguments.path("tokenizer.safetensors"), halfPrecision: true)
        print("validation: \(Self.summary(score))")
        let test = TokenizerEvaluation(of: trainer.tokenizer, on: data, split: .test)
        print("test: \(Self.summary(test))")
    }

    static func summary(_ score: TokenizerEvaluation) -> String {
        String(
            format: "joints %.1f mm, rotations %.2f deg, world %.1f mm, jerk ratio %.2f, perplexity ",
            score.jointErrorMillimetres, score.rotationErrorDegrees, score.worldErrorMillimetres, score.jerkRatio)
            + score.perplexity.map { String(format: "%.0f", $0) }.joined(separator: "/")
    }
}
