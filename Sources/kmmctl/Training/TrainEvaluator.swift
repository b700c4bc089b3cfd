import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
import KMMTraining
import MotionData
import Tensors
import TextEncoding

struct TrainEvaluator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluator", abstract: "Train a judge of text and motion for `kmmctl evaluate metrics`.",
        discussion: """
            Evaluators of different seeds judge together: put their files into one folder.

            Example:
              kmmctl train evaluator --data prepared --out runs/evaluator --seed 1
            """)

    @OptionGroup var arguments: TrainingArguments

    @Option(help: "Folder of the sentence encoder, which only tells which captions say the same.")
    var textEncoder = ModelPaths().text

    func run() throws {
        var options = EvaluatorTrainingOptions()
        options.steps = arguments.steps ?? options.steps
        options.seed = arguments.seed ?? options.seed
        let place = try arguments.open()
        let encoder = try SentenceEncoder(directory: textEncoder)
        let trainer = try EvaluatorTrainer(place.data, encoder: encoder, options: options)
        place.say("\(trainer.average.parameterCount) parameters")
        let held = try EvaluationSet(place.data, split: .val, encoder: encoder)
        let precision = { RetrievalScore.realData(held, evaluator: trainer.average, seed: 0).precision[2] }
        let validation = TrainingRun.Validation(every: 250, columns: ["val_precision_3"]) { _ in
            let value = precision()
            return ([Float(value)], String(format: "R@3 of real motion %.3f", value))
        }
        try arguments.train(trainer, steps: options.steps, in: place, validation: validation)
        guard place.writes else { return }
        try ModelFile.write(
            trainer.average, configuration: trainer.average.configuration,
            metadata: [
                "sets": place.data.index.sets.joined(separator: ","), "steps": "\(options.steps)",
                "seed": "\(options.seed)", "validation": String(format: "R@3 of real motion %.3f", precision()),
            ], to: arguments.path("evaluator.safetensors"), halfPrecision: true)
    }
}
