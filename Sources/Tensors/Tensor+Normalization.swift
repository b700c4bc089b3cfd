import CKernels

extension Tensor {
    /// `x / √(mean(x²) + ε) · gain` by row.
    ///
    /// Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.
    public func rmsNormalized(gain: Tensor, epsilon: Float = 1e-5) -> Tensor {
        let (rows, width) = (rows, width)
        let scales = Tensor(uninitialized: [rows])
        let result = Tensor(shape, from: [self, gain]) { result in
            let ignored = gain.requiresGradient ? nil : Tensor(repeating: 0, shape: gain.shape)
            let unused = self.requiresGradient ? nil : Tensor(uninitialized: self.shape)
            ck_rmsnorm_backward(
                rows, width, self.data, gain.data, scales.data, result.gradient, unused?.data ?? self.gradient,
                ignored?.data ?? gain.gradient)
        }
        ck_rmsnorm(rows, width, data, gain.data, epsilon, result.data, scales.data)
        return result
    }

    /// Zero mean and unit variance by row, then `· gain + bias`.
    ///
    /// Ba, Kiros and Hinton, "Layer Normalization", 2016.
    public func layerNormalized(gain: Tensor, bias: Tensor, epsilon: Float = 1e-5) -> Tensor {
        let (rows, width) = (rows, width)
        let moments = Tensor(uninitialized: [2, rows])
        let result = Tensor(shape, from: [self, gain, bias]) { result in
            let unused = self.requiresGradient ? nil : Tensor(uninitialized: self.shape)
            let ignored = Tensor(repeating: 0, shape: [width])
            ck_layernorm_backward(
                rows, width, self.data, gain.data, moments.data, moments.data + rows, result.gradient,
                unused?.data ?? self.gradient, gain.requiresGradient ? gain.gradient : ignored.data,
                bias.requiresGradient ? bias.gradient : ignored.data)
        }
        ck_layernorm(
            rows, width, data, gain.data, bias.data, epsilon, result.data, moments.data, moments.data + rows)
        return result
    }
}
