/// Draws indices in proportion to weights.
package struct DrawWeights {
    /// Running sums.
    private let cumulative: [Double]

    /// Prepares drawing; not all weights may be zero.
    package init(_ weights: [Double]) {
        var total = 0.0
        cumulative = weights.map { weight in
            total += weight
            return total
        }
    }

    /// An index.
    package func draw(using generator: inout some RandomNumberGenerator) -> Int {
        let value = Double.random(in: 0..<(cumulative.last ?? 1), using: &generator)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > value { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
