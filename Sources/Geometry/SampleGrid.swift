/// Which knots, at one whole rate, lie around the samples of another: integer arithmetic, so that nothing drifts.
public struct SampleGrid: Hashable, Sendable {
    /// Knots per second.
    public var knotRate: Int
    /// Samples per second.
    public var sampleRate: Int

    /// Creates a grid; both rates are positive. Sample 0 lies on knot 0.
    public init(knotRate: Int, sampleRate: Int) {
        precondition(knotRate > 0 && sampleRate > 0, "rates are positive")
        self.knotRate = knotRate
        self.sampleRate = sampleRate
    }

    /// The interval in which a sample lies: its first knot, and how far towards the next, in [0, 1).
    @inlinable
    public func interval(ofSample sample: Int) -> (knot: Int, fraction: Double) {
        let (knot, rest) = (sample * knotRate).quotientAndRemainder(dividingBy: sampleRate)
        return (knot, Double(rest) / Double(sampleRate))
    }

    /// The number of samples that lie at or before the knot `last`.
    @inlinable
    public func sampleCount(throughKnot last: Int) -> Int { last < 0 ? 0 : last * sampleRate / knotRate + 1 }
}
