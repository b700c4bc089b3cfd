/// Says when frames were seen, on the sender's own clock, and how that clock lies to ours.
///
/// The offset is the least time from sending to receipt of the last seconds: what a network holds up adds to it, and is no
/// reason to show a person later. Without a stamp the receipts themselves are counted, evened out.
struct PersonClock: Sendable {
    /// A clock that leaps by more than this is a new one.
    static let leap: Int64 = 1_000_000_000
    /// How much faster than ours the offset may grow: a share of the time. A sender's clock drifts by less than a thousandth
    /// of that, and a network that became slower for good is followed within seconds.
    private static let rise = 0.005
    /// Half of the time over which the least is taken.
    private static let window: Int64 = 5_000_000_000
    /// How quickly counted frames follow their receipts, once there are many; their period follows so that it does not swing.
    private static let gain = 0.05

    /// What became of a stamp.
    enum Verdict: Equatable {
        case goesOn
        /// The sender started anew.
        case restarted
    }

    /// What to add to the sender's time for ours; nil before the first frame.
    private(set) var offset: Int64?
    private var session: Int64?
    private var newest: Int64 = 0
    private var received: Int64 = 0
    private var windowStart: Int64 = 0
    private var least: Int64 = .max
    private var leastBefore: Int64 = .max
    // Without stamps.
    private var sequence: Int64?
    private var period = 1e9 / 60
    private var counted = 0.0
    private var frames = 0
    private var began = 0.0
    /// Frames from which the period is first learnt.
    private static let learning = 30

    /// Takes the stamp of a frame that came at `time`.
    ///
    /// - Returns: When the frame was seen, by the sender's clock, and whether that clock is a new one.
    mutating func take(_ stamp: SenderStamp, at time: Int64) -> (seen: Int64, verdict: Verdict) {
        var verdict = Verdict.goesOn
        if let own = stamp.session {
            if let session, session != own { verdict = .restarted }
            session = own
        }
        let seen = stamp.time ?? count(stamp.sequence, at: time)
        let delay = time.subtractingReportingOverflow(seen).partialValue
        if let offset {
            // Time that fell, or that ran ahead of what can have come by now; late messages do neither.
            let hasFallen = seen < newest - Self.leap && delay > offset + Self.leap
            let hasLeapt = delay < offset - Self.leap
            // Everything late for so long: the sender's clock was put back while it was silent.
            let isLateThroughout = min(least, leastBefore) > offset + Self.leap && time - windowStart > Self.leap
            if hasFallen || hasLeapt || isLateThroughout { verdict = .restarted }
        }
        if offset == nil || verdict == .restarted {
            (offset, newest, received) = (delay, seen, time)
            (least, leastBefore, windowStart) = (delay, .max, time)
            return (seen, verdict)
        }
        follow(delay, at: time)
        newest = max(newest, seen)
        return (seen, verdict)
    }

    private mutating func follow(_ delay: Int64, at time: Int64) {
        if time - windowStart >= Self.window { (leastBefore, least, windowStart) = (least, .max, time) }
        least = min(least, delay)
        let elapsed = max(time - received, 0)
        received = time
        let current = offset ?? delay
        let target = min(least, leastBefore)
        offset = min(target, current + Int64(Double(elapsed) * Self.rise))
    }

    /// Time of a frame without a stamp: as many periods after the one before as its number says, drawn to its receipt.
    private mutating func count(_ number: Int64?, at time: Int64) -> Int64 {
        defer { sequence = number }
        guard offset != nil, counted > 0 else {
            (counted, began, frames) = (Double(time), Double(time), 0)
            return time
        }
        let gap = Double(time) - counted
        var steps = 1.0
        if let number, let sequence {
            let difference = number.subtractingReportingOverflow(sequence).partialValue
            // A number that fell, or leapt, tells nothing.
            steps = (0...120).contains(difference) ? Double(difference) : max((gap / period).rounded(), 1)
            if difference < 0 { steps = 0 }
        } else {
            steps = max((gap / period).rounded(), 1)
        }
        if gap > 1e9 || gap < -1e9 {
            (counted, began, frames) = (Double(time), Double(time), 0)
            return time
        }
        if frames < Self.learning {
            // The period first: a wrong one would count frames twice.
            frames += max(Int(number != nil && sequence != nil ? steps : 1), 0)
            if frames > 0 { period = min(max((Double(time) - began) / Double(frames), 1e6), 1e8) }
            counted = Double(time)
            return time
        }
        let error = gap - steps * period
        if steps > 0 { period = min(max(period + Self.gain * Self.gain / 4 * error / steps, 1e6), 1e8) }
        counted += steps * period + Self.gain * error
        return Int64(counted)
    }
}
