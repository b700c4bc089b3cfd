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

    @OptionGroup var arguments: SelectionArguments
    @Option(help: "Motions of a sentence.")
    var each = 3
    @Option(help: "Actions that are made anew though the model has learnt them, joined by commas.")
    var also = ""
    @Flag(help: "Also show as recorded what the model follows already.")
    var recorded = false

    func validate() throws {
        guard each > 0 else { throw ValidationError("--each has to be 1 or more") }
    }

    func run() throws {
        Compute.setThreads(arguments.threads)
        var options = ExactSelection.Options()
        (options.each, options.seeds, options.only) = (each, arguments.seeds, arguments.names)
        options.also = Set(also.split(separator: ",").map(String.init))
        let generator = try arguments.source.generator()
        let prepared = try arguments.prepared()
        if recorded {
            let shown = RecordedExemplars(of: generator, in: prepared)
            print("\(shown.sentences.shown) of \(shown.sentences.all) sentences are shown as recorded")
            generator.exemplars = shown.library
        }
        let selection = try ExactSelection(
            from: arguments.folder, data: prepared, for: generator, lexicon: Lexicon(directory: arguments.lexicon),
            learnt: arguments.learnt(), options: options
        ) { found in
            let share = found.share.map { String(format: "%.2f", $0) } ?? "no predicate"
            let predicates = found.predicates.joined(separator: ",")
            print("\(found.sentence): \(found.shown) of \(found.candidates), made \(share)\t\(predicates)")
        }
        try arguments.write(selection.library, selection.learnt, of: generator)
    }
}
