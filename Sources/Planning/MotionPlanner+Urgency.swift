internal import ServiceCore
internal import Wire

/// One thread makes the motion of all robots: whose plan runs dry first comes first, and what can wait begins when all others
/// have motion enough.
extension MotionPlanner {
    /// Seconds of plan that are left when the next motion arrives, for all that cannot be foreseen.
    private static var reserve: Double { 0.25 }
    /// A draft that takes longer is not made in time whatever waits for it: seconds.
    private static var hopeless: Double { 0.5 }
    /// Longest that a command waits for other robots' motion, nanoseconds.
    private static var longestWait: Int64 { 10_000_000_000 }

    /// Seconds that one draft of motion takes.
    var draftTime: Double { draftTimes.quantile(0.75) }

    /// The robots, those first whose plan runs dry first, then those that wait, the longest first.
    func byUrgency() -> [String] {
        tracks.map { name, track in
            (name: name, left: secondsLeft(track) ?? .infinity, since: track.plan.queue.first?.received ?? .max)
        }
        .sorted { ($0.left, $0.since, $0.name) < ($1.left, $1.since, $1.name) }
        .map(\.name)
    }

    /// Makes the motion of robots whose plans would run dry if something else came first.
    func feedPressing() async {
        guard tracks.count > 1 else { return }
        for name in byUrgency() {
            guard let track = tracks[name], let seconds = secondsLeft(track), seconds < Self.reserve + 2 * draftTime
            else { return }
            _ = await advance(name)
        }
    }

    /// Whether the motion of every robot that moves still comes in time when so many seconds go into something else first.
    func hasTime(for seconds: Double) -> Bool {
        let left = tracks.values.compactMap(secondsLeft).sorted()
        return left.enumerated().allSatisfy { place, left in
            left > seconds + Double(place + 1) * draftTime + Self.reserve
        }
    }

    /// Whether a command may begin: on a robot that stands when others have time, or when it has waited long enough.
    func mayBegin(_ entry: Command, on track: Track) -> Bool {
        guard tracks.count > 1, draftTime < Self.hopeless, track.robot.channel.status.framesAhead == 0 else {
            return true
        }
        let drafts = entry.say.seed == nil ? 1 : settings.drafts
        return hasTime(for: Double(drafts) * draftTime) || Clock.monotonic() - entry.received > Self.longestWait
    }

    /// Whether a command waits to begin on a robot that stands.
    var isSomebodyWaiting: Bool {
        tracks.values.contains { $0.plan.work == nil && !$0.plan.queue.isEmpty && $0.plan.following == nil }
    }

    /// Seconds until the plan of a robot runs dry that moves and for which motion is being made.
    private func secondsLeft(_ track: Track) -> Double? {
        guard let work = track.plan.work, !work.isFirst, !work.isCheckingCourse, track.pending == nil else {
            return nil
        }
        let status = track.robot.channel.status
        return status.isHeld ? nil : Double(status.framesAhead) / Double(track.robot.channel.rate)
    }
}
