/// Which waypoints, at one whole rate, lie around the samples of another: integer arithmetic, so that nothing drifts.
public struct SampleGrid: Hashable, Sendable {
    /// Waypoints per second.
    public var waypointRate: Int
    /// Samples per second.
    public var sampleRate: Int

    /// Creates a grid; both rates are positive. Sample 0 lies on waypoint 0.
    public init(waypointRate: Int, sampleRate: Int) {
        precondition(waypointRate > 0 && sampleRate > 0, "rates are positive")
        self.waypointRate = waypointRate
        self.sampleRate = sampleRate
    }

    /// The interval in which a sample lies: its first waypoint, and how far towards the next, in [0, 1).
    @inlinable
    public func interval(ofSample sample: Int) -> (waypoint: Int, fraction: Double) {
        let (waypoint, rest) = (sample * waypointRate).quotientAndRemainder(dividingBy: sampleRate)
        return (waypoint, Double(rest) / Double(sampleRate))
    }

    /// The number of samples that lie at or before the waypoint `last`.
    @inlinable
    public func sampleCount(throughWaypoint last: Int) -> Int { last < 0 ? 0 : last * sampleRate / waypointRate + 1 }
}
