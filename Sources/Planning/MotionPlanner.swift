internal import Glibc
package import HumanBody
internal import HumanMotion
internal import JSON
internal import KMM
package import Logging
package import Messaging
internal import Robots
package import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

/// Turns commands into motion on the robots' timelines, ahead of play: generates, retargets, resamples, splices.
package actor MotionPlanner<Source: MotionSource, Retargeting: FrameRetargeting> {
    typealias Plan = RobotPlan<Source.Stream, Retargeting.State>

    struct Track {
        let robot: ActiveRobot
        var retargeting: Retargeting
        /// Follows the robot's body; nil where it is not judged.
        var tracer: BodyTracer?
        var plan = Plan()
        /// A replacement whose outcome is not known yet, and the plan as it was before.
        var pending: (work: Plan.Work, before: Plan, attempt: Int)?
    }

    /// The planner's own thread.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let source: Source
    let inbox: PlannerInbox
    let outcomes: WakeUp
    let report: any PlannerReport
    let clips: ClipLibrary
    let settings: PlannerSettings
    /// The last second of the live person whom a robot follows, at 30 frames a second; empty for none.
    let followed: @Sendable (String) -> [HumanFrame]
    let log: Logger
    var tracks: [String: Track] = [:]
    /// Changed profiles that wait until their robots hold.
    var reloads: [String: WaitingReload] = [:]
    /// Files of commands that wait for them, by the commands' numbers.
    var readings: [Int64: ClipReading] = [:]
    /// Orders that wait for a file.
    var heldOrders: [PlannerOrder] = []
    var nextTrajectory: UInt64 = 1
    /// Times from knowing the lengths of a replacement's actions up to having its first motion ready.
    var firstMotion: RecentTimes
    /// Times that one draft took, its judgement included.
    var draftTimes = RecentTimes(guess: 0.1)

    /// Creates a planner that owns the generator and one retargeter for each robot, and works on the loop's thread.
    /// `outcomes` rings when something became of the edits that the robots' players were sent; `followed` gives the last second
    /// of the live person whom a robot follows.
    package init(
        loop: ZMQLoop, source: sending Source, robots: sending [(robot: ActiveRobot, retargeting: Retargeting)],
        inbox: PlannerInbox, outcomes: WakeUp,
        report: any PlannerReport, clips: ClipLibrary = ClipLibrary(folder: nil),
        settings: PlannerSettings = PlannerSettings(),
        followed: @escaping @Sendable (String) -> [HumanFrame] = { _ in [] }, log: Logger
    ) {
        self.loop = loop
        self.source = source
        self.inbox = inbox
        self.outcomes = outcomes
        self.report = report
        self.clips = clips
        self.settings = settings
        self.followed = followed
        self.log = log
        firstMotion = RecentTimes(guess: settings.firstMotion)
        for (robot, retargeting) in robots {
            tracks[robot.name] = Track(
                robot: robot, retargeting: retargeting, tracer: try? BodyTracer(robot.profile))
        }
    }

    /// Generates a little once, so that the first command does not pay for cold caches; measures how long it takes.
    package func warmUp() throws {
        for track in tracks.values {
            for _ in 0..<2 {
                let start = Clock.monotonic()
                var stream = source.makeStream(seed: 0)
                var pose = track.retargeting.makeState()
                try source.begin(
                    Action(text: Standing.text, duration: 1), options: SamplingOptions(), in: &stream)
                for token in try source.advance(&stream, isHurried: true, isWanted: { true }) {
                    pose = try track.retargeting.waypoints(for: [token.frames], from: pose).last?.after ?? pose
                }
                firstMotion = RecentTimes(guess: Double(Clock.monotonic() - start) / 1e9)
            }
        }
    }

    /// Works until the inbox is finished.
    package func run() async {
        // Somebody waits for every first motion, so other work on the machine comes after it. A wish: it needs CAP_SYS_NICE.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10)
        loop.watch(outcomes) { [inbox] in inbox.nudge() }
        defer { loop.unwatchAll() }
        for await _ in inbox.wakeUps {
            var hasMore = true
            while hasMore {
                for track in tracks.values {
                    for outcome in track.robot.channel.takeOutcomes() { await learn(outcome, track.robot.name) }
                }
                let orders = heldOrders + inbox.take()
                let superseded = MotionPlanner.superseded(orders)
                if !superseded.isEmpty { await report.preempt(superseded.sorted()) }
                await carryOut(orders, but: superseded)
                hasMore = false
                for name in byUrgency() { if await advance(name) { hasMore = true } }
            }
            forgetReadings()
        }
    }

    // MARK: Orders

    /// Replacements whose place another one, asked for since, takes at once: nobody would see their motion.
    private static func superseded(_ orders: [PlannerOrder]) -> Set<Int64> {
        var replaced: Set<String> = []
        var superseded: Set<Int64> = []
        for case .say(let entry) in orders.reversed() where entry.say.mode == .replace {
            if replaced.isSuperset(of: entry.robots) {
                superseded.insert(entry.number)
            } else if entry.say.moment == .now {
                replaced.formUnion(entry.robots)
            }
        }
        return superseded
    }

    func carryOut(_ order: PlannerOrder) async {
        switch order {
        case .say(let entry):
            let isCurrent = entry.robots.allSatisfy { name in
                tracks[name].map { $0.robot.channel.stopCount == entry.stopCount(of: name) } ?? false
            }
            guard isCurrent else { return }
            if entry.say.mode == .append {
                for name in entry.robots { tracks[name]?.plan.queue.append(entry) }
            } else if entry.say.moment == .now {
                await feedPressing()
                await replace(with: entry, attempt: 1)
            } else {
                for name in entry.robots { deferReplacement(entry, on: name) }
            }
        case .cancel(let number, let robots): for robot in robots { cancel(number, robot) }
        case .clear(let robot, let stopCount):
            guard var track = tracks[robot] else { return }
            track.plan.queue.removeAll { $0.stopCount(of: robot) < stopCount }
            track.plan.generated.removeAll { $0.stopCount(of: robot) < stopCount }
            if let work = track.plan.work, work.command.stopCount(of: robot) < stopCount { track.plan.work = nil }
            if let deferred = track.plan.deferred, deferred.stopCount(of: robot) < stopCount {
                track.plan.deferred = nil
            }
            if let pending = track.pending, pending.work.command.stopCount(of: robot) < stopCount {
                track.pending = nil
            }
            track.plan.following = nil
            tracks[robot] = track
        }
    }

    private func learn(_ outcome: RobotChannel.Outcome, _ robot: String) async {
        guard let track = tracks[robot] else { return }
        let origin = outcome.origin
        if let pending = track.pending, pending.work.command.number == origin.command {
            switch outcome.result {
            case .refused(.tooLate) where pending.attempt < settings.attempts:
                undoReplacement(robot)
                await replace(with: pending.work.command, attempt: pending.attempt + 1)
            case .refused(let refusal):
                undoReplacement(robot)
                await fail(origin.command, refusal)
            case .planned, .effective: tracks[robot]?.pending = nil
            }
        } else if case .refused(let refusal) = outcome.result, refusal != .empty,
            origin.command >= track.pending?.work.command.number ?? 0
        {
            await fail(origin.command, refusal)
            cancel(origin.command, robot)
        }
    }

    private func fail(_ command: Int64, _ refusal: EditRefusal) async {
        log.error("motion was refused: \(refusal.rawValue)", metadata: ["command": "\(CommandName.text(command))"])
        await report.move(command, to: .failed, details: .init(reason: refusal.rawValue))
    }

    func fail(_ entry: Command, _ error: any Error) async {
        log.error("motion could not be made: \(error)", metadata: ["command": "\(CommandName.text(entry.number))"])
        let state: CommandState = error is InfeasibleMotion ? .infeasible : .failed
        await report.move(entry.number, to: state, details: .init(reason: "\(error)"))
        for name in entry.robots.dropFirst() where tracks[name]?.plan.following == entry.number {
            tracks[name]?.plan.following = nil
        }
    }

    /// Whether a command that would begin in so many seconds is late; then it is over.
    func isExpired(_ entry: Command, beginningIn wait: Double = 0) async -> Bool {
        guard let expiry = entry.expiry, expiry <= Clock.monotonic() + Int64(wait * 1e9) else { return false }
        await report.move(entry.number, to: .expired, details: .init())
        return true
    }

    /// Takes a command out of the queue and off the timeline; those after it move up.
    private func cancel(_ number: Int64, _ robot: String) {
        guard var track = tracks[robot] else { return }
        defer { tracks[robot] = track }
        if track.plan.deferred?.number == number { track.plan.deferred = nil }
        if let index = track.plan.queue.firstIndex(where: { $0.number == number }) {
            track.plan.queue.remove(at: index)
            return
        }
        let isWorkedOn = track.plan.work?.command.number == number || track.plan.following == number
        guard isWorkedOn || track.plan.generated.contains(where: { $0.number == number }) else { return }
        if track.pending?.work.command.number == number { track.pending = nil }
        // Its motion, and what was generated to follow it, comes off the timeline; the followers are made anew.
        let followers =
            track.plan.generated.filter { $0.number > number }
            + (isWorkedOn || track.plan.isSettling ? [] : (track.plan.work.map { [$0.command] } ?? []))
        track.plan.queue.insert(contentsOf: followers, at: 0)
        track.plan.generated.removeAll { $0.number >= number }
        track.plan.work = nil
        track.plan.following = nil
        guard let trajectory = track.plan.trajectory else { return }
        let own = trajectory.tokens.firstIndex { $0.command >= number }.map { trajectory.firstToken + $0 }
        // As late as leaves time for the steps that lead to a stand.
        let token = max(own ?? 0, firstChangeableToken(track, lead: 0.3) ?? 0)
        let status = track.robot.channel.status
        let waypoints = Double(token * MotionGenerator.framesPerToken) - status.changeableWaypoint
        let ahead = status.changeableTrajectory == trajectory.number ? max(0, waypoints) : 0
        let frame = status.frame + Int64(ahead / MotionGenerator.frameRate * Double(track.robot.channel.rate))
        track.plan.trajectory?.rewind(to: token)
        _ = track.robot.channel.post(.truncate(frame: frame), stopCount: track.robot.channel.stopCount)
    }
}
