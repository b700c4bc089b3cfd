/// How late a sender's messages are, though its clock may be set otherwise than ours.
///
/// The least time between sending and receipt of the last seconds counts as no delay: a queue or a network that stalls adds
/// to it. A clock that is set back is followed at once, and one that runs fast after a few seconds.
package struct SenderClock: Sendable {
    private static let window: Int64 = 2_000_000_000
    private var windowStart: Int64?
    private var least = Int64.max
    private var leastBefore = Int64.max
    private var last = Int64.min

    package init() {}

    /// Takes in a message.
    ///
    /// - Parameters:
    ///   - sent: When it was sent, by the sender's clock.
    ///   - received: When it came, by a clock of ours that is never set.
    /// - Returns: How much later than usual it is, nanoseconds.
    package mutating func lateness(sent: Int64, received: Int64) -> Int64 {
        // Nobody sends before what was sent before.
        if sent < last { (windowStart, least, leastBefore) = (nil, .max, .max) }
        last = sent
        let delay = received.subtractingReportingOverflow(sent).partialValue
        if let start = windowStart, received - start < Self.window, received >= start {
            least = min(least, delay)
        } else {
            (leastBefore, least, windowStart) = (least, delay, received)
        }
        return delay.subtractingReportingOverflow(min(least, leastBefore)).partialValue
    }
}
