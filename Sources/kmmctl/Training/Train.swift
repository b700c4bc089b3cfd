import ArgumentParser

/// Everything that makes a model from data.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Prepare data and train the models.",
        subcommands: [
            TrainPrepare.self, TrainAuthor.self, TrainTokenizer.self, TrainGenerator.self, TrainResidual.self,
            TrainLengths.self, TrainEvaluator.self, TrainUnderstanding.self, TrainExemplars.self, TrainLimbs.self,
            TrainExact.self,
        ])
}
