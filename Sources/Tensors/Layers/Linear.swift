/// An affine map of rows, `y = W x + b`.
public struct Linear: Module {
    /// [outputs, inputs].
    public let weight: Tensor
    /// [outputs], or nil.
    public let bias: Tensor?

    /// Joins a weight [outputs, inputs] and a bias [outputs].
    public init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }

    /// Draws the weight uniformly in ± 1/√inputs (PyTorch's default), the bias likewise.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true, initialization: Initialization? = nil,
        using generator: inout some RandomNumberGenerator
    ) {
        let bound = 1 / Float(inputs).squareRoot()
        weight = (initialization ?? .uniform(bound))([outputs, inputs], using: &generator)
        let biasInitialization: Initialization = initialization == nil ? .uniform(bound) : .constant(0)
        self.bias = bias ? biasInitialization([outputs], using: &generator) : nil
    }

    /// Applies the map to every row.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight, bias: bias) }

    /// Visits `weight` and `bias`.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        visit(path + "weight", weight)
        if let bias { visit(path + "bias", bias) }
    }
}
