public import HumanBody
import HumanMotion
import Tensors

/// Decodes the tokens of an endless motion into frames; a value, so a copy is a snapshot.
public struct StreamingDecoder: Sendable {
    private var past: ConvolutionRun.Histories = []
    private var integrator = MotionIntegrator()

    /// A stream at the origin, facing +z, before its first token.
    public init() {}

    /// Puts the root back to the origin, facing +z, and keeps the pose.
    public mutating func resetPlace() { integrator = MotionIntegrator() }

    /// The next frames: four a token. `codes` is `[layer][token]`.
    ///
    /// Tokens that are there together are decoded together, which is several times quicker; `body` gets the frames of one
    /// after the other, with the decoder as it is after them.
    public mutating func decode(
        _ codes: [[Int]], with tokenizer: MotionTokenizer, _ body: ([HumanFrame], StreamingDecoder) -> Void
    ) {
        let tokens = codes[0].count
        guard tokens > 0 else { return }
        var run = ConvolutionRun(continuing: past, parts: tokens)
        let rows = tokenizer.denormalized(tokenizer.decoder(tokenizer.quantizer.decode(codes), run: &run))
        let width = tokenizer.configuration.features
        rows.withUnsafeBufferPointer { buffer in
            for (token, past) in run.histories.enumerated() {
                let frames = (0..<MotionTokenizer.framesPerToken).map { index in
                    let start = (token * MotionTokenizer.framesPerToken + index) * width
                    return integrator.frame(from: UnsafeBufferPointer(rebasing: buffer[start..<(start + width)]))
                }
                self.past = past
                body(frames, self)
            }
        }
    }
}
