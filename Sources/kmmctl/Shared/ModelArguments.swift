import ArgumentParser
import KMM

/// Which model's weights.
struct ModelArguments: ParsableArguments {
    @Option(help: "Folder of the models.")
    var models = ModelPaths.defaultDirectory
    @Option(help: "Name of the model in it.")
    var model = ModelPaths.defaultModel

    /// Its files.
    var paths: ModelPaths { ModelPaths(directory: models, model: model) }

    /// The generator with its weights.
    func generator() throws -> MotionGenerator { try MotionGenerator(directory: models, model: model) }
}
