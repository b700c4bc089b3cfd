package import ServiceCore
package import Wire

/// How late the ticks of the publisher came.
package struct Lateness: Hashable, Sendable {
    /// Upper bounds of the classes, microseconds; one more class has none.
    package static let bounds = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]

    /// Ticks in each class.
    package private(set) var classes = [Int](repeating: 0, count: bounds.count + 1)
    /// Sum over the ticks, nanoseconds.
    package private(set) var sum: Int64 = 0
    /// Number of ticks.
    package private(set) var count = 0
    /// The worst, nanoseconds.
    package private(set) var worst: Int64 = 0
    /// Ticks that were so late that the schedule was moved.
    package private(set) var reanchored = 0

    package init() {}

    /// Adds a tick; allocates nothing as long as no copy of `self` is alive.
    package mutating func add(nanoseconds: Int64, isReanchored: Bool) {
        count += 1
        sum += nanoseconds
        worst = max(worst, nanoseconds)
        if isReanchored { reanchored += 1 }
        var index = 0
        while index < Lateness.bounds.count, nanoseconds > Int64(Lateness.bounds[index]) * 1000 { index += 1 }
        classes[index] += 1
    }

    /// The bound, in microseconds, that this share of the ticks kept; nil when it lies in the open class.
    package func quantile(_ share: Double) -> Int? {
        var seen = 0
        for (index, count) in classes.enumerated() {
            seen += count
            if Double(seen) >= share * Double(self.count) {
                return index < Lateness.bounds.count ? Lateness.bounds[index] : nil
            }
        }
        return nil
    }

    /// The classes as Prometheus wants them.
    package var histogram: Histogram.Snapshot {
        Histogram.Snapshot(bounds: Lateness.bounds.map { Double($0) / 1e6 }, counts: classes, sum: Double(sum) / 1e9)
    }

    /// The statistics as `status` shows them.
    package var description: StatusAnswer.Publisher.Lateness {
        .init(
            ticks: count, p50Us: quantile(0.5), p99Us: quantile(0.99), maxUs: worst / 1000, reanchored: reanchored)
    }
}
