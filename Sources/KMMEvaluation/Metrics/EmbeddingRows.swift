public import Tensors

/// Points of the evaluators' space, in double precision.
public struct EmbeddingRows: Sendable {
    /// One row a point.
    public var rows: [[Double]]

    /// Number of points.
    public var count: Int { rows.count }
    /// Numbers of a point.
    public var width: Int { rows.first?.count ?? 0 }

    /// Takes rows over.
    public init(_ rows: [[Double]]) { self.rows = rows }

    /// Takes the rows of a tensor over.
    public init(_ tensor: Tensor) {
        let (width, values) = (tensor.width, tensor.values)
        rows = (0..<tensor.rows).map { row in values[row * width..<(row + 1) * width].map(Double.init) }
    }

    /// A point.
    public subscript(index: Int) -> [Double] { rows[index] }

    /// Some of the points.
    public func subset(_ indices: some Sequence<Int>) -> EmbeddingRows { EmbeddingRows(indices.map { rows[$0] }) }

    /// Euclidean distance.
    public static func distance(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
        return sum.squareRoot()
    }
}
