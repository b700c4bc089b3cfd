internal import LivePeople
package import Messaging
internal import Robots
package import ServiceCore
internal import Synchronization
package import Wire

/// Has robots follow live people: before each tick of a robot that follows, a thread of its own finds where the robot shall be.
package final class Following: Sendable {
    private final class Shared: Sendable {
        let sessions = Mutex<[FollowSession]>([])
        let isStopping = Atomic(false)
    }

    private let people: People
    private let shown: ShownPeople
    private let thread: NamedThread
    private let shared: Shared
    private let tell: @Sendable (PersonEvent) -> Void

    /// From receipt of the newest frame of a person to the tick that shows it.
    package let receipt: Histogram
    /// From the sensors to the tick.
    package let age: Histogram

    /// Starts the thread. `shown` gets the people who are followed, `tell` hears what becomes of it.
    package init(
        people: People, shown: ShownPeople, tell: @escaping @Sendable (PersonEvent) -> Void
    ) throws(MessagingError) {
        let bounds = [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1]
        let (receipt, age) = (Histogram(bounds: bounds), Histogram(bounds: bounds))
        let shared = Shared()
        (self.people, self.shown, self.shared, self.tell) = (people, shown, shared, tell)
        (self.receipt, self.age) = (receipt, age)
        thread = try NamedThread(name: "kmmd follow") {
            Following.run(shared, people, receipt, age, tell)
        }
    }

    /// Ends the thread.
    package func stop() {
        shared.isStopping.store(true, ordering: .releasing)
        thread.join()
    }

    // MARK: Verbs

    /// Has a robot follow a person from now on; nobody else any more. Makes what is needed, which takes a moment.
    ///
    /// - Parameters:
    ///   - robot: The robot.
    ///   - options: Whom, and how.
    ///   - stopCount: The robot's stop count since it made way; nil when it does so later.
    ///   - holdCount: The robot's hold count when it was asked to.
    /// - Returns: The joints that follow.
    /// - Throws: When the robot's profile is not enough.
    func begin(
        _ robot: ActiveRobot, _ options: Follow, stopCount: Int?, holdCount: Int
    ) throws(RequestError) -> [String] {
        let profile = robot.profile
        let follower: PersonFollower
        do {
            follower = try PersonFollower(profile, rate: robot.channel.rate, options: options)
        } catch {
            throw RequestError(.failed, "\(robot.name) cannot follow a person: \(error)")
        }
        guard follower.follows.contains(true) else {
            throw RequestError(
                .invalidCombination, "\(robot.name) has no joints for `\(options.part.rawValue)`", field: "body.part")
        }
        let session = FollowSession(
            robot: robot, options: options, follower: follower, shown: shown, stopCount: stopCount,
            holdCount: holdCount)
        let replaced = shared.sessions.withLock { sessions in
            let old = sessions.filter { $0.robot.name == robot.name }
            sessions.removeAll { $0.robot.name == robot.name }
            sessions.append(session)
            return old
        }
        for old in replaced { tell(Self.end(of: old, "replaced")) }
        return zip(profile.jointNames, session.follows).filter(\.1).map(\.0)
    }

    /// New motion was asked of robots: who follows with all of the body lets go when it comes.
    func yield(_ robots: [String]) {
        let waiting = shared.sessions.withLock { sessions in
            let own = sessions.filter { robots.contains($0.robot.name) && $0.isWhole }
            for session in own { session.end(for: "command") }
            let waiting = own.filter { !$0.hasBegun }
            sessions.removeAll { session in waiting.contains { $0 === session } }
            return waiting
        }
        for session in waiting { tell(Self.end(of: session, "command")) }
    }

    /// A stopping verb came: the robot follows nobody any more.
    func stopped(_ verb: Verb, robot: String) {
        guard verb.isStop else { return }
        let ended = shared.sessions.withLock { sessions in
            let own = sessions.filter { $0.robot.name == robot }
            sessions.removeAll { $0.robot.name == robot }
            return own
        }
        for session in ended { tell(Self.end(of: session, verb.name)) }
    }

    /// Place and heading of a person become those of the robots that follow.
    func recentre(_ person: String) {
        for session in shared.sessions.withLock({ $0 }) where session.person == person { session.recentre() }
    }

    /// The robots that follow each person.
    func followers(of person: String) -> [PersonDescription.Follower] {
        shared.sessions.withLock { $0 }.filter { $0.person == person }.map(\.description)
    }

    /// The person whom a robot follows with all of its body; nil for none.
    package func person(of robot: String) -> String? {
        shared.sessions.withLock { sessions in
            sessions.first { $0.robot.name == robot && $0.isWhole && $0.hasBegun }?.person
        }
    }

    private static func end(of session: FollowSession, _ reason: String) -> PersonEvent {
        var event = PersonEvent("follow", person: session.person)
        (event.robot, event.state, event.reason) = (session.robot.name, "ended", reason)
        return event
    }

    // MARK: The thread

    private static func run(
        _ shared: Shared, _ people: People, _ receipt: Histogram, _ age: Histogram,
        _ tell: @Sendable (PersonEvent) -> Void
    ) {
        var rounds = FollowRounds()
        var lastCheck: Int64 = 0
        while !shared.isStopping.load(ordering: .acquiring) {
            let now = Clock.monotonic()
            if now - lastCheck > Self.checkInterval {
                people.check(at: now)
                lastCheck = now
            }
            let sessions = shared.sessions.withLock { $0 }
            rounds.keep(sessions)
            var next = now + Self.longestSleep
            for session in sessions {
                let visit = rounds.visit(session, among: sessions.count, people)
                next = min(next, visit.next)
                if let (sensed, received) = visit.outcome.shown {
                    age.add(Double(visit.tick - sensed) / 1e9)
                    if let received { receipt.add(Double(visit.tick - received) / 1e9) }
                }
                if let event = visit.outcome.event { tell(event) }
                guard let reason = visit.outcome.end else { continue }
                shared.sessions.withLock { sessions in sessions.removeAll { $0 === session } }
                tell(end(of: session, reason))
            }
            Clock.sleep(until: max(next, Clock.monotonic() + Self.shortestSleep))
        }
    }

    /// How often silence is looked for, and how long the thread sleeps at most and at least, ns.
    private static let checkInterval: Int64 = 200_000_000
    private static let (longestSleep, shortestSleep): (Int64, Int64) = (20_000_000, 100_000)
}
