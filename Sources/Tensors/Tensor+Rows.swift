import CKernels

extension Tensor {
    /// Picks rows by index, any number of times each: an embedding, a permutation, a repetition.
    public func gatherRows(_ indices: [Int]) -> Tensor {
        let width = width
        let result = Tensor([indices.count, width], from: [self]) { result in
            let (dy, dx) = (result.gradient, self.gradient)
            for (row, index) in indices.enumerated() { ck_axpy(width, 1, dy + row * width, dx + index * width) }
        }
        for (row, index) in indices.enumerated() {
            precondition(index >= 0 && index < rows, "row \(index) of \(shape)")
            (result.data + row * width).update(from: data + index * width, count: width)
        }
        return result
    }

    /// Tensors of the same width below one another.
    public static func concatenatingRows(_ parts: [Tensor]) -> Tensor {
        let width = parts[0].width
        let result = Tensor([parts.reduce(0) { $0 + $1.rows }, width], from: parts) { result in
            var offset = 0
            for part in parts {
                if part.requiresGradient { ck_axpy(part.count, 1, result.gradient + offset, part.gradient) }
                offset += part.count
            }
        }
        var offset = 0
        for part in parts {
            precondition(part.width == width || part.count == 0, "rows of width \(part.width) below rows of \(width)")
            (result.data + offset).update(from: part.data, count: part.count)
            offset += part.count
        }
        return result
    }

    /// The columns of a range, as a tensor of its own.
    public func columns(_ range: Range<Int>) -> Tensor {
        let (rows, width, narrow) = (rows, width, range.count)
        let result = Tensor([rows, narrow], from: [self]) { result in
            let (dy, dx) = (result.gradient, self.gradient)
            for row in 0..<rows { ck_axpy(narrow, 1, dy + row * narrow, dx + row * width + range.lowerBound) }
        }
        for row in 0..<rows {
            (result.data + row * narrow).update(from: data + row * width + range.lowerBound, count: narrow)
        }
        return result
    }

    /// The mean of each group of rows; every group must be non-empty.
    public func meanRows(of groups: [Range<Int>]) -> Tensor {
        let width = width
        let result = Tensor([groups.count, width], from: [self]) { result in
            let (dy, dx) = (result.gradient, self.gradient)
            for (group, range) in groups.enumerated() {
                for row in range { ck_axpy(width, 1 / Float(range.count), dy + group * width, dx + row * width) }
            }
        }
        for (group, range) in groups.enumerated() {
            let target = result.data + group * width
            target.update(repeating: 0, count: width)
            for row in range { ck_axpy(width, 1 / Float(range.count), data + row * width, target) }
        }
        return result
    }

    /// Feature-wise modulation: row r becomes `x (1 + γ) + β` with (γ, β) = row `groups[r]` of `film`, [groups, 2 width].
    ///
    /// Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.
    public func modulated(by film: Tensor, groups: [Int]) -> Tensor {
        let width = width
        precondition(film.width == 2 * width && groups.count == rows, "modulation \(film.shape) of \(shape)")
        let result = Tensor(shape, from: [self, film]) { result in
            for (row, group) in groups.enumerated() {
                let dy = result.gradient + row * width
                let x = self.data + row * width
                let scale = film.data + group * 2 * width
                if self.requiresGradient {
                    let dx = self.gradient + row * width
                    ck_axpy(width, 1, dy, dx)
                    ck_fma(width, dy, scale, dx)
                }
                if film.requiresGradient {
                    let dfilm = film.gradient + group * 2 * width
                    ck_fma(width, dy, x, dfilm)
                    ck_axpy(width, 1, dy, dfilm + width)
                }
            }
        }
        for (row, group) in groups.enumerated() {
            let (x, y) = (data + row * width, result.data + row * width)
            let scale = film.data + group * 2 * width
            for column in 0..<width { y[column] = x[column] * (1 + scale[column]) + scale[width + column] }
        }
        return result
    }

    /// Where `rows` says so, the mean of the row here and the corresponding row of `other`; elsewhere the row as it is.
    public func averaged(with other: Tensor, at rows: [Int]) -> Tensor {
        let width = width
        let result = Tensor(shape, from: [self, other]) { result in
            let dy = result.gradient
            if self.requiresGradient {
                let dx = self.gradient
                ck_axpy(self.count, 1, dy, dx)
                for row in rows { ck_axpy(width, -0.5, dy + row * width, dx + row * width) }
            }
            if other.requiresGradient {
                for (index, row) in rows.enumerated() {
                    ck_axpy(width, 0.5, dy + row * width, other.gradient + index * width)
                }
            }
        }
        result.data.update(from: data, count: count)
        for (index, row) in rows.enumerated() {
            let (x, y) = (other.data + index * width, result.data + row * width)
            for column in 0..<width { y[column] = 0.5 * (y[column] + x[column]) }
        }
        return result
    }

    /// Each row scaled to length one.
    public func normalizedRows() -> Tensor {
        let (rows, width) = (rows, width)
        var scales = [Float](repeating: 0, count: rows)
        for row in 0..<rows {
            let x = data + row * width
            scales[row] = 1 / max(ck_dot(width, x, x).squareRoot(), 1e-12)
        }
        let kept = scales
        let result = Tensor(shape, from: [self]) { result in
            for row in 0..<rows {
                let (y, dy) = (result.data + row * width, result.gradient + row * width)
                let dx = self.gradient + row * width
                ck_axpy(width, kept[row], dy, dx)
                ck_axpy(width, -kept[row] * ck_dot(width, y, dy), y, dx)
            }
        }
        for row in 0..<rows {
            let (x, y) = (data + row * width, result.data + row * width)
            for column in 0..<width { y[column] = x[column] * kept[row] }
        }
        return result
    }
}
