public import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How long the motion of a sentence lasts: a small network on its embedding that gives ln(seconds).
public struct LengthEstimator: Module {
    let hidden: Linear
    let output: Linear

    /// An estimator with fresh weights.
    public init(textWidth: Int, hiddenWidth: Int = 64, using generator: inout some RandomNumberGenerator) {
        hidden = Linear(textWidth, hiddenWidth, using: &generator)
        output = Linear(hiddenWidth, 1, using: &generator)
    }

    /// ln(seconds), [sentences, 1], of embeddings [sentences, textWidth].
    public func callAsFunction(_ pooled: Tensor) -> Tensor { output(hidden(pooled).gelu()) }

    /// Seconds for one embedding, between 1 and 10.
    public func seconds(for pooled: [Float]) -> Double {
        let value = self(Tensor(pooled, shape: [1, pooled.count])).item
        return Double(min(max(expf(value), 1), 10))
    }

    /// Visits all weights.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        hidden.visitParameters(path + "hidden.", visit)
        output.visitParameters(path + "output.", visit)
    }
}
