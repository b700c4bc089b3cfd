internal import Logging
internal import Planning
internal import ServiceCore
internal import TextEncoding
internal import Wire

/// Carries verbs out.
///
/// Belongs to the thread of the command server. The slow work (generating, retargeting) is the planner's; nothing here
/// waits for it.
final class VerbExecutor {
    /// What came of a verb.
    enum Outcome {
        /// The answer, and what happens when it has left: before the first event, and before any work.
        case answer(any Encodable, warnings: [String] = [], afterwards: () -> Void = {})
        /// The answer comes when files were read or written.
        case later(@Sendable () async throws(RequestError) -> any Encodable & Sendable)
    }

    /// Whether commands are taken.
    enum Phase {
        case starting
        case serving
        case ending
    }

    var phase = Phase.starting
    private let identity: DaemonIdentity
    private let robots: RobotList
    private let register: CommandRegister
    private let clips: ClipLibrary
    private let sources: StateSources?
    private let supervision: Supervision
    private let recording: RecordingVerbs
    private let people: PeopleVerbs?
    private let reload: @Sendable () async throws(RequestError) -> ReloadAnswer
    private let publisherReport: @Sendable () -> StatusAnswer.Publisher
    private let splitter: @Sendable (Say) throws(RequestError) -> [Action]
    private let log: Logger
    private let started = Clock.monotonic()

    init(
        identity: DaemonIdentity, robots: RobotList, register: CommandRegister, clips: ClipLibrary,
        sources: StateSources?, supervision: Supervision, recording: RecordingVerbs, people: PeopleVerbs?,
        reload: @escaping @Sendable () async throws(RequestError) -> ReloadAnswer,
        publisherReport: @escaping @Sendable () -> StatusAnswer.Publisher, log: Logger,
        splitter: @escaping @Sendable (Say) throws(RequestError) -> [Action]
    ) {
        self.identity = identity
        self.robots = robots
        self.register = register
        self.clips = clips
        self.sources = sources
        self.supervision = supervision
        self.recording = recording
        self.people = people
        self.reload = reload
        self.publisherReport = publisherReport
        self.log = log
        self.splitter = splitter
    }

    /// Carries a request out; `counts` is what `status` tells of the sockets.
    func perform(
        _ admitted: RequestAdmission.Admitted, counts: () -> StatusAnswer.Counts
    ) throws(RequestError) -> Outcome {
        let request = admitted.request
        if let spoken = admitted.spokenStop { return try stop(spoken, admitted) }
        switch request.verb {
        case .hello: return .answer(hello(request))
        case .robots: return .answer(RobotsAnswer(robots: robots.all.map(\.name)))
        case .robot:
            try refuseSeveral(request)
            return .answer(try robots.find(request.robots.first).description(identity))
        case .status(nil): return .answer(try status(request, counts()))
        case .status(let name?): return .answer(CommandStatusAnswer(try find(name, for: admitted.client).description))
        case .say(let say): return try accept(say, isClip: false, admitted)
        case .play(let clip): return try accept(clip, isClip: true, admitted)
        case .cancel(let name): return .answer(try cancel(name, of: admitted.client))
        case .hold, .stop, .halt, .reset, .resume: return .answer(try rest(request))
        case .record, .replay, .reload: return try later(request)
        case .people: return .answer(try livePeople().list())
        case .calibrate(let wanted): return .answer(try livePeople().calibrate(wanted))
        case .follow(let wanted): return try follow(wanted, request)
        }
    }

    // MARK: Motion

    private func accept(
        _ say: Say, isClip: Bool, _ admitted: RequestAdmission.Admitted, stopped: RestAnswer? = nil
    ) throws(RequestError) -> Outcome {
        let request = admitted.request
        try refuseUnlessServing()
        let asked = try robots.find(request.robots)
        let expiry = try request.checkDeadline()
        for robot in asked where robot.channel.isHalted {
            throw RequestError(.halted, "\(robot.name) is halted; send `reset` first")
        }
        for robot in asked { try supervision.refuseFallen(robot) }
        // What is appended waits for the hold's end anyway.
        if say.mode == .replace { for robot in asked { try refuseBlind(robot) } }
        if isClip { try clips.check(say.text) }
        let read = isClip ? [Action(text: say.text)] : try splitter(say)
        let (segments, hands) = Action.ofBody(read)
        if segments.isEmpty, !hands.isEmpty { return try pose(hands, read, admitted, asked) }
        guard !segments.isEmpty else { throw RequestError(.emptyText, "the text names no action", field: "body.text") }
        let actions = segments.reduce(0) { $0 + $1.repeats } * say.repeats
        guard isClip || actions <= CommandLedger.actionLimit else {
            throw RequestError(
                .outOfRange,
                "the text asks for \(actions) actions; at most \(CommandLedger.actionLimit) are carried out",
                field: "body.text")
        }
        var starts: [StreamStart] = []
        for robot in asked {
            if let start = try robot.channel.begin(of: robot.profile) {
                starts.append(StreamStart(robot: robot.name, from: start.rawValue))
            }
        }
        let (command, position) = try register.accept(
            say, isClip: isClip, id: request.id, of: admitted.client, robots: asked, segments: segments,
            expiry: expiry, source: admitted.source)
        // Durations are stated only where the request did; estimated ones come with the event `generating`.
        let shown = segments.map { segment in
            var shown = segment.description
            if segments.count == 1, segment.repeats == 1 { shown.duration = shown.duration ?? say.duration }
            return shown
        }
        let answer = CommandAnswer(
            command: command.number, robots: command.robots, state: command.state, position: position,
            segments: shown, stopped: stopped)
        var warnings = segments.compactMap { segment in
            segment.understood.flatMap { understood in
                understood.objection.map { "\"\(understood.said)\" is done as well as can be: \($0)" }
            }
        }
        let poses = segments.flatMap { $0.hands + $0.handsAfter }
        for robot in asked {
            do throws(RequestError) { _ = try robot.positions(of: poses) } catch { warnings.append(error.message) }
        }
        return .answer(answer, warnings: warnings) { [register, people] in
            people?.following.yield(command.robots)
            register.begin(command, starts: starts)
        }
    }

    /// Has the hands take poses, whatever the body does.
    private func pose(
        _ hands: [HandCommand], _ read: [Action], _ admitted: RequestAdmission.Admitted, _ asked: [ActiveRobot]
    ) throws(RequestError) -> Outcome {
        guard case .say(let say) = admitted.request.verb else { return .answer(try rest(admitted.request)) }
        for robot in asked { _ = try robot.positions(of: hands) }
        for robot in asked { _ = try robot.channel.begin(of: robot.profile) }
        for robot in asked { robot.pose(hands) }
        return try finish(say, admitted, asked, segments: read.map(\.description))
    }

    /// Answers a text that was carried out at once: its command is over.
    private func finish(
        _ say: Say, _ admitted: RequestAdmission.Admitted, _ asked: [ActiveRobot],
        segments: [ActionDescription] = [], stopped: RestAnswer? = nil
    ) throws(RequestError) -> Outcome {
        let command = try register.enterDone(say, id: admitted.request.id, of: admitted.client, robots: asked)
        let answer = CommandAnswer(
            command: command.number, robots: command.robots, state: .done, position: 0, segments: segments,
            stopped: stopped)
        return .answer(answer) { [register] in
            register.finish(command, source: admitted.source, of: admitted.client)
        }
    }

    private func cancel(_ name: String, of client: ClientName) throws(RequestError) -> CancelAnswer {
        let command = try find(name, for: client)
        guard !command.state.isFinal else {
            throw RequestError(
                .unknownCommand, "\(CommandName.text(command.number)) is over: \(command.state.rawValue)",
                field: "body.command")
        }
        register.cancel(command, as: .cancelled)
        return CancelAnswer(command: command.number, state: .cancelled)
    }

    private func find(_ name: String, for client: ClientName) throws(RequestError) -> Command {
        guard let command = register.ledger.find(name, for: client) else {
            throw RequestError(.unknownCommand, "there is no command \"\(name.prefix(64))\"", field: "body.command")
        }
        return command
    }

    // MARK: Rest

    private func rest(_ request: Request) throws(RequestError) -> RestAnswer {
        if request.verb == .resume {
            try refuseUnlessServing()
            try request.checkDeadline()
            for robot in try robots.find(request.robots) {
                try supervision.refuseFallen(robot)
                try refuseBlind(robot, resuming: true)
            }
        }
        if request.verb == .reset { try request.checkDeadline() }
        return try robots.perform(request) { robot in
            log.notice("\(request.verb.name)", metadata: ["robot": "\(robot)"])
            stopped(request.verb, robot: robot)
        }
    }

    /// A stopping verb acted on a robot, here or by the priority socket: what it means for its commands.
    func stopped(_ verb: Verb, robot name: String) {
        guard let robot = try? robots.find(name) else { return }
        sources?.yield(name)
        people?.following.stopped(verb, robot: name)
        switch verb {
        case .stop: register.giveUpAll(of: robot, as: .cancelled)
        case .halt: register.giveUpAll(of: robot, as: .preempted)
        case .reset: supervision.forget(name)
        default: break
        }
    }

    /// A robot was measured to have fallen: what it plays and what waits for it is over. Where nothing moves nothing is done.
    func fell(_ robot: ActiveRobot, reason: String) {
        let status = robot.channel.status
        guard !status.isIdle || !register.ledger.unfinished(of: robot.name).isEmpty else { return }
        sources?.yield(robot.name)
        guard (try? robot.channel.perform(.stop, of: robot.profile)) != nil else { return }
        register.giveUpAll(of: robot, as: .failed, reason: reason)
    }

    /// Carries out at once what a text says to stop. What it asks for afterwards is a command as others are; without it the
    /// command that the text is called by is over.
    private func stop(
        _ spoken: SpokenStop, _ admitted: RequestAdmission.Admitted
    ) throws(RequestError) -> Outcome {
        var request = admitted.request
        guard case .say(var say) = request.verb else { return .answer(try rest(request)) }
        request.verb = Verb(spoken.kind)
        let stopped = try rest(request)
        if !spoken.rest.isEmpty, spoken.kind != .halt {
            say.text = spoken.rest
            do throws(RequestError) {
                return try accept(say, isClip: false, admitted, stopped: stopped)
            } catch {
                throw RequestError(
                    error.code, "\(stopped.verb) was carried out; what follows it is refused: \(error.message)",
                    field: error.field)
            }
        }
        return try finish(say, admitted, try robots.find(request.robots), stopped: stopped)
    }

    // MARK: Live people

    private func livePeople() throws(RequestError) -> PeopleVerbs {
        guard let people else { throw RequestError(.notReady, "this daemon hears no live people") }
        return people
    }

    /// Has robots follow a person. Who follows with all of the body gives up what was asked for before.
    private func follow(_ wanted: Follow, _ request: Request) throws(RequestError) -> Outcome {
        try refuseUnlessServing()
        try request.checkDeadline()
        let asked = try robots.find(request.robots)
        let verbs = try livePeople()
        _ = try verbs.people.named(wanted.person)
        for robot in asked {
            if robot.channel.isHalted { throw RequestError(.halted, "\(robot.name) is halted; send `reset` first") }
            try refuseBlind(robot)
        }
        var stopCounts: [String: Int] = [:]
        let holdCounts = asked.map(\.channel.holdCount)
        for robot in asked {
            _ = try robot.channel.begin(of: robot.profile)
            guard wanted.moment == .now else { continue }
            if wanted.part == .body {
                stopCounts[robot.name] = robot.channel.makeWay()
                register.giveUpAll(of: robot, as: .preempted)
            } else {
                stopCounts[robot.name] = robot.channel.stopCount
            }
        }
        log.notice(
            "follow \(wanted.person)", metadata: ["robot": "\(asked.map(\.name).joined(separator: ","))"])
        let begun = stopCounts
        return .later { () throws(RequestError) in
            var joints: [String] = []
            for (robot, holdCount) in zip(asked, holdCounts) {
                joints = try verbs.following.begin(
                    robot, wanted, stopCount: begun[robot.name], holdCount: holdCount)
            }
            return FollowAnswer(
                robots: asked.map(\.name), person: wanted.person, state: "waiting", joints: joints)
        }
    }

    // MARK: Files

    private func later(_ request: Request) throws(RequestError) -> Outcome {
        try request.checkDeadline()
        // As of now: a stop or a hold that comes while a recording is still being read is not followed by its motion.
        var counts = RobotChannel.StopCounts()
        if case .replay = request.verb {
            try refuseSeveral(request)
            for robot in try robots.find(request.robots) {
                try supervision.refuseFallen(robot)
                counts = robot.channel.stopCounts
            }
        }
        guard phase != .starting else { throw RequestError(.notReady, "the daemon is still starting") }
        let (recording, reload, robots) = (recording, reload, robots)
        let asked = counts
        return .later { () throws(RequestError) in
            if request.verb == .reload { return try await reload() }
            return try await recording.perform(request, robots: robots, since: asked)
        }
    }

    // MARK: Questions

    private func hello(_ request: Request) -> HelloAnswer {
        let now = Clock.wall()
        var answer = HelloAnswer(
            build: identity.build, epoch: identity.epoch, model: identity.model, robots: robots.all.map(\.name),
            defaultRobot: robots.default.name, wallNanoseconds: now,
            limits: .init(
                textLength: Request.maximumTextLength, bodyBytes: Request.maximumBodySize,
                queue: CommandLedger.queueLimit))
        if let sent = request.sentNanoseconds {
            let skew = now - sent
            answer.clockSkewMs = Double(skew) / 1e6
            if abs(skew) > 1_000_000_000 {
                answer.clockWarning = "the clocks differ by more than a second: deadlines with `sent_ns` suffer"
            }
        }
        return answer
    }

    private func status(_ request: Request, _ counts: StatusAnswer.Counts) throws(RequestError) -> StatusAnswer {
        let asked = request.robots.isEmpty ? robots.all : try robots.find(request.robots)
        return StatusAnswer(
            ready: phase == .serving, shuttingDown: phase == .ending,
            uptime: Double(Clock.monotonic() - started) / 1e9, epoch: identity.epoch, publisher: publisherReport(),
            robots: asked.map { robot in
                var shown = robot.channel.status.description(of: robot.name)
                shown.queue = register.ledger.unfinished(of: robot.name).map(\.description)
                shown.condition = supervision.conditions[robot.name]
                return shown
            }, counts: counts)
    }

    // MARK: Refusals

    private func refuseSeveral(_ request: Request) throws(RequestError) {
        guard request.robots.count > 1 else { return }
        throw RequestError(
            .invalidCombination, "`\(request.verb.name)` is for one robot; \(request.robots.count) are named",
            field: "robot")
    }

    /// A robot that is held as its sensors fell silent, or sent what cannot be, moves when it is known again where it is.
    private func refuseBlind(_ robot: ActiveRobot, resuming: Bool = false) throws(RequestError) {
        let isBlind = resuming ? sources?.holdsBlindly(robot.name) : sources?.holds(robot.name)
        guard isBlind == true else { return }
        throw RequestError(.notReady, "\(robot.name) is held until its measured state comes in again")
    }

    private func refuseUnlessServing() throws(RequestError) {
        switch phase {
        case .serving: break
        case .ending: throw RequestError(.shuttingDown, "the daemon is going down")
        case .starting: throw RequestError(.notReady, "the models are still being loaded")
        }
    }
}
