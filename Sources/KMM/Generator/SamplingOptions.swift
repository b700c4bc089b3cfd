/// How tokens are drawn.
public struct SamplingOptions: Hashable, Sendable {
    /// Classifier-free guidance scale; 1 switches guidance off.
    public var guidance: Float = 2.5
    /// Guidance scale of the residual codebooks.
    public var residualGuidance: Float = 2
    /// Softmax temperature.
    public var temperature: Float = 0.8
    /// Softmax temperature of the residual codebooks.
    public var residualTemperature: Float = 0
    /// Steps of confidence decoding for one horizon.
    public var steps: Int = 8
    /// Share of the codes, likeliest first, that may be drawn.
    public var keptShare: Float = 0.05
    /// Tokens that are drawn together.
    public var horizon = 20
    /// Tokens of a horizon that are committed before the next one is drawn.
    public var commitment = 12

    /// The defaults for live use.
    public init() {}

    /// The same for the first motion of an answer that somebody waits for: fewer tokens in fewer steps.
    public var hurried: SamplingOptions {
        var options = self
        options.steps = min(steps, 4)
        options.horizon = min(horizon, 8)
        options.commitment = min(commitment, 4)
        return options
    }
}
