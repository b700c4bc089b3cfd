/// Rows of zero mean and unit variance, scaled and shifted by column (`Tensor.layerNormalized`).
public struct LayerNorm: Module {
    /// Scale of each column, [width].
    public let gain: Tensor
    /// Shift of each column, [width].
    public let bias: Tensor
    /// What is added to the variance.
    public let epsilon: Float

    /// Joins the parameters.
    public init(gain: Tensor, bias: Tensor, epsilon: Float = 1e-5) {
        self.gain = gain
        self.bias = bias
        self.epsilon = epsilon
    }

    /// Normalises every row.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNormalized(gain: gain, bias: bias, epsilon: epsilon) }

    /// Visits `weight` and `bias`, PyTorch's names.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        visit(path + "weight", gain)
        visit(path + "bias", bias)
    }
}
