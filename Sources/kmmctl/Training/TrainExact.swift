import ArgumentParser
import Foundation
import KMM
import KMMTraining
import MotionData
import Service
import Tensors
import TextEncoding

struct TrainExact: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exact", abstract: "Give a model recorded and authored motions to follow as they are.",
        discussion: """
            For every action that the model has not learnt and that is authored, or of which Recorded/cuts.json names \
            pieces of recorded clips: the whole body, its way over the floor, and the codes by which the model knows what was \
            done and goes on. What shows the action goes into the model's exemplars.json and actions.json. Minutes of one core.

            Example:
              kmmctl train exact --data prepared --model free
            """)

    @Option(help: "Prepared data set, with the recorded clips.")
    var data: String
    @OptionGroup var source: ModelArguments
    @Option(help: "Folder of the lexicon.")
    var lexicon = "Lexicon"
    @Option(help: "Folder of the authored actions.")
    var actions = "Actions"
    @Option(help: "Motions of a sentence.")
    var each = 3
    @Option(help: "Only these actions, joined by commas.")
    var only: String?
    @Option(help: "Actions that are made anew though the model has learnt them, joined by commas.")
    var also = ""
    @Flag(help: "Also show as recorded what the model follows already.")
    var recorded = false
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
        var options = ExactSelection.Options()
        (options.each, options.seeds) = (each, seeds)
        options.also = Set(also.split(separator: ",").map(String.init))
        options.only = only.map { Set($0.split(separator: ",").map(String.init)) }
        let generator = try source.generator()
        let prepared = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        let lexicon = try Lexicon(directory: lexicon)
        if recorded {
            let shown = RecordedExemplars(of: generator, in: prepared)
            print("\(shown.sentences.shown) of \(shown.sentences.all) sentences are shown as recorded")
            generator.exemplars = shown.library
        }
        let selection = try ExactSelection(
            from: URL(fileURLWithPath: actions, isDirectory: true), data: prepared, for: generator, lexicon: lexicon,
            learnt: LearntActions(path: paths.actions) ?? LearntActions(actions: [:]), options: options
        ) { found in
            let share = found.share.map { String(format: "%.2f", $0) } ?? "no predicate"
            let predicates = found.predicates.joined(separator: ",")
            print("\(found.sentence): \(found.shown) of \(found.candidates), made \(share)\t\(predicates)")
        }
        print("\(selection.learnt.names.count) of \(selection.learnt.actions.count) actions learnt")
        let folder = out.map { ModelPaths(directory: $0, model: ".") } ?? paths
        try selection.library.write(to: folder.exemplars, tokenizer: generator.tokenizer.configuration)
        try selection.learnt.write(to: folder.actions)
    }
}
