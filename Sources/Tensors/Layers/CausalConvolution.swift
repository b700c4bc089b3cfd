/// A one-dimensional convolution along time that never looks ahead, with a step form for streaming.
public struct CausalConvolution: Module {
    /// [outputs, kernel * inputs], taps oldest first.
    public let weight: Tensor
    /// [outputs].
    public let bias: Tensor
    /// Number of taps.
    public let kernel: Int
    /// Distance between taps, rows.
    public let dilation: Int
    /// Input rows per output row.
    public let stride: Int

    /// Draws the weight uniformly in ± 1/√(inputs · kernel).
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Int, dilation: Int = 1, stride: Int = 1,
        using generator: inout some RandomNumberGenerator
    ) {
        let bound = Initialization.uniform(1 / Float(inputs * kernel).squareRoot())
        weight = bound([outputs, kernel * inputs], using: &generator)
        bias = bound([outputs], using: &generator)
        self.kernel = kernel
        self.dilation = dilation
        self.stride = stride
    }

    /// Rows of past input that the first output row needs.
    public var padding: Int { (kernel - 1) * dilation + 1 - stride }
    /// Width of an input row.
    public var inputs: Int { weight.width / kernel }

    /// Convolves `sequences` equally long sequences, each preceded by zeros.
    public func callAsFunction(_ x: Tensor, sequences: Int) -> Tensor {
        x.causalConvolution(
            weight, bias: bias, kernel: kernel, dilation: dilation, stride: stride, sequences: sequences)
    }

    /// Convolves the next rows of one endless sequence; `history` holds the `padding` rows before them, nil stands for zeros.
    public func callAsFunction(_ x: Tensor, history: Tensor?) -> Tensor {
        x.causalConvolution(
            weight, bias: bias, kernel: kernel, dilation: dilation, stride: stride, history: history)
    }

    /// Visits `weight` and `bias`.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        visit(path + "weight", weight)
        visit(path + "bias", bias)
    }
}
