internal import ServiceCore
internal import Wire

extension Request {
    /// When the request expires, CLOCK_MONOTONIC nanoseconds, so that no step of the other clock moves it; nil when it states no
    /// deadline.
    ///
    /// - Throws: `expired` when it is over already, as for a request that was stuck in a queue.
    @discardableResult
    func checkDeadline() throws(RequestError) -> Int64? {
        let now = Clock.wall()
        let expiry = expiry(receivedAt: now)
        if let expiry, expiry <= now {
            throw RequestError(
                .expired, "the deadline passed \((now - expiry) / 1_000_000) ms before the request was read",
                field: "deadline_ms")
        }
        return expiry.map { Clock.monotonic() + ($0 - now) }
    }
}
