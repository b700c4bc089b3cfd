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
    @Option(help: "Softmax temperature of the residual codebooks.")
    var residualTemperature: Float?
    @Option(help: "Guidance scale of the residual codebooks.")
    var residualGuidance: Float?
    @Option(help: "Tokens, of four frames each, that are drawn together.")
    var horizon: Int?
    @Option(help: "Tokens of a horizon that are kept before the next one is drawn.")
    var commitment: Int?

    @Flag(help: "Leave the model's exemplars aside: its weights do everything.")
    var withoutExemplars = false

    /// The defaults with what was given in their place.
    var options: SamplingOptions {
        var options = SamplingOptions()
        if let guidance { options.guidance = guidance }
        if let temperature { options.temperature = temperature }
        if let steps { options.steps = steps }
        if let kept { options.keptShare = kept }
        if let residualTemperature { options.residualTemperature = residualTemperature }
        if let residualGuidance { options.residualGuidance = residualGuidance }
        if let horizon { options.horizon = horizon }
        if let commitment { options.commitment = commitment }
        return options
    }

    func validate() throws {
        guard steps ?? 1 > 0, temperature ?? 1 > 0, kept ?? 1 > 0, horizon ?? 1 > 0, commitment ?? 1 > 0 else {
            throw ValidationError("--steps, --temperature, --kept, --horizon and --commitment have to be above zero")
        }
        guard residualTemperature ?? 0 >= 0 else {
            throw ValidationError("--residual-temperature has to be 0, the likeliest code, or more")
        }
    }
}
