import ArgumentParser

/// Everything that scores a model.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Score the models.",
        subcommands: [EvaluateModel.self, EvaluatePredicates.self, EvaluateMetrics.self],
        defaultSubcommand: EvaluateModel.self)
}
