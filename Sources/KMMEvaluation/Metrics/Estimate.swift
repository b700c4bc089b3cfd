public import Geometry

/// A number with its 95 % interval.
public struct Estimate: Codable, Hashable, Sendable {
    /// Mean over the repeats.
    public var mean: Double
    /// Half the width of the interval: 1.96 standard deviations of the repeats.
    public var interval: Double

    /// Repeats made for every estimate.
    public static let repeats = 20

    /// Evaluates `measure` on random halves of `count` things, 20 times; several numbers at once.
    ///
    /// The spread of a statistic over random halves is that of the statistic itself over new samples of the full size (the
    /// delete-half jackknife; Shao and Wu, 1989), so it is not divided by the number of repeats: making the whole set
    /// 20 times anew would be needed for that. `measure` gets a half and the other half.
    public static func halves(
        of count: Int, seed: UInt64, _ measure: ([Int], [Int], inout SplitMix64) -> [Double]
    ) -> [Estimate] {
        var random = SplitMix64(seed: seed)
        let all = (0..<repeats).map { _ in
            let order = (0..<count).shuffled(using: &random)
            return measure(Array(order.prefix(count / 2)), Array(order.dropFirst(count / 2)), &random)
        }
        return (all.first ?? []).indices.map { index in
            let values = all.map { $0[index] }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
            return Estimate(mean: mean, interval: 1.96 * variance.squareRoot())
        }
    }
}
