import Testing

@testable import Tensors

/// Every operation's gradient against central differences of its own forward pass.
@Suite("Gradients")
struct GradientTests {
    /// Deterministic numbers in ± `bound`.
    private static func random(_ shape: [Int], seed: UInt64, bound: Float = 1) -> Tensor {
        var generator = Seeded(state: seed)
        return Tensor(
            (0..<shape.reduce(1, *)).map { _ in .random(in: -bound...bound, using: &generator) }, shape: shape,
            requiresGradient: true)
    }

    /// Compares `backward()` of a fixed random projection of `function` with differences, on every element.
    private static func check(
        _ inputs: [Tensor], step: Float = 1e-2, tolerance: Float = 2e-3,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ function: ([Tensor]) -> Tensor
    ) {
        let probe = random([function(inputs).count], seed: 99)
        probe.setRequiresGradient(false)
        // A weighted sum as a scalar with a known slope, accumulated in double precision.
        func value() -> Double {
            let y = function(inputs)
            return (0..<y.count).reduce(0) { $0 + Double(y.data[$1]) * Double(probe.data[$1]) }
        }
        for input in inputs { input.clearGradient() }
        let output = function(inputs)
        output.scalar(0, slope: probe).backward()
        for (number, input) in inputs.enumerated() {
            var worst: Float = 0
            for index in 0..<input.count {
                let kept = input.data[index]
                input.data[index] = kept + step
                let above = value()
                input.data[index] = kept - step
                let below = value()
                input.data[index] = kept
                let slope = Float((above - below) / Double(2 * step))
                let found = input.hasGradient ? input.gradient[index] : 0
                worst = max(worst, abs(found - slope) / max(1, abs(slope)))
            }
            #expect(worst < tolerance, "input \(number): off by \(worst)", sourceLocation: sourceLocation)
        }
    }

    private let layout = SequenceLayout(lengths: [5, 1, 7])

    @Test("linear map with bias")
    func linear() {
        Self.check([Self.random([5, 7], seed: 1), Self.random([3, 7], seed: 2), Self.random([3], seed: 3)]) {
            $0[0].linear($0[1], bias: $0[2])
        }
    }

    @Test("causal convolution, dilated and strided", arguments: [(3, 1, 1), (3, 3, 1), (4, 1, 2), (1, 1, 1)])
    func convolution(kernel: Int, dilation: Int, stride: Int) {
        Self.check([Self.random([12, 4], seed: 4), Self.random([5, kernel * 4], seed: 5), Self.random([5], seed: 6)]) {
            $0[0].causalConvolution(
                $0[1], bias: $0[2], kernel: kernel, dilation: dilation, stride: stride, sequences: 2)
        }
    }

    @Test("sum, product, scaling")
    func arithmetic() {
        Self.check([Self.random([4, 5], seed: 7), Self.random([4, 5], seed: 8)]) { $0[0] * $0[1] + $0[0] * 3 }
    }

    @Test("activations")
    func activations() {
        let x = Self.random([9, 5], seed: 9, bound: 3)
        Self.check([x]) { $0[0].silu() }
        Self.check([x]) { $0[0].gelu() }
        Self.check([x]) { $0[0].softplus() }
        Self.check([x], step: 1e-3) { $0[0].relu() }
    }

    @Test("rows: gather, join, columns, mean, average, unit length")
    func rows() {
        let (a, b) = (Self.random([6, 4], seed: 10), Self.random([3, 4], seed: 11))
        Self.check([a]) { $0[0].gatherRows([5, 0, 0, 3]) }
        Self.check([a, b]) { Tensor.concatenatingRows([$0[0], $0[1], $0[0]]) }
        Self.check([a]) { $0[0].columns(1..<3) }
        Self.check([a]) { $0[0].meanRows(of: [0..<2, 2..<6]) }
        Self.check([a, b]) { $0[0].averaged(with: $0[1], at: [1, 2, 5]) }
        Self.check([a]) { $0[0].normalizedRows() }
    }

    @Test("feature-wise modulation")
    func modulation() {
        Self.check([Self.random([6, 4], seed: 12), Self.random([2, 8], seed: 13)]) {
            $0[0].modulated(by: $0[1], groups: [0, 1, 1, 0, 1, 0])
        }
    }

    @Test("normalisation by row")
    func normalization() {
        let inputs = [
            Self.random([5, 19], seed: 14, bound: 2), Self.random([19], seed: 15), Self.random([19], seed: 16),
        ]
        Self.check(inputs) { $0[0].layerNormalized(gain: $0[1], bias: $0[2]) }
        Self.check(Array(inputs.prefix(2))) { $0[0].rmsNormalized(gain: $0[1]) }
    }

    @Test("depthwise convolution", arguments: [ScanDirection.forward, .backward])
    func depthwise(direction: ScanDirection) {
        Self.check([Self.random([13, 16], seed: 17), Self.random([16, 4], seed: 18), Self.random([16], seed: 19)]) {
            $0[0].depthwiseConvolution($0[1], bias: $0[2], layout: layout, direction: direction)
        }
    }

    @Test(
        "selective scan, with and without a state before", arguments: [ScanDirection.forward, .backward], [false, true])
    func scan(direction: ScanDirection, hasState: Bool) {
        let delta = Self.random([13, 16], seed: 21)
        for index in 0..<delta.count { delta.data[index] = 0.1 + 0.4 * abs(delta.data[index]) }
        let state = hasState ? Self.random([3, 16, 16], seed: 25) : nil
        Self.check([
            Self.random([13, 16], seed: 20), delta, Self.random([13, 35], seed: 22),
            Self.random([16, 16], seed: 23), Self.random([16], seed: 24),
        ]) {
            $0[0].selectiveScan(
                delta: $0[1], projection: $0[2], offset: 3, logA: $0[3], skip: $0[4], layout: layout,
                direction: direction, state: state)
        }
    }

    @Test("losses: cross entropy, Huber, contrastive")
    func losses() {
        let logits = Self.random([4, 6], seed: 26, bound: 3)
        Self.check([logits]) { $0[0].crossEntropy([1, 5, 0, 3], smoothing: 0.1) }
        let target = Self.random([4, 6], seed: 27)
        target.setRequiresGradient(false)
        Self.check([logits], step: 1e-3) { $0[0].smoothL1(to: target, columnWeights: [1, 2, 3, 1, 0, 5]) }
        Self.check([Self.random([5, 4], seed: 28), Self.random([5, 4], seed: 29), Self.random([1], seed: 30)]) {
            $0[0].contrastiveLoss(with: $0[1], logScale: $0[2]) { i, j in i + j == 3 }
        }
    }

    @Test("a shared input collects the gradients of all its uses; a frozen one keeps nothing")
    func sharing() {
        let x = Tensor([3], shape: [1], requiresGradient: true)
        (x * x + x * 2).backward()
        #expect(x.gradient[0] == 8)
        x.setRequiresGradient(false)
        #expect((x * x).node == nil)
    }

    @Test("a whole scan equals two scans with the state carried over")
    func scanSteps() {
        let channels = 32
        let inputs = [[10, channels], [10, channels], [10, 35]].enumerated().map {
            Self.random($1, seed: 31 + UInt64($0))
        }
        for index in 0..<inputs[1].count { inputs[1].data[index] = abs(inputs[1].data[index]) }
        let (logA, skip) = (Self.random([channels, 16], seed: 35), Self.random([channels], seed: 36))
        func run(_ range: Range<Int>, _ state: Tensor) -> [Float] {
            let parts = inputs.map { $0.gatherRows(Array(range)) }
            return parts[0].selectiveScan(
                delta: parts[1], projection: parts[2], offset: 3, logA: logA, skip: skip,
                layout: SequenceLayout(lengths: [range.count]), state: state, updatesState: true
            ).values
        }
        let whole = run(0..<10, Tensor(repeating: 0, shape: [1, channels, 16]))
        let state = Tensor(repeating: 0, shape: [1, channels, 16])
        let steps = (0..<10).flatMap { run($0..<($0 + 1), state) }
        #expect(zip(whole, steps).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}

/// A small deterministic generator, as this room may not import another's.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) ^ (state << 17)
    }
}
