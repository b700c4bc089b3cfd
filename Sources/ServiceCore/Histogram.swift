internal import Synchronization

/// How often a time fell into each of several classes, for Prometheus. For any thread but the publisher's.
package final class Histogram: Sendable {
    /// Counts up to now.
    package struct Snapshot: Hashable, Sendable {
        /// Upper bounds of the classes, seconds; one more class has none.
        package var bounds: [Double]
        /// Times in each class.
        package var counts: [Int]
        /// Sum of the times, seconds.
        package var sum: Double

        /// Counts of classes with these upper bounds, and of one more.
        package init(bounds: [Double], counts: [Int], sum: Double) {
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
    }

    private let snapshots: Mutex<Snapshot>

    /// Creates an empty histogram of classes with these upper bounds, rising.
    package init(bounds: [Double]) {
        snapshots = Mutex(Snapshot(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    /// Adds a time.
    package func add(_ seconds: Double) {
        snapshots.withLock { snapshot in
            snapshot.counts[snapshot.bounds.firstIndex { seconds <= $0 } ?? snapshot.bounds.count] += 1
            snapshot.sum += seconds
        }
    }

    /// The counts.
    package var snapshot: Snapshot { snapshots.withLock { $0 } }
}
