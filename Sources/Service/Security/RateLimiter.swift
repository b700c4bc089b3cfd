/// Bounds how many requests a client may send: a bucket for each that fills at a rate and holds two seconds of it.
///
/// Belongs to one thread.
package struct RateLimiter {
    private struct Bucket {
        var tokens: Double
        var filled: Int64
    }

    /// Requests per second and client; 0 for no bound.
    package let rate: Double
    private var buckets: [ClientName: Bucket] = [:]
    /// Clients come and go under new names; those who have been quiet are forgotten beyond this count.
    private static let remembered = 4096

    private var capacity: Double { max(1, 2 * rate) }

    package init(rate: Double) { self.rate = rate }

    /// Takes one request of a client at `time`, nanoseconds; false when it has none left.
    package mutating func take(_ client: ClientName, at time: Int64) -> Bool {
        guard rate > 0 else { return true }
        if buckets.count >= RateLimiter.remembered { forget(at: time) }
        var bucket = buckets[client] ?? Bucket(tokens: capacity, filled: time)
        bucket.tokens = tokens(in: bucket, at: time)
        bucket.filled = time
        defer { buckets[client] = bucket }
        guard bucket.tokens >= 1 else { return false }
        bucket.tokens -= 1
        return true
    }

    private func tokens(in bucket: Bucket, at time: Int64) -> Double {
        min(capacity, bucket.tokens + Double(max(0, time - bucket.filled)) / 1e9 * rate)
    }

    /// Forgets those whose buckets are full again, or all when that is not enough: names are cheap to invent.
    private mutating func forget(at time: Int64) {
        buckets = buckets.filter { tokens(in: $0.value, at: time) < capacity }
        if buckets.count >= RateLimiter.remembered { buckets.removeAll() }
    }
}
