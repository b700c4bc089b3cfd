import ArgumentParser
import Foundation
import KMM
import KMMTraining
import MotionData
import Service
import Tensors
import TextEncoding

struct TrainExemplars: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exemplars", abstract: "Choose the recorded and authored motions that a model follows.",
        discussion: """
            For every action of the lexicon those stretches of the training data are taken whose captions the reader of texts \
            takes for it, and whose reconstruction by the model's tokenizer shows it. Sets whose licence asks for the same \
            licence are left out, as the codes of a clip are still the clip.

            Example:
              kmmctl train exemplars --data prepared --model free
            """)

    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String
    @OptionGroup var source: ModelArguments
    @Option(help: "Folder of the lexicon.")
    var lexicon = "Lexicon"
    @Option(help: "Motions of a sentence.")
    var each = 6
    @Option(help: "Data sets that are left out, joined by commas.")
    var without = "hdm05"
    @Option(help: "Processor cores.")
    var threads = 1
    @Option(help: "Seeds with which each way to do an action is tried.")
    var seeds = 3
    @Option(help: "Folder of exemplars.json and actions.json; the model's unless told.")
    var out: String?

    func validate() throws {
        guard each > 0, threads > 0 else { throw ValidationError("--each and --threads have to be 1 or more") }
    }

    func run() throws {
        Compute.setThreads(threads)
        let paths = source.paths
        let generator = try source.generator()
        let reader = try TextReader(lexicon: lexicon, model: paths, encoder: generator.encoder)
        var options = ExemplarSelection.Options()
        options.each = each
        options.without = Set(without.split(separator: ",").map(String.init))
        let selection = try ExemplarSelection(
            from: PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true)), for: generator,
            reader: reader.commands, options: options
        ) { found in
            print(
                "\(found.sentence): \(found.shown) of \(found.candidates)\t\(found.predicates.joined(separator: ","))")
        }
        generator.exemplars = ExemplarLibrary()
        let measured = try ActionMeasurement(
            of: generator, following: selection, lexicon: reader.commands.lexicon, seeds: seeds
        ) { trial in
            let followed = trial.followed.map { String(format: ", exemplars %.2f", $0) } ?? ""
            let prompt = trial.prompt.map { String(format: ", \"\($0)\" %.2f", trial.best) } ?? ""
            let alone = trial.alone.map { String(format: " alone %.2f", $0) } ?? ""
            print("\(trial.sentence):\(alone)\(followed)\(prompt)")
        }
        let entries = measured.library.entries
        print("\(entries.count) sentences, \(entries.values.reduce(0) { $0 + $1.exemplars.count }) motions")
        print("\(measured.learnt.names.count) of \(measured.learnt.actions.count) actions learnt")
        let folder = out.map { ModelPaths(directory: $0, model: ".") } ?? paths
        try measured.library.write(to: folder.exemplars, tokenizer: generator.tokenizer.configuration)
        try measured.learnt.write(to: folder.actions)
    }
}
