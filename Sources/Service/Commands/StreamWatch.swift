internal import Logging
internal import Publishing
internal import Robots
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

/// Follows the robots' streams: tells what the players did and what limits did, gives up what comes too late, and has robots
/// stand where that is wanted.
///
/// Belongs to the thread of the command server.
final class StreamWatch {
    /// What robots do when nothing is planned any more.
    var atEnd: [String: ServiceConfiguration.AtEnd]
    private let identity: DaemonIdentity
    private let robots: RobotList
    private let register: CommandRegister
    private let executor: VerbExecutor
    private let times: WorkTimes
    private let log: Logger
    private var standing: Set<String> = []
    /// Since when robots are at rest, ns.
    private var restingSince: [String: Int64] = [:]
    /// Time at rest, ns, after which they go back to the stand: long enough that what is said next goes on from the pose.
    private static let patience: Int64 = 1_500_000_000
    private var limitReports: [String: LimitReport] = [:]
    private var limitsTold: Int64 = 0

    init(
        identity: DaemonIdentity, robots: RobotList, register: CommandRegister, executor: VerbExecutor,
        atEnd: [String: ServiceConfiguration.AtEnd], times: WorkTimes, log: Logger
    ) {
        self.identity = identity
        self.robots = robots
        self.register = register
        self.executor = executor
        self.atEnd = atEnd
        self.times = times
        self.log = log
    }

    // MARK: What players told

    /// Reads what the players told since the last time.
    func takeMarks() {
        for robot in robots.all {
            for mark in robot.channel.takeMarks() { read(mark, of: robot) }
        }
    }

    private func read(_ mark: RobotChannel.Mark, of robot: ActiveRobot) {
        switch mark {
        case .notice(let notice, let frame): read(notice, of: robot, frame: frame)
        case .outcome(let outcome, let origin, let frame):
            if case .planned(let splice) = outcome, origin.isFirst {
                tellSplice(splice, of: origin.command, frame, robot)
            }
        case .state(let state, let frame):
            register.tell(.robot(.init(state: state.rawValue, frame: frame)), of: robot.name)
            if state == .playing { standing.remove(robot.name) }
            let next = register.ledger.unfinished(of: robot.name).first { $0.state == .ready }
            if state == .ramping, let next { register.move(next.number, to: .ramping, frame: frame) }
        case .succeeded(let frame):
            let hash = robot.profile.contentHash
            log.notice("another profile is in force", metadata: ["robot": "\(robot.name)", "frame": "\(frame)"])
            register.tell(robot.description(identity))
            register.tell(.profile(.init(.inForce, profile: hash, inForce: hash, frame: frame)), of: robot.name)
        }
    }

    private func read(_ notice: PlayerNotice, of robot: ActiveRobot, frame: Int64) {
        switch notice {
        case .began(let tag) where tag.command != 0:
            let number = Int64(clamping: tag.command)
            if register.ledger[number]?.say.mode == .replace {
                register.preempt(before: number, of: robot, frame: frame)
            }
            register.move(number, to: .playing, frame: frame)
            register.tell(
                .segment(.init(segment: Int(tag.segment))), of: number, robot: robot.name, frame: frame)
            if let segments = register.ledger[number]?.segments, segments.indices.contains(Int(tag.segment)) {
                robot.pose(segments[Int(tag.segment)].hands)
            }
        case .endedCommand(let tag):
            robot.pose(register.ledger[Int64(clamping: tag.command)]?.segments.last?.handsAfter ?? [])
            register.end(Int64(clamping: tag.command), on: robot.name, frame: frame)
        case .rejected(let tag, let joint, let distance):
            let number = Int64(clamping: tag.command)
            let name = robot.profile.jointNames[joint]
            log.warning(
                "limits would have moved \(name) by \(distance) from the plan, and the profile's policy is `reject`: holding",
                metadata: ["robot": "\(robot.name)", "frame": "\(frame)", "command": "\(CommandName.text(number))"])
            register.tell(
                .rejected(.init(joint: name, distance: distance)), of: number, robot: robot.name, frame: frame)
        case .underrun(let tag):
            let number = Int64(clamping: tag.command)
            log.warning(
                "the plan ran dry",
                metadata: ["robot": "\(robot.name)", "frame": "\(frame)", "command": "\(CommandName.text(number))"])
            register.tell(.underrun, of: number, robot: robot.name, frame: frame)
        default: break
        }
    }

    /// The first motion of a command lies on the timeline.
    private func tellSplice(_ splice: Splice, of number: Int64, _ frame: Int64, _ robot: ActiveRobot) {
        guard let command = register.ledger[number], !command.state.isFinal else { return }
        if command.say.mode == .replace {
            let playing = command.say.moment == .now ? 0 : Int64(clamping: robot.channel.status.tag.command)
            register.preempt(before: number, of: robot, but: playing, frame: splice.firstFrame)
        }
        register.move(number, to: .ready, frame: splice.firstFrame)
        // The way to the measured pose may have begun before there was motion to follow it.
        let status = robot.channel.status
        if status.state == .ramping { register.move(number, to: .ramping, frame: status.frame) }
        let shown = splice.changedFrame ?? splice.firstFrame
        let untilShown = Double(max(0, shown - frame)) / Double(robot.channel.rate)
        let latency = Double(Clock.monotonic() - command.received) / 1e6 + untilShown * 1000
        times.firstFrame.add(latency / 1000)
        let details = CommandEvent.Spliced(
            firstFrame: splice.firstFrame, changedFrame: splice.changedFrame, latencyMs: latency,
            bridged: splice.isBridged)
        register.tell(.spliced(details), of: number, robot: robot.name, frame: frame)
    }

    // MARK: What time brings

    /// Looks after all that happens without a message.
    func check() {
        // What has begun to play is past its deadline.
        takeMarks()
        // The motion of others waits behind other motion, or for a hold's end.
        for command in register.ledger.overdue(at: Clock.monotonic()) { register.cancel(command, as: .expired) }
        checkEnds()
        checkLimits()
    }

    /// Tells, at most once a second, which limits have acted on which joints since it was told last.
    private func checkLimits() {
        let now = Clock.monotonic()
        guard now - limitsTold >= 1_000_000_000 else { return }
        limitsTold = now
        for robot in robots.all {
            let report = robot.channel.limits
            let before = limitReports.updateValue(report, forKey: robot.name)
            let news = report.since(before)
            guard !news.isEmpty else { continue }
            let limits = RobotEvent.Limits(
                frame: robot.channel.status.frame, joints: news.named(robot.profile), slowedFrames: news.slowedFrames)
            register.tell(.limits(limits), of: robot.name)
        }
    }

    /// Has robots stand whose motion is over, where that is wanted.
    private func checkEnds() {
        let now = Clock.monotonic()
        for robot in robots.all where (atEnd[robot.name] ?? .stand) == .stand {
            let status = robot.channel.status
            let isOver =
                status.state == .holding && status.isSettled && !status.isHeld && !status.hasMotionInFlight
            guard isOver, status.frame >= 0, register.ledger.unfinished(of: robot.name).isEmpty else {
                restingSince[robot.name] = nil
                continue
            }
            let since = restingSince[robot.name] ?? now
            restingSince[robot.name] = since
            // Once after each motion: the stand pose is where it stays then.
            guard now - since >= Self.patience, standing.insert(robot.name).inserted else { continue }
            if (try? robot.channel.perform(.stop, of: robot.profile)) != nil {
                executor.stopped(.stop, robot: robot.name)
            }
        }
    }
}
