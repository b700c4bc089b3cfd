internal import Geometry
internal import HumanBody
internal import LivePeople
package import Messaging
internal import Robots
package import ServiceCore
internal import Synchronization
internal import Timeline
package import Wire

/// Has robots follow live people: before each tick of a robot that follows, a thread of its own finds where the robot shall be.
package final class Following: Sendable {
    /// One robot that follows.
    private final class Session: Sendable {
        let robot: ActiveRobot
        let person: String
        let options: Follow
        let profile: String
        let follower: Mutex<PersonFollower>
        let state: Mutex<State>
        /// What the person's motion is counted as: apart from all that is planned.
        let trajectory = 1 << 63 | UInt64.random(in: 0..<1 << 62)

        struct State {
            /// The robot's stop count with which it follows; nil until it made way.
            var stopCount: Int?
            /// Whether the player was told to follow, and with which frame.
            var begun: Int64?
            /// Why it ends when the player has let go.
            var ending: String?
            var told: PersonFollower.State?
            var due: Int64 = 0
            /// Poses so far.
            var number = 0
        }

        init(
            robot: ActiveRobot, options: Follow, profile: String, follower: sending PersonFollower, stopCount: Int?
        ) {
            (self.robot, person, self.options, self.profile) = (robot, options.person, options, profile)
            self.follower = Mutex(follower)
            state = Mutex(State(stopCount: stopCount))
        }

        var isWhole: Bool { options.part == .body }

        /// A target as a player takes it.
        func pose(
            _ target: PersonFollower.Target, _ state: PersonFollower.State, lost: Int, number: Int
        ) -> LivePose {
            let shown: LivePose.State =
                switch state {
                case .waiting, .ramping: .ramping
                case .following: .following
                case .predicting: .predicting
                case .holding, .lost: .holding
                }
            let (left, right) = (Float(target.contacts.left), Float(target.contacts.right))
            var pose = LivePose(
                configuration: target.configuration, contacts: [left, left, right, right],
                isBalanced: target.isBalanced, state: shown, sensed: target.sensed, lost: lost)
            (pose.trajectory, pose.number) = (trajectory, number)
            return pose
        }

        /// The human behind a target, for those who track the human itself.
        func humanChunk(_ target: PersonFollower.Target, number: Int) -> HumanChunk? {
            guard isWhole else { return nil }
            return HumanChunk(
                trajectory: trajectory, firstWaypoint: number, frames: [target.human], roots: [target.root])
        }
    }

    /// Time before a tick at which its pose is looked for: room for retargeting, and for others on the machine.
    private static let lead: Int64 = 3_000_000
    /// Frames after which the player must have begun to follow.
    private static let patience: Int64 = 10

    private let people: People
    private let thread: NamedThread
    private let shared: Shared
    private let tell: @Sendable (PersonEvent) -> Void

    private final class Shared: Sendable {
        let sessions = Mutex<[Session]>([])
        let isStopping = Atomic(false)
    }

    /// From receipt of the newest frame of a person to the tick that shows it, and from the sensors to that tick.
    package let receipt: Histogram
    /// From the sensors to the tick.
    package let age: Histogram

    /// Starts the thread; `tell` hears what becomes of it.
    package init(people: People, tell: @escaping @Sendable (PersonEvent) -> Void) throws(MessagingError) {
        let bounds = [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1]
        let (receipt, age) = (Histogram(bounds: bounds), Histogram(bounds: bounds))
        let shared = Shared()
        (self.people, self.shared, self.receipt, self.age, self.tell) = (people, shared, receipt, age, tell)
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
    ///   - stopCount: the robot's stop count since it made way; nil when it does so later.
    /// - Returns: The joints that follow.
    /// - Throws: When the robot's profile is not enough.
    func begin(_ robot: ActiveRobot, _ options: Follow, stopCount: Int?) throws(RequestError) -> [String] {
        let profile = robot.profile
        let follower: PersonFollower
        do {
            follower = try PersonFollower(profile, rate: robot.channel.rate, options: options)
        } catch {
            throw RequestError(.failed, "\(robot.name) cannot follow a person: \(error)")
        }
        let follows = follower.follows
        guard follows.contains(true) else {
            throw RequestError(
                .invalidCombination, "\(robot.name) has no joints for `\(options.part.rawValue)`", field: "body.part")
        }
        let session = Session(
            robot: robot, options: options, profile: profile.contentHash, follower: follower, stopCount: stopCount)
        let replaced = shared.sessions.withLock { sessions in
            let old = sessions.filter { $0.robot.name == robot.name }
            sessions.removeAll { $0.robot.name == robot.name }
            sessions.append(session)
            return old
        }
        for old in replaced { end(old, "replaced") }
        return zip(profile.jointNames, follows).filter(\.1).map(\.0)
    }

    /// New motion was asked of robots: who follows with all of the body lets go when it comes.
    func yield(_ robots: [String]) {
        let waiting = shared.sessions.withLock { sessions in
            let own = sessions.filter { robots.contains($0.robot.name) && $0.isWhole }
            for session in own { session.state.withLock { $0.ending = "command" } }
            let waiting = own.filter { $0.state.withLock { $0.begun == nil } }
            sessions.removeAll { session in waiting.contains { $0 === session } }
            return waiting
        }
        for session in waiting { end(session, "command") }
    }

    /// A stopping verb came: the robot follows nobody any more.
    func stopped(_ verb: Verb, robot: String) {
        guard verb.isStop else { return }
        let ended = shared.sessions.withLock { sessions in
            let own = sessions.filter { $0.robot.name == robot }
            sessions.removeAll { $0.robot.name == robot }
            return own
        }
        for session in ended { end(session, verb.name) }
    }

    /// Place and heading of a person become those of the robots that follow.
    func recentre(_ person: String) {
        for session in shared.sessions.withLock({ $0 }) where session.person == person {
            session.follower.withLock { $0.recentre() }
        }
    }

    /// The robots that follow each person.
    func followers(of person: String) -> [PersonDescription.Follower] {
        shared.sessions.withLock { $0 }.filter { $0.person == person }.map { session in
            session.follower.withLock { follower in
                let waits = follower.state == .waiting
                return PersonDescription.Follower(
                    robot: session.robot.name, state: follower.state.rawValue, part: session.options.part.rawValue,
                    farthest: waits ? follower.farthest?.joint : nil,
                    distance: waits ? follower.farthest?.distance : nil)
            }
        }
    }

    /// The person whom a robot follows with all of its body; nil for none.
    package func person(of robot: String) -> String? {
        shared.sessions.withLock { sessions in
            sessions.first { $0.robot.name == robot && $0.isWhole && $0.state.withLock { $0.begun != nil } }?.person
        }
    }

    private func end(_ session: Session, _ reason: String) { Following.tellEnd(session, reason, tell) }

    private static func tellEnd(_ session: Session, _ reason: String, _ tell: (PersonEvent) -> Void) {
        var event = PersonEvent("follow", person: session.person)
        (event.robot, event.state, event.reason) = (session.robot.name, "ended", reason)
        tell(event)
    }

    // MARK: The thread

    private static func run(
        _ shared: Shared, _ people: People, _ receipt: Histogram, _ age: Histogram,
        _ tell: @Sendable (PersonEvent) -> Void
    ) {
        var lastCheck: Int64 = 0
        while !shared.isStopping.load(ordering: .acquiring) {
            let now = Clock.monotonic()
            if now - lastCheck > 200_000_000 {
                people.check(at: now)
                lastCheck = now
            }
            let sessions = shared.sessions.withLock { $0 }
            // Several are looked after one after the other, each with time before its own tick.
            let lead = Self.lead + Int64(max(sessions.count - 1, 0)) * 500_000
            var next = now + 20_000_000
            for session in sessions {
                let due = session.state.withLock { state in
                    if state.due == 0 { state.due = session.robot.channel.nextTick(after: now) }
                    return state.due
                }
                guard due - lead <= now else {
                    next = min(next, due - lead)
                    continue
                }
                if let reason = step(session, at: due, people, receipt, age, tell) {
                    shared.sessions.withLock { sessions in sessions.removeAll { $0 === session } }
                    tellEnd(session, reason, tell)
                }
                let period = 1_000_000_000 / Int64(session.robot.channel.rate)
                let following = session.robot.channel.nextTick(after: max(due, Clock.monotonic()) + period / 4)
                session.state.withLock { $0.due = following }
                next = min(next, following - lead)
            }
            Clock.sleep(until: max(next, Clock.monotonic() + 200_000))
        }
    }

    /// Finds where a robot shall be with the tick at `due`; returns why it is over, if it is.
    private static func step(
        _ session: Session, at due: Int64, _ people: People, _ receipt: Histogram, _ age: Histogram,
        _ tell: (PersonEvent) -> Void
    ) -> String? {
        let (robot, channel) = (session.robot, session.robot.channel)
        let status = channel.status
        guard robot.profile.contentHash == session.profile else { return "profile" }
        var state = session.state.withLock { $0 }
        defer {
            session.state.withLock {
                ($0.stopCount, $0.begun, $0.told, $0.number) = (state.stopCount, state.begun, state.told, state.number)
            }
        }
        if state.stopCount == nil {
            guard session.options.moment == .now || status.isIdle else { return nil }
            state.stopCount = session.isWhole ? channel.makeWay() : channel.stopCount
        }
        guard let stopCount = state.stopCount, stopCount == channel.stopCount else { return "stopped" }
        if status.isHeld, state.begun != nil { return "hold" }
        if let begun = state.begun, !status.isFollowing, status.frame > begun + patience {
            return state.ending ?? "command"
        }
        let person = people.find(session.person)
        let track = person?.entry.withLock { $0.track }
        let pose = channel.pose
        let (action, follower) = session.follower.withLock { follower in
            let action = follower.step(track, robot: pose, at: due)
            return (action, (state: follower.state, follows: follower.follows, farthest: follower.farthest))
        }
        // Whether single frames are foretold is the header's to say.
        let shown = follower.state == .predicting ? .following : follower.state
        if shown != state.told {
            state.told = shown
            var event = PersonEvent("follow", person: session.person)
            (event.robot, event.state) = (robot.name, shown.rawValue)
            if follower.state == .waiting {
                (event.farthest, event.distance) = (follower.farthest?.joint, follower.farthest?.distance)
            }
            tell(event)
        }
        let lost = track?.counts.lost ?? 0
        state.number += 1
        switch action {
        case .nothing: break
        case .begin(let target):
            let follow = LiveFollow(
                person: Array(session.person.utf8), isWhole: session.isWhole, joints: follower.follows,
                pose: session.pose(target, follower.state, lost: lost, number: state.number))
            guard channel.post(follow, of: session.humanChunk(target, number: state.number), stopCount: stopCount)
            else {
                return "stopped"
            }
            state.begun = status.frame
        case .aim(let target):
            guard state.begun != nil else { break }
            // What another command is about to take over is led on until it does.
            let pose = session.pose(target, follower.state, lost: lost, number: state.number)
            let humanChunk = session.humanChunk(target, number: state.number)
            guard channel.post(.aim(pose), of: humanChunk, stopCount: stopCount) else { return "stopped" }
            age.add(Double(due - target.sensed) / 1e9)
            if let received = track?.received {
                receipt.add(Double(due - received) / 1e9)
            }
        case .leave:
            _ = channel.post(.unfollow, stopCount: stopCount)
            state.begun = nil
        case .end(let reason):
            if state.begun != nil { _ = channel.post(.unfollow, stopCount: stopCount) }
            return reason
        }
        return nil
    }
}
