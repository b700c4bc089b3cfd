import ArgumentParser
import Foundation
import KMM
import MotionData
import Service
import Tensors

/// What every choice of motions to follow asks.
struct SelectionArguments: ParsableArguments {
    @Option(help: "Prepared data set, with the clips of people.")
    var data: String
    @OptionGroup var source: ModelArguments
    @Option(help: "Folder of the lexicon.")
    var lexicon = "Lexicon"
    @Option(help: "Folder of the authored actions.")
    var actions = "Actions"
    @Option(help: "Only these actions, joined by commas.")
    var only: String?
    @Option(help: "Processor cores.")
    var threads = 1
    @Option(help: "Motions of a sentence that are judged.")
    var seeds = 4
    @Option(help: "Folder of exemplars.json and actions.json; the model's unless told.")
    var out: String?

    func validate() throws {
        guard threads > 0, seeds > 0 else { throw ValidationError("--seeds and --threads have to be 1 or more") }
    }

    /// The actions that were named; nil for all.
    var names: Set<String>? { only.map { Set($0.split(separator: ",").map(String.init)) } }
    /// Where authored actions lie.
    var folder: URL { URL(fileURLWithPath: actions, isDirectory: true) }

    /// The prepared data.
    func prepared() throws -> PreparedDataSet {
        try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
    }

    /// What the model has learnt so far.
    func learnt() throws -> LearntActions {
        try LearntActions(path: source.paths.actions) ?? LearntActions(actions: [:])
    }

    /// Writes what was chosen, and says how many actions are learnt.
    func write(_ library: ExemplarLibrary, _ learnt: LearntActions, of generator: MotionGenerator) throws {
        print("\(learnt.names.count) of \(learnt.actions.count) actions learnt")
        let folder = out.map { ModelPaths(directory: $0, model: ".") } ?? source.paths
        try library.write(to: folder.exemplars, tokenizer: generator.tokenizer.configuration)
        try learnt.write(to: folder.actions)
    }
}
