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

    @OptionGroup var arguments: SelectionArguments
    @Option(help: "Motions of a sentence.")
    var each = 2

    func validate() throws {
        guard each > 0 else { throw ValidationError("--each has to be 1 or more") }
    }

    func run() throws {
        Compute.setThreads(arguments.threads)
        var options = LimbSelection.Options()
        (options.each, options.seeds, options.only) = (each, arguments.seeds, arguments.names)
        let generator = try arguments.source.generator()
        let selection = try LimbSelection(
            from: arguments.folder, made: ActionStudio(arguments.prepared()), for: generator,
            lexicon: Lexicon(directory: arguments.lexicon), learnt: arguments.learnt(), options: options
        ) { found in
            let share = found.share.map { String(format: "%.2f", $0) } ?? "no predicate"
            print("\(found.sentence): \(found.shown) of \(found.candidates), made \(share)")
        }
        try arguments.write(selection.library, selection.learnt, of: generator)
    }
}
