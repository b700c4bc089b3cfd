import ArgumentParser

/// Everything that scores a model.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Score the models.",
        subcommands: [
            EvaluateMetrics.self, EvaluatePredicates.self, EvaluateLanguage.self, EvaluateModel.self,
            EvaluateTokenizer.self,
        ],
        defaultSubcommand: EvaluateMetrics.self)
}
