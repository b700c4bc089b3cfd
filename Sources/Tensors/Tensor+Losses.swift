import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Tensor {
    /// Mean cross entropy of logits, [rows, classes], against one class a row, with label smoothing.
    public func crossEntropy(_ targets: [Int], smoothing: Float = 0) -> Tensor {
        let (rows, classes) = (rows, width)
        precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows")
        let probabilities = Tensor(uninitialized: shape)
        ck_softmax(rows, classes, data, probabilities.data)
        let result = Tensor([], from: [self]) { result in
            let scale = result.gradient[0] / Float(max(rows, 1))
            let dx = self.gradient
            ck_axpy(self.count, scale, probabilities.data, dx)
            for (row, target) in targets.enumerated() {
                dx[row * classes + target] -= scale * (1 - smoothing)
                guard smoothing > 0 else { continue }
                let share = scale * smoothing / Float(classes)
                for column in 0..<classes { dx[row * classes + column] -= share }
            }
        }
        var total = 0.0
        for (row, target) in targets.enumerated() {
            // −ln p through the logits, so that a vanishing probability stays finite.
            let x = data + row * classes
            var largest = x[0]
            for column in 1..<classes { largest = max(largest, x[column]) }
            var sum: Float = 0
            var mean: Float = 0
            for column in 0..<classes {
                sum += expf(x[column] - largest)
                mean += x[column]
            }
            let logSum = largest + logf(sum)
            total += Double(logSum - (1 - smoothing) * x[target] - smoothing * mean / Float(classes))
        }
        result.data[0] = Float(total / Double(max(rows, 1)))
        return result
    }

    /// Mean over all elements of the Huber loss (threshold 1) of the difference to `target`, columns weighted.
    public func smoothL1(to target: Tensor, columnWeights: [Float]? = nil) -> Tensor {
        let width = width
        precondition(target.count == count, "difference of \(shape) and \(target.shape)")
        let weights = columnWeights ?? [Float](repeating: 1, count: width)
        let result = Tensor([], from: [self]) { result in
            let scale = result.gradient[0] / Float(self.count)
            let dx = self.gradient
            for index in 0..<self.count {
                let error = self.data[index] - target.data[index]
                dx[index] += scale * weights[index % width] * min(max(error, -1), 1)
            }
        }
        var total = 0.0
        for row in 0..<rows {
            var sum: Float = 0
            for column in 0..<width {
                let error = abs(data[row * width + column] - target.data[row * width + column])
                sum += weights[column] * (error < 1 ? 0.5 * error * error : error - 0.5)
            }
            total += Double(sum)
        }
        result.data[0] = Float(total / Double(count))
        return result
    }

    /// Symmetric InfoNCE of matching rows: row i of `self` and row i of `other` belong together.
    ///
    /// Both hold unit rows, [batch, width]. Logits are `exp(logScale)` times the scalar products; pairs for which
    /// `excluded(i, j)` holds are left out as negatives. Radford et al., "Learning Transferable Visual Models", 2021.
    public func contrastiveLoss(
        with other: Tensor, logScale: Tensor, excluded: (Int, Int) -> Bool = { _, _ in false }
    ) -> Tensor {
        let (batch, width) = (rows, width)
        let scale = expf(logScale.item)
        var similarity = [Float](repeating: 0, count: batch * batch)
        var mask = [Bool](repeating: false, count: batch * batch)
        for i in 0..<batch {
            for j in 0..<batch {
                similarity[i * batch + j] = ck_dot(width, data + i * width, other.data + j * width)
                mask[i * batch + j] = i != j && excluded(i, j)
            }
        }
        // Gradient of the loss by logit: ½ (row softmax + column softmax) / batch − identity / batch.
        var slope = [Float](repeating: 0, count: batch * batch)
        var total: Float = 0
        for i in 0..<batch {
            for byColumn in [false, true] {
                let index = { (j: Int) in byColumn ? j * batch + i : i * batch + j }
                var largest = -Float.infinity
                for j in 0..<batch where !mask[index(j)] { largest = max(largest, scale * similarity[index(j)]) }
                var sum: Float = 0
                for j in 0..<batch where !mask[index(j)] { sum += expf(scale * similarity[index(j)] - largest) }
                total += 0.5 * (logf(sum) + largest - scale * similarity[i * batch + i])
                for j in 0..<batch where !mask[index(j)] {
                    slope[index(j)] += 0.5 * expf(scale * similarity[index(j)] - largest) / sum / Float(batch)
                }
            }
            slope[i * batch + i] -= 1 / Float(batch)
        }
        let (kept, products) = (slope, similarity)
        let result = Tensor([], from: [self, other, logScale]) { result in
            let upstream = result.gradient[0]
            for i in 0..<batch {
                for j in 0..<batch where kept[i * batch + j] != 0 {
                    let weight = upstream * kept[i * batch + j] * scale
                    if self.requiresGradient {
                        ck_axpy(width, weight, other.data + j * width, self.gradient + i * width)
                    }
                    if other.requiresGradient {
                        ck_axpy(width, weight, self.data + i * width, other.gradient + j * width)
                    }
                }
            }
            if logScale.requiresGradient {
                logScale.gradient[0] += upstream * scale * zip(kept, products).reduce(0) { $0 + $1.0 * $1.1 }
            }
        }
        result.data[0] = total / Float(batch)
        return result
    }

    /// The given values, with gradients handed through to `self` unchanged (the straight-through estimator).
    public func straightThrough(to values: Tensor) -> Tensor {
        let result = Tensor(shape, from: [self]) { result in
            ck_axpy(self.count, 1, result.gradient, self.gradient)
        }
        result.data.update(from: values.data, count: count)
        return result
    }

    /// A scalar of the given value whose derivative by `self` is `slope`: for losses with a hand-written gradient.
    public func scalar(_ value: Float, slope: Tensor) -> Tensor {
        precondition(slope.count == count, "slope \(slope.shape) of \(shape)")
        let result = Tensor([], from: [self]) { result in
            ck_axpy(self.count, result.gradient[0], slope.data, self.gradient)
        }
        result.data[0] = value
        return result
    }
}
