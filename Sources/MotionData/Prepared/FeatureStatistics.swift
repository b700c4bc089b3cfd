import HumanMotion

/// Mean and scale of the training rows, for normalising features (`statistics.json`).
public struct FeatureStatistics: Codable, Hashable, Sendable {
    /// Mean of each of the 276 numbers.
    public var mean: [Float]
    /// Scale of each of the 276 numbers: the standard deviation averaged over its group (`MotionFeatures.groups`), so
    /// that the numbers of a group keep their proportions; never below `smallest`.
    public var deviation: [Float]

    /// The least scale: a group that never changes is not blown up.
    public static let smallest: Float = 1e-4

    /// Statistics from their parts.
    package init(mean: [Float], deviation: [Float]) { (self.mean, self.deviation) = (mean, deviation) }
}

extension FeatureStatistics {
    /// Sums over rows.
    struct Accumulator {
        private var count = 0.0
        private var sums = [Double](repeating: 0, count: MotionFeatures.width)
        private var squares = [Double](repeating: 0, count: MotionFeatures.width)

        /// Takes in whole rows.
        mutating func add(_ rows: [Float]) {
            for start in stride(from: 0, to: rows.count, by: MotionFeatures.width) {
                for column in 0..<MotionFeatures.width {
                    let value = Double(rows[start + column])
                    sums[column] += value
                    squares[column] += value * value
                }
                count += 1
            }
        }

        /// The statistics so far; null mean and scale one without rows.
        var statistics: FeatureStatistics {
            guard count > 0 else {
                return FeatureStatistics(
                    mean: Array(repeating: 0, count: MotionFeatures.width),
                    deviation: Array(repeating: 1, count: MotionFeatures.width))
            }
            let mean = sums.map { $0 / count }
            let deviation = zip(squares, mean).map { max($0 / count - $1 * $1, 0).squareRoot() }
            var shared = deviation.map { Float($0) }
            for group in MotionFeatures.groups {
                let average = Float(deviation[group].reduce(0, +) / Double(group.count))
                for column in group { shared[column] = max(average, FeatureStatistics.smallest) }
            }
            return FeatureStatistics(mean: mean.map { Float($0) }, deviation: shared)
        }
    }
}
