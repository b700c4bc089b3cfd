import CKernels

extension Tensor {
    /// Sum of two tensors of the same shape.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        precondition(a.count == b.count, "sum of \(a.shape) and \(b.shape)")
        let result = Tensor(a.shape, from: [a, b]) { result in
            for input in [a, b] where input.requiresGradient {
                ck_axpy(result.count, 1, result.gradient, input.gradient)
            }
        }
        result.data.update(from: a.data, count: a.count)
        ck_axpy(a.count, 1, b.data, result.data)
        return result
    }

    /// Product by element of two tensors of the same shape.
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        precondition(a.count == b.count, "product of \(a.shape) and \(b.shape)")
        let result = Tensor(a.shape, from: [a, b]) { result in
            if a.requiresGradient { ck_fma(a.count, result.gradient, b.data, a.gradient) }
            if b.requiresGradient { ck_fma(a.count, result.gradient, a.data, b.gradient) }
        }
        ck_mul(a.count, a.data, b.data, result.data)
        return result
    }

    /// The tensor times a constant.
    public static func * (a: Tensor, scale: Float) -> Tensor {
        let result = Tensor(a.shape, from: [a]) { result in
            ck_axpy(a.count, scale, result.gradient, a.gradient)
        }
        for index in 0..<a.count { result.data[index] = a.data[index] * scale }
        return result
    }

    /// `x · σ(x)`.
    public func silu() -> Tensor { map(ck_silu, ck_silu_backward) }
    /// `x · Φ(x)` with the exact normal distribution.
    public func gelu() -> Tensor { map(ck_gelu, ck_gelu_backward) }
    /// `ln(1 + eˣ)`.
    public func softplus() -> Tensor { map(ck_softplus, ck_softplus_backward) }

    /// `max(x, 0)`.
    public func relu() -> Tensor {
        let result = Tensor(shape, from: [self]) { result in
            let (dy, dx) = (result.gradient, self.gradient)
            for index in 0..<self.count where self.data[index] > 0 { dx[index] += dy[index] }
        }
        for index in 0..<count { result.data[index] = max(data[index], 0) }
        return result
    }

    /// Sets each element to zero with probability `rate` and scales the others up; the identity when `rate` is 0.
    public func dropout(_ rate: Float, using generator: inout some RandomNumberGenerator) -> Tensor {
        guard rate > 0, requiresGradient else { return self }
        let scale = 1 / (1 - rate)
        let threshold = UInt32(rate * 65536)
        let mask = Tensor(uninitialized: shape)
        var bits: UInt64 = 0
        for index in 0..<count {
            if index % 4 == 0 { bits = generator.next() }
            mask.data[index] = UInt32(bits & 0xFFFF) < threshold ? 0 : scale
            bits >>= 16
        }
        return self * mask
    }

    private func map(
        _ forward: (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void,
        _ backward: @escaping (Int, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let result = Tensor(shape, from: [self]) { result in
            backward(self.count, self.data, result.gradient, self.gradient)
        }
        forward(count, data, result.data)
        return result
    }
}
