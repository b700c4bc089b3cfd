import COpenBLAS

/// A real symmetric matrix; eigenvalues and products are LAPACK's and BLAS's.
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

    /// Eigenvalues in ascending order, and the matrix whose rows are their unit eigenvectors (LAPACK's `dsyevd`).
    func eigen() -> (values: [Double], vectors: [Double]) {
        var (order, failure) = (Int32(size), Int32(0))
        var vectors = values
        var eigenvalues = [Double](repeating: 0, count: size)
        // The sizes of scratch memory that its documentation asks for.
        var (realCount, integerCount) = (Int32(1 + 6 * size + 2 * size * size), Int32(3 + 5 * size))
        var reals = [Double](repeating: 0, count: Int(realCount))
        var integers = [Int32](repeating: 0, count: Int(integerCount))
        dsyevd_(
            "V", "U", &order, &vectors, &order, &eigenvalues, &reals, &realCount, &integers, &integerCount, &failure)
        precondition(failure == 0, "dsyevd found no eigenvalues (\(failure))")
        return (eigenvalues, vectors)
    }

    /// The positive semi-definite square root; negative eigenvalues, which only rounding makes, count as zero.
    func squareRoot() -> SymmetricMatrix {
        let (eigenvalues, vectors) = eigen()
        var scaled = vectors
        for row in 0..<size {
            let root = max(eigenvalues[row], 0).squareRoot()
            for column in 0..<size { scaled[row * size + column] *= root }
        }
        return SymmetricMatrix(size: size, values: product(vectors, transposed: true, scaled))
    }

    /// `self · middle · self`.
    func sandwich(_ middle: SymmetricMatrix) -> SymmetricMatrix {
        SymmetricMatrix(size: size, values: product(product(values, middle.values), values))
    }

    /// `a b` or `aᵀ b` of square matrices of this size.
    private func product(_ a: [Double], transposed: Bool = false, _ b: [Double]) -> [Double] {
        let order = Int32(size)
        var result = [Double](repeating: 0, count: size * size)
        cblas_dgemm(
            CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, order, order, order, 1, a, order, b,
            order, 0, &result, order)
        return result
    }
}
