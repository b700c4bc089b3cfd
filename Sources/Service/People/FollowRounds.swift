internal import ServiceCore

/// The rounds of the following thread: who is looked after when. So long before a tick that the poses of all are found in
/// time, and no longer, as what comes later is newer.
struct FollowRounds {
    /// What came of looking at a session.
    struct Visit {
        /// What it did; nothing when its tick is not near.
        var outcome = FollowSession.Outcome()
        /// The tick that it was for.
        var tick: Int64
        /// When to look again.
        var next: Int64
    }

    /// Room for others on the machine, ns.
    private static let room = 2_000_000.0
    /// How fast the longest step is forgotten, and how much longer than it the next may be.
    private static let (decay, growth) = (0.99, 1.3)
    /// Ticks that are looked ahead at most: what a slow machine finds late would be shown later still.
    private static let mostTicks = 2.0

    /// The longest step of late, ns.
    private var cost = 0.0
    /// When the tick is due that each session is looked after for next.
    private var ticks: [ObjectIdentifier: Int64] = [:]

    /// Forgets the sessions that are over.
    mutating func keep(_ sessions: [FollowSession]) {
        guard ticks.count > sessions.count else { return }
        let known = Set(sessions.map(ObjectIdentifier.init))
        ticks = ticks.filter { known.contains($0.key) }
    }

    /// Looks after a session, one of `count`, if its tick is near.
    mutating func visit(_ session: FollowSession, among count: Int, _ people: People) -> Visit {
        let channel = session.robot.channel
        let period = 1_000_000_000 / Int64(channel.rate)
        let now = Clock.monotonic()
        var tick = ticks[ObjectIdentifier(session)] ?? 0
        let need = Self.growth * cost * Double(count) + Self.room
        let lead = Int64(min(need, Self.mostTicks * Double(period)))
        // What is past cannot be helped any more; the first tick that can is the next.
        if tick <= now { tick = channel.nextTick(after: now + lead / 2) }
        guard tick - lead <= now else {
            ticks[ObjectIdentifier(session)] = tick
            return Visit(tick: tick, next: tick - lead)
        }
        let outcome = session.step(at: tick, people)
        cost = max(Double(Clock.monotonic() - now), cost * Self.decay)
        let following = channel.nextTick(after: tick + period / 2)
        ticks[ObjectIdentifier(session)] = following
        return Visit(outcome: outcome, tick: tick, next: following - lead)
    }
}
