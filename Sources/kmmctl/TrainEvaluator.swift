import ArgumentParser
import Foundation
import KMM
import KMMTraining
import Tensors
import TextEncoding

struct TrainEvaluator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluator", abstract: "Train a judge of text and motion for `kmmctl evaluate metrics`.",
        discussion: "Three evaluators of different seeds judge together: `--seed 1 --out e1`, and so on.")

    @OptionGroup var arguments: TrainingArguments

    @Option(help: "Folder of the sentence encoder, which only tells which captions say the same.")
    var textEncoder = "Models/minilm-l6"

    func run() throws {
        var options = EvaluatorTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? options.seed
        let (data, run) = try arguments.open(steps: options.steps)
        let encoder = try SentenceEncoder(directory: textEncoder)
        let trainer = try EvaluatorTrainer(data, encoder: encoder, options: options)
        let start = arguments.resume ? try run.resume(trainer.state) : 0
        trainer.resume(after: start)
        print("\(trainer.average.parameterCount) parameters")
        let validation = try EvaluationSet(data, split: .val, encoder: encoder)
        let precision = {
            String(
                format: "R@3 of real motion %.3f",
                RetrievalScore.realData(validation, evaluator: trainer.average, seed: 0).precision[2])
        }
        try run.run(
            from: start, columns: ["alignment", "reconstruction"], state: { trainer.state },
            everyReport: { $0 % 250 == 0 ? " | val \(precision())" : "" }
        ) {
            let (alignment, reconstruction) = trainer.step()
            return [alignment, reconstruction]
        }
        try ModelFile.write(
            trainer.average, configuration: trainer.average.configuration,
            metadata: [
                "sets": data.index.sets.joined(separator: ","), "steps": "\(options.steps)", "seed": "\(options.seed)",
                "validation": precision(),
            ], to: arguments.path("evaluator.safetensors"), halfPrecision: true)
    }
}
