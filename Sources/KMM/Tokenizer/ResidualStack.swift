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
    /// The past rows of each convolution in the order of their calls; empty before the first row.
    typealias Histories = [[Float]]

    /// Number of whole, equally long sequences; nil when streaming.
    private let sequences: Int?
    private let past: Histories
    /// What is past after each of the equally long parts of the rows; streaming only.
    private(set) var histories: [Histories]

    init(sequences: Int) {
        self.sequences = sequences
        past = []
        histories = []
    }

    /// Continues a stream by rows that make `parts` equally long parts.
    init(continuing past: Histories, parts: Int) {
        sequences = nil
        self.past = past
        histories = [Histories](repeating: [], count: parts)
    }

    mutating func callAsFunction(_ convolution: CausalConvolution, _ x: Tensor) -> Tensor {
        if let sequences { return convolution(x, sequences: sequences) }
        let count = convolution.padding * x.width
        var rows = past.isEmpty ? [Float](repeating: 0, count: count) : past[histories[0].count]
        let history = count == 0 ? nil : Tensor(rows, shape: [convolution.padding, x.width])
        rows.append(contentsOf: UnsafeBufferPointer(start: x.data, count: x.count))
        for part in histories.indices {
            let seen = x.count / histories.count * (part + 1)
            histories[part].append(Array(rows[seen..<(seen + count)]))
        }
        return convolution(x, history: history)
    }
}
