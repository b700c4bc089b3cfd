import ArgumentParser
import KMM

/// How tokens are drawn.
struct SamplingArguments: ParsableArguments {
    @Option(help: "Classifier-free guidance scale.")
    var guidance: Float?
    @Option(help: "Softmax temperature.")
    var temperature: Float?
    @Option(help: "Steps of confidence decoding for one horizon.")
    var steps: Int?
    @Option(help: "Share of the codes, likeliest first, that may be drawn.")
    var kept: Float?

    /// The defaults with what was given in their place.
    var options: SamplingOptions {
        var options = SamplingOptions()
        if let guidance { options.guidance = guidance }
        if let temperature { options.temperature = temperature }
        if let steps { options.steps = steps }
        if let kept { options.keptShare = kept }
        return options
    }

    func validate() throws {
        guard steps ?? 1 > 0, temperature ?? 1 > 0, kept ?? 1 > 0 else {
            throw ValidationError("--steps, --temperature and --kept have to be above zero")
        }
    }
}
