import CKernels

extension Tensor {
    /// Depthwise causal convolution with four taps along each sequence; `weight` is [channels, 4], `bias` [channels].
    ///
    /// `history`, [sequences, 3, channels], holds the rows before the first in running order; nil stands for zeros.
    public func depthwiseConvolution(
        _ weight: Tensor, bias: Tensor, layout: SequenceLayout, direction: ScanDirection = .forward,
        history: Tensor? = nil
    ) -> Tensor {
        let channels = width
        precondition(layout.rows == rows && weight.shape == [channels, 4], "convolution \(weight.shape) of \(shape)")
        let past = { (sequence: Int) in history.map { UnsafePointer($0.data + sequence * 3 * channels) } }
        let result = Tensor(shape, from: [self, weight, bias]) { result in
            let dx = self.gradient
            let partial = Tensor(repeating: 0, shape: [Compute.threads, 5 * channels])
            Compute.forEachChunk(of: layout.count) { chunk, sequences in
                let dweight = partial.data + chunk * 5 * channels
                for sequence in sequences {
                    let range = layout.ranges[sequence]
                    let offset = range.lowerBound * channels
                    ck_conv4_backward(
                        range.count, channels, self.data + offset, weight.data, past(sequence), direction.rawValue,
                        result.gradient + offset, dx + offset, dweight, dweight + 4 * channels)
                }
            }
            for chunk in 0..<Compute.threads {
                let dweight = partial.data + chunk * 5 * channels
                if weight.requiresGradient { ck_axpy(4 * channels, 1, dweight, weight.gradient) }
                if bias.requiresGradient { ck_axpy(channels, 1, dweight + 4 * channels, bias.gradient) }
            }
        }
        Compute.forEachChunk(of: layout.count) { _, sequences in
            for sequence in sequences {
                let range = layout.ranges[sequence]
                let offset = range.lowerBound * channels
                ck_conv4(
                    range.count, channels, data + offset, weight.data, bias.data, past(sequence), direction.rawValue,
                    result.data + offset)
            }
        }
        return result
    }

    /// The selective scan of Mamba along each sequence, 16 states a channel.
    ///
    /// `self` is u, [rows, channels]; `delta` (positive) has the same shape; B and C are 16 columns each of `projection`,
    /// from the columns `offset` and `offset + 16`; `logA` is ln(−A), [channels, 16]; `skip` is D, [channels].
    /// `state`, [sequences, channels, 16], is the state before the first row; it is left as it is after the last one when
    /// `updatesState` is set. Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023.
    public func selectiveScan(
        delta: Tensor, projection: Tensor, offset: Int, logA: Tensor, skip: Tensor, layout: SequenceLayout,
        direction: ScanDirection = .forward, state: Tensor? = nil, updatesState: Bool = false
    ) -> Tensor {
        let (channels, states, stride) = (width, 16, projection.width)
        precondition(layout.rows == rows && delta.count == count && logA.shape == [channels, states])
        let a = Tensor(uninitialized: [channels, states])
        ck_exp(a.count, logA.data, a.data)
        for index in 0..<a.count { a.data[index] = -a.data[index] }
        let initial = state.map { Tensor(copying: $0.data, shape: $0.shape) }
        let result = Tensor(shape, from: [self, delta, projection, logA, skip]) { result in
            // Constants get a gradient as well here and drop it: the kernel has no other form.
            let (du, ddelta, dprojection) = (self.gradient, delta.gradient, projection.gradient)
            let partialSize = channels * (states + 1)
            let partial = Tensor(repeating: 0, shape: [Compute.threads, partialSize])
            let longest = layout.ranges.map(\.count).max() ?? 0
            let scratchSize = ck_scan_scratch(longest)
            let scratch = Tensor(uninitialized: [Compute.threads, scratchSize])
            Compute.forEachChunk(of: layout.count) { chunk, sequences in
                let da = partial.data + chunk * partialSize
                for sequence in sequences {
                    let range = layout.ranges[sequence]
                    let (rows, columns) = (range.lowerBound * channels, range.lowerBound * stride + offset)
                    ck_scan_backward(
                        range.count, channels, self.data + rows, delta.data + rows, a.data,
                        projection.data + columns, projection.data + columns + states, stride, skip.data,
                        direction.rawValue, initial.map { UnsafePointer($0.data + sequence * channels * states) },
                        result.gradient + rows, du + rows, ddelta + rows, da, dprojection + columns,
                        dprojection + columns + states, da + channels * states, scratch.data + chunk * scratchSize)
                }
            }
            for chunk in 0..<Compute.threads {
                let da = partial.data + chunk * partialSize
                // d ln(−A) = dA · A
                if logA.requiresGradient { ck_fma(a.count, da, a.data, logA.gradient) }
                if skip.requiresGradient { ck_axpy(channels, 1, da + a.count, skip.gradient) }
            }
        }
        Compute.forEachChunk(of: layout.count) { _, sequences in
            for sequence in sequences {
                let range = layout.ranges[sequence]
                let (rows, columns) = (range.lowerBound * channels, range.lowerBound * stride + offset)
                let running = (updatesState ? state : initial).map { $0.data + sequence * channels * states }
                // Without `updatesState` the scan must not spoil the state kept for the backward pass.
                let scratch = updatesState || running == nil ? nil : Tensor(uninitialized: [channels, states])
                if let scratch, let running { scratch.data.update(from: running, count: scratch.count) }
                ck_scan(
                    range.count, channels, data + rows, delta.data + rows, a.data, projection.data + columns,
                    projection.data + columns + states, stride, skip.data, direction.rawValue,
                    scratch?.data ?? running, result.data + rows)
            }
        }
        return result
    }
}
