/// Where the files of a model lie: in a folder with the model's name below the folder of the models; the sentence encoder, which all
/// models share, lies beside them.
public struct ModelPaths: Hashable, Sendable {
    /// Name of the model that is taken when none is named: its data may be used commercially.
    public static let defaultModel = "free"
    /// Folder of the models in a checkout.
    public static let defaultDirectory = "Models"

    /// Folder of the models.
    public let directory: String
    /// Name of the model.
    public let model: String

    /// The files of one model.
    public init(directory: String = ModelPaths.defaultDirectory, model: String = ModelPaths.defaultModel) {
        self.directory = directory
        self.model = model
    }

    /// Motion tokenizer.
    public var tokenizer: String { path("tokenizer") }
    /// Masked generator.
    public var generator: String { path("generator") }
    /// Residual generator.
    public var residual: String { path("residual") }
    /// Length estimator.
    public var lengths: String { path("lengths") }
    /// Sentences and motions by which the model does the lexicon's actions.
    public var exemplars: String { "\(directory)/\(model)/exemplars.json" }
    /// What the model has learnt of the lexicon, with the number of clips of each action.
    public var actions: String { "\(directory)/\(model)/actions.json" }
    /// Classifier of what texts ask for, which all models share.
    public var understanding: String { directory + "/understanding/weights.safetensors" }
    /// Sentence encoder's folder.
    public var text: String { directory + "/minilm-l6" }

    private func path(_ name: String) -> String { "\(directory)/\(model)/\(name).safetensors" }
}
