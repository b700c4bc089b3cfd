import Tensors

/// Residual blocks of dilated causal convolutions (dilations 9, 3, 1), as in MoMask's motion tokenizer.
struct ResidualStack: Module {
    static let dilations = [9, 3, 1]
    let dilated: [CausalConvolution]
    let pointwise: [CausalConvolution]

    init(width: Int, using generator: inout some RandomNumberGenerator) {
        var dilated: [CausalConvolution] = []
        var pointwise: [CausalConvolution] = []
        for dilation in Self.dilations {
            dilated.append(CausalConvolution(width, width, kernel: 3, dilation: dilation, using: &generator))
            pointwise.append(CausalConvolution(width, width, kernel: 1, using: &generator))
        }
        self.dilated = dilated
        self.pointwise = pointwise
    }

    func callAsFunction(_ x: Tensor, run: inout ConvolutionRun) -> Tensor {
        var x = x
        for (dilated, pointwise) in zip(dilated, pointwise) {
            x = x + run(pointwise, run(dilated, x.relu()).relu())
        }
        return x
    }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        for (index, (dilated, pointwise)) in zip(dilated, pointwise).enumerated() {
            dilated.visitParameters("\(path)\(index).dilated.", visit)
            pointwise.visitParameters("\(path)\(index).pointwise.", visit)
        }
    }
}

/// How a chain of convolutions is run: whole sequences at once, or the next rows of one endless sequence.
///
/// The layers are written once; what differs between batch and stream is only where a convolution's past comes from.
struct ConvolutionRun {
    /// Number of whole, equally long sequences; nil when streaming.
    let sequences: Int?
    /// Past rows of each convolution in the order of their calls; streaming only.
    var histories: [[Float]] = []
    private var next = 0

    init(sequences: Int) { self.sequences = sequences }

    /// Continues a stream; an empty list starts one.
    init(continuing histories: [[Float]]) {
        sequences = nil
        self.histories = histories
    }

    mutating func callAsFunction(_ convolution: CausalConvolution, _ x: Tensor) -> Tensor {
        if let sequences { return convolution(x, sequences: sequences) }
        if next == histories.count { histories.append([]) }
        defer { next += 1 }
        return convolution(x, history: &histories[next])
    }
}
