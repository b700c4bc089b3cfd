import CKernels
import COpenBLAS

extension Tensor {
    /// `x Wᵀ + b`: rows of width `in` to rows of width `out`; `weight` is [out, in], `bias` is [out].
    public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
        let (rows, outputs, inputs) = (rows, weight.shape[0], width)
        precondition(weight.width == inputs, "linear: input \(shape) does not fit weight \(weight.shape)")
        let result = Tensor(
            Array(shape.dropLast()) + [outputs], from: [self, weight] + (bias.map { [$0] } ?? [])
        ) { result in
            let dy = result.gradient
            if self.requiresGradient {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(inputs), Int32(outputs), 1, dy,
                    Int32(outputs), weight.data, Int32(inputs), 1, self.gradient, Int32(inputs))
            }
            if weight.requiresGradient {
                cblas_sgemm(
                    CblasRowMajor, CblasTrans, CblasNoTrans, Int32(outputs), Int32(inputs), Int32(rows), 1, dy,
                    Int32(outputs), self.data, Int32(inputs), 1, weight.gradient, Int32(inputs))
            }
            if let bias, bias.requiresGradient { ck_sum_rows(rows, outputs, dy, bias.gradient) }
        }
        guard rows > 0 else { return result }
        if MatrixProduct.takesPacked(rows: rows, outputs: outputs), let packed = weight.packed {
            MatrixProduct.rows(data, packed: packed, into: result.data, rows: rows, outputs: outputs, inputs: inputs)
        } else {
            MatrixProduct.rows(data, weight.data, into: result.data, rows: rows, outputs: outputs, inputs: inputs)
        }
        if let bias { ck_add_bias(rows, outputs, result.data, bias.data, result.data) }
        return result
    }

    /// Causal convolution along time over `sequences` equally long sequences of rows.
    ///
    /// Row t of the result sees the input rows up to `stride * (t + 1) - 1` only. `weight` is [out, kernel * in], tap
    /// by tap, oldest first. `history` holds the `causalPadding` rows before the first one, [sequences, padding, in];
    /// nil stands for zeros.
    public func causalConvolution(
        _ weight: Tensor, bias: Tensor, kernel: Int, dilation: Int = 1, stride: Int = 1, sequences: Int = 1,
        history: Tensor? = nil
    ) -> Tensor {
        if kernel == 1, stride == 1 { return linear(weight, bias: bias) }
        return unfolded(
            kernel: kernel, dilation: dilation, stride: stride, sequences: sequences, history: history
        ).linear(weight, bias: bias)
    }

    /// The rows that each row of a causal convolution sees, side by side: [rows / stride, kernel * in].
    func unfolded(kernel: Int, dilation: Int, stride: Int, sequences: Int, history: Tensor?) -> Tensor {
        let inputs = width
        let length = rows / sequences
        let padding = (kernel - 1) * dilation + 1 - stride
        precondition(length % stride == 0, "a sequence of \(length) rows is not a multiple of the stride \(stride)")
        let outputLength = length / stride
        // Calls body(destination column block, source row or nil for the padding, history row).
        func forEachTap(_ body: (_ destination: Int, _ source: Int?, _ past: Int) -> Void) {
            for sequence in 0..<sequences {
                for t in 0..<outputLength {
                    for tap in 0..<kernel {
                        let source = t * stride + tap * dilation - padding
                        body(
                            ((sequence * outputLength + t) * kernel + tap) * inputs,
                            source >= 0 ? (sequence * length + source) * inputs : nil,
                            (sequence * padding + source + padding) * inputs)
                    }
                }
            }
        }
        let result = Tensor([sequences * outputLength, kernel * inputs], from: [self]) { result in
            let dy = result.gradient
            let dx = self.gradient
            forEachTap { destination, source, _ in
                if let source { ck_axpy(inputs, 1, dy + destination, dx + source) }
            }
        }
        forEachTap { destination, source, past in
            let target = result.data + destination
            if let source {
                target.update(from: data + source, count: inputs)
            } else if let history {
                target.update(from: history.data + past, count: inputs)
            } else {
                target.update(repeating: 0, count: inputs)
            }
        }
        return result
    }
}
