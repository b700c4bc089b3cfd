internal import Glibc
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

    struct Lane {
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
    let log: Logger
    var lanes: [String: Lane] = [:]
    /// Changed profiles that wait until their robots hold.
    var successions: [String: WaitingSuccession] = [:]
    /// Files of commands that wait for them, by the commands' numbers.
    var readings: [Int64: ClipReading] = [:]
    /// Orders that wait for a file.
    var heldOrders: [PlannerOrder] = []
    var nextStretch: UInt64 = 1
    /// Times from knowing the lengths of a replacement's actions up to having its first motion ready.
    var firstMotion: RecentTimes

    /// Creates a planner that owns the generator and one retargeter for each robot, and works on the loop's thread.
    /// `outcomes` rings when something became of the edits that the robots' players were sent.
    package init(
        loop: ZMQLoop, source: sending Source, robots: sending [(robot: ActiveRobot, retargeting: Retargeting)],
        inbox: PlannerInbox, outcomes: WakeUp,
        report: any PlannerReport, clips: ClipLibrary = ClipLibrary(folder: nil),
        settings: PlannerSettings = PlannerSettings(), log: Logger
    ) {
        self.loop = loop
        self.source = source
        self.inbox = inbox
        self.outcomes = outcomes
        self.report = report
        self.clips = clips
        self.settings = settings
        self.log = log
        firstMotion = RecentTimes(guess: settings.firstMotion)
        for (robot, retargeting) in robots {
            lanes[robot.name] = Lane(
                robot: robot, retargeting: retargeting, tracer: try? BodyTracer(robot.profile))
        }
    }

    /// Generates a little once, so that the first command does not pay for cold caches; measures how long it takes.
    package func warmUp() throws {
        for lane in lanes.values {
            for _ in 0..<2 {
                let start = Clock.monotonic()
                var stream = source.makeStream(seed: 0)
                var pose = lane.retargeting.makeState()
                try source.begin(
                    Action(text: Standing.text, duration: 1), options: SamplingOptions(), in: &stream)
                for token in try source.advance(&stream, isHurried: true, isWanted: { true }) {
                    pose = try lane.retargeting.knots(for: [token.frames], from: pose).last?.after ?? pose
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
                for lane in lanes.values {
                    for outcome in lane.robot.channel.takeOutcomes() { await learn(outcome, lane.robot.name) }
                }
                let orders = heldOrders + inbox.take()
                let superseded = MotionPlanner.superseded(orders)
                if !superseded.isEmpty { await report.preempt(superseded.sorted()) }
                await carryOut(orders, but: superseded)
                hasMore = false
                for name in lanes.keys.sorted() { if await advance(name) { hasMore = true } }
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
                lanes[name].map { $0.robot.channel.era == entry.era(of: name) } ?? false
            }
            guard isCurrent else { return }
            if entry.say.mode == .append {
                for name in entry.robots { lanes[name]?.plan.queue.append(entry) }
            } else if entry.say.moment == .now {
                await replace(with: entry, attempt: 1)
            } else {
                for name in entry.robots { deferReplacement(entry, on: name) }
            }
        case .cancel(let number, let robots): for robot in robots { cancel(number, robot) }
        case .clear(let robot, let era):
            guard var lane = lanes[robot] else { return }
            lane.plan.queue.removeAll { $0.era(of: robot) < era }
            lane.plan.generated.removeAll { $0.era(of: robot) < era }
            if let work = lane.plan.work, work.command.era(of: robot) < era { lane.plan.work = nil }
            if let deferred = lane.plan.deferred, deferred.era(of: robot) < era { lane.plan.deferred = nil }
            if let pending = lane.pending, pending.work.command.era(of: robot) < era { lane.pending = nil }
            lane.plan.following = nil
            lanes[robot] = lane
        }
    }

    private func learn(_ outcome: RobotChannel.Outcome, _ robot: String) async {
        guard let lane = lanes[robot] else { return }
        let origin = outcome.origin
        if let pending = lane.pending, pending.work.command.number == origin.command {
            switch outcome.result {
            case .refused(.tooLate) where pending.attempt < settings.attempts:
                undoReplacement(robot)
                await replace(with: pending.work.command, attempt: pending.attempt + 1)
            case .refused(let refusal):
                undoReplacement(robot)
                await fail(origin.command, refusal)
            case .planned, .effective: lanes[robot]?.pending = nil
            }
        } else if case .refused(let refusal) = outcome.result, refusal != .empty,
            origin.command >= lane.pending?.work.command.number ?? 0
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
        for name in entry.robots.dropFirst() where lanes[name]?.plan.following == entry.number {
            lanes[name]?.plan.following = nil
        }
    }

    /// Whether a command that would begin in so many seconds is late; then it is over.
    func isExpired(_ entry: Command, beginningIn wait: Double = 0) async -> Bool {
        guard let expiry = entry.expiry, expiry <= Clock.wall() + Int64(wait * 1e9) else { return false }
        await report.move(entry.number, to: .expired, details: .init())
        return true
    }

    /// Takes a command out of the queue and off the timeline; those after it move up.
    private func cancel(_ number: Int64, _ robot: String) {
        guard var lane = lanes[robot] else { return }
        defer { lanes[robot] = lane }
        if lane.plan.deferred?.number == number { lane.plan.deferred = nil }
        if let index = lane.plan.queue.firstIndex(where: { $0.number == number }) {
            lane.plan.queue.remove(at: index)
            return
        }
        let isWorkedOn = lane.plan.work?.command.number == number || lane.plan.following == number
        guard isWorkedOn || lane.plan.generated.contains(where: { $0.number == number }) else { return }
        if lane.pending?.work.command.number == number { lane.pending = nil }
        // Its motion, and what was generated to follow it, comes off the timeline; the followers are made anew.
        let followers =
            lane.plan.generated.filter { $0.number > number }
            + (isWorkedOn || lane.plan.isSettling ? [] : (lane.plan.work.map { [$0.command] } ?? []))
        lane.plan.queue.insert(contentsOf: followers, at: 0)
        lane.plan.generated.removeAll { $0.number >= number }
        lane.plan.work = nil
        lane.plan.following = nil
        guard let stretch = lane.plan.stretch else { return }
        let own = stretch.tokens.firstIndex { $0.command >= number }.map { stretch.firstToken + $0 }
        // As late as leaves time for the steps that lead to a stand.
        let token = max(own ?? 0, firstChangeableToken(lane, lead: 0.3) ?? 0)
        let status = lane.robot.channel.status
        let knots = Double(token * MotionGenerator.framesPerToken) - status.changeableKnot
        let ahead = status.changeableStretch == stretch.number ? max(0, knots) : 0
        let frame = status.frame + Int64(ahead / MotionGenerator.frameRate * Double(lane.robot.channel.rate))
        lane.plan.stretch?.rewind(to: token)
        _ = lane.robot.channel.post(.truncate(frame: frame), era: lane.robot.channel.era)
    }
}
