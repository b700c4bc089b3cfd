import ArgumentParser
import Foundation
import KMM
import KMMTraining
import MotionData
import Service
import Tensors
import TextEncoding

struct TrainLimbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limbs", abstract: "Give a model authored arms, head and trunk to lay over a standing body.",
        discussion: """
            For every action that is authored and that the model has not learnt. What then shows it more often than before \
            goes into the model's exemplars.json and actions.json. Minutes of one core.

            Example:
              kmmctl train limbs --data data --model free
            """)

    @Option(help: "Prepared data set whose people stand underneath.")
    var data: String
    @OptionGroup var source: ModelArguments
    @Option(help: "Folder of the lexicon.")
    var lexicon = "Lexicon"
    @Option(help: "Folder of the authored actions.")
    var actions = "Actions"
    @Option(help: "Motions of a sentence.")
    var each = 2
    @Option(help: "Only these actions, joined by commas.")
    var only: String?
    @Option(help: "Processor cores.")
    var threads = 1
    @Option(help: "Motions of a sentence that are judged.")
    var seeds = 4
    @Option(help: "Folder of exemplars.json and actions.json; the model's unless told.")
    var out: String?

    func validate() throws {
        guard each > 0, threads > 0, seeds > 0 else {
            throw ValidationError("--each, --seeds and --threads have to be 1 or more")
        }
    }

    func run() throws {
        Compute.setThreads(threads)
        let paths = source.paths
        var options = LimbSelection.Options()
        (options.each, options.seeds) = (each, seeds)
        options.only = only.map { Set($0.split(separator: ",").map(String.init)) }
        let generator = try source.generator()
        let selection = try LimbSelection(
            from: URL(fileURLWithPath: actions, isDirectory: true),
            made: ActionStudio(PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))),
            for: generator, lexicon: Lexicon(directory: lexicon),
            learnt: LearntActions(path: paths.actions) ?? LearntActions(actions: [:]), options: options
        ) { found in
            let share = found.share.map { String(format: "%.2f", $0) } ?? "no predicate"
            print("\(found.sentence): \(found.shown) of \(found.candidates), made \(share)")
        }
        print("\(selection.learnt.names.count) of \(selection.learnt.actions.count) actions learnt")
        let folder = out.map { ModelPaths(directory: $0, model: ".") } ?? paths
        try selection.library.write(to: folder.exemplars, tokenizer: generator.tokenizer.configuration)
        try selection.learnt.write(to: folder.actions)
    }
}
