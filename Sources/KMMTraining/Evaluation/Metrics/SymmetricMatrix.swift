/// A small real symmetric matrix, and its eigenvalues by Jacobi's rotations.
struct SymmetricMatrix {
    let size: Int
    /// Row-major [size, size].
    var values: [Double]

    init(size: Int, values: [Double]) {
        precondition(values.count == size * size, "\(values.count) values for a matrix of \(size)")
        (self.size, self.values) = (size, values)
    }

    /// Covariance with N − 1 of points, and their mean.
    static func covariance(_ points: EmbeddingRows) -> (mean: [Double], covariance: SymmetricMatrix) {
        let width = points.width
        var mean = [Double](repeating: 0, count: width)
        for row in points.rows { for column in 0..<width { mean[column] += row[column] / Double(points.count) } }
        var sums = [Double](repeating: 0, count: width * width)
        for row in points.rows {
            let centred = (0..<width).map { row[$0] - mean[$0] }
            for i in 0..<width { for j in 0..<width { sums[i * width + j] += centred[i] * centred[j] } }
        }
        let scale = 1 / Double(max(points.count - 1, 1))
        return (mean, SymmetricMatrix(size: width, values: sums.map { $0 * scale }))
    }

    var trace: Double { (0..<size).reduce(0) { $0 + values[$1 * size + $1] } }

    /// Eigenvalues, and the matrix whose columns are their unit eigenvectors.
    func eigen() -> (values: [Double], vectors: [Double]) {
        let n = size
        var a = values
        var v = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0.0 }
        let total = a.reduce(0) { $0 + $1 * $1 }
        for _ in 0..<60 {
            var off = 0.0
            for i in 0..<n { for j in 0..<i { off += 2 * a[i * n + j] * a[i * n + j] } }
            if off <= 1e-24 * total { break }
            for p in 0..<n {
                for q in (p + 1)..<max(n, p + 1) where a[p * n + q] != 0 {
                    let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
                    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot()
                    let s = t * c
                    for k in 0..<n {
                        let (x, y) = (a[k * n + p], a[k * n + q])
                        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y)
                    }
                    for k in 0..<n {
                        let (x, y) = (a[p * n + k], a[q * n + k])
                        (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y)
                        let (u, w) = (v[k * n + p], v[k * n + q])
                        (v[k * n + p], v[k * n + q]) = (c * u - s * w, s * u + c * w)
                    }
                }
            }
        }
        return ((0..<n).map { a[$0 * n + $0] }, v)
    }

    /// The positive semi-definite square root; negative eigenvalues, which only rounding makes, count as zero.
    func squareRoot() -> SymmetricMatrix {
        let (eigenvalues, vectors) = eigen()
        let roots = eigenvalues.map { max($0, 0).squareRoot() }
        var result = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size {
                for k in 0..<size { result[i * size + j] += vectors[i * size + k] * roots[k] * vectors[j * size + k] }
            }
        }
        return SymmetricMatrix(size: size, values: result)
    }

    /// `self · middle · self`.
    func sandwich(_ middle: SymmetricMatrix) -> SymmetricMatrix {
        func product(_ a: [Double], _ b: [Double]) -> [Double] {
            var result = [Double](repeating: 0, count: size * size)
            for i in 0..<size {
                for k in 0..<size {
                    let factor = a[i * size + k]
                    for j in 0..<size { result[i * size + j] += factor * b[k * size + j] }
                }
            }
            return result
        }
        return SymmetricMatrix(size: size, values: product(product(values, middle.values), values))
    }
}
