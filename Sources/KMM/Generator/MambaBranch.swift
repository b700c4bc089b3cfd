import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The selective state-space part of a Mamba mixer in one direction: depthwise convolution, data-dependent (Δ, B, C), scan.
///
/// Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023 (Mamba-1, 16 states, 4 taps).
struct MambaBranch: Module {
    static let states = 16
    static let taps = 4

    let convolutionWeight: Tensor
    let convolutionBias: Tensor
    /// Rows of width E to (δ, B, C): [rank + 32, E].
    let projection: Linear
    /// δ to Δ before the softplus: [E, rank].
    let step: Linear
    let logA: Tensor
    let skip: Tensor
    let rank: Int

    init(width: Int, rank: Int, using generator: inout some RandomNumberGenerator) {
        self.rank = rank
        let bound = Initialization.uniform(1 / Float(Self.taps).squareRoot())
        convolutionWeight = bound([width, Self.taps], using: &generator)
        convolutionBias = bound([width], using: &generator)
        projection = Linear(width, rank + 2 * Self.states, bias: false, using: &generator)
        step = Linear(rank, width, initialization: .uniform(1 / Float(rank).squareRoot()), using: &generator)
        logA = Tensor(repeating: 0, shape: [width, Self.states], requiresGradient: true)
        skip = Tensor(repeating: 1, shape: [width], requiresGradient: true)
        for index in 0..<logA.count { logA.data[index] = log(Float(index % Self.states + 1)) }
        // Δ starts log-uniform in [1e-3, 1e-1]; the bias is its inverse softplus.
        if let bias = step.bias {
            for index in 0..<width {
                let delta = max(exp(Double.random(in: log(1e-3)...log(1e-1), using: &generator)), 1e-4)
                bias.data[index] = Float(delta + log(-expm1(-delta)))
            }
        }
    }

    func callAsFunction(
        _ x: Tensor, layout: SequenceLayout, direction: ScanDirection, history: Tensor? = nil, state: Tensor? = nil,
        updatesState: Bool = false
    ) -> Tensor {
        let u = x.depthwiseConvolution(
            convolutionWeight, bias: convolutionBias, layout: layout, direction: direction, history: history
        ).silu()
        let projected = projection(u)
        let delta = step(projected.columns(0..<rank)).softplus()
        return u.selectiveScan(
            delta: delta, projection: projected, offset: rank, logA: logA, skip: skip, layout: layout,
            direction: direction, state: state, updatesState: updatesState)
    }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        visit(path + "convolution.weight", convolutionWeight)
        visit(path + "convolution.bias", convolutionBias)
        projection.visitParameters(path + "projection.", visit)
        step.visitParameters(path + "step.", visit)
        visit(path + "log_a", logA)
        visit(path + "skip", skip)
    }
}
