package import Logging
package import Messaging
package import Planning
package import Publishing
internal import Robots
package import ServiceCore
package import TextEncoding
package import Timeline
package import Wire

/// Answers requests on the loop's own thread: acknowledges commands at once, keeps their states and tells the events.
///
/// The slow work (generating, retargeting) is the planner's; nothing here waits for it.
package actor CommandServer {
    /// The thread that owns the sockets of this server.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Measured states read before others get their turn on the thread. libzmq hands them out sender by sender, so that the
    /// first ones are not all those of one that floods.
    private static let statesReadPerTurn = 256
    /// Measured states thrown away then: the socket has to be emptied faster than it can be filled.
    private static let statesSkippedPerTurn = 16384

    private let context: Context
    private let identity: DaemonIdentity
    private let robots: RobotList
    private let planner: PlannerInbox
    private let splitter: @Sendable (String) -> [TextSegment]
    private let log: Logger
    private let started = Clock.monotonic()

    private let doors: Doorkeeper
    private var limiter: RateLimiter
    private var atEnd: [String: ServiceConfiguration.AtEnd]
    private var standing: Set<String> = []
    private var limitReports: [String: LimitReport] = [:]
    private var limitsTold: Int64 = 0
    private var ledger = CommandLedger()
    private let answers: AnswerMemory
    /// Who waits for an answer that takes its time, by the request's id.
    private var waiting: [ClientRequest: (request: Request, callers: [Caller])] = [:]
    private let journal: Journal?
    private let times: WorkTimes
    private let clips: ClipLibrary
    private let sources: StateSources?
    private var sockets: Sockets?
    private var isReady = false
    private var isShuttingDown = false
    private var counts = Counts()
    private let recording: RecordingVerbs
    private let reload: @Sendable () async throws(RequestError) -> [JSONValue.Member]
    private let marks: WakeUp
    private let listener: @Sendable (String, [UInt8]) -> Void
    private var outcomes: [Int64: [JSONValue.Member]] = [:]
    private let publisherReport: @Sendable () -> [JSONValue.Member]

    private struct Sockets {
        let command: RequestSocket
        let events: Socket
        let publisher: EventPublisher
        let state: Socket
    }

    /// Who asks, and how the answer gets there.
    private enum Caller {
        /// A client at the command socket.
        case socket(RequestQueue.Waiting)
        /// Someone who has shown the token over HTTP: an operator.
        case web(CheckedContinuation<Reply, Never>)

        var name: ClientName {
            switch self {
            case .socket(let request):
                ClientName(peer: request.framing.peer, user: request.user, socket: "command")
            case .web: .web
            }
        }
    }

    /// A request as its client calls it.
    private struct ClientRequest: Hashable {
        var client: ClientName
        var id: String
    }

    private struct Counts {
        var accepted = 0
        var refused: [RequestError.Code: Int] = [:]
    }

    /// Creates a server. `recording` carries out `record` and `replay`, `reload` the verb of that name; `marks` rings when
    /// players have told something; `publisherReport` is for the answers of `status`, `listener` hears every event on this
    /// server's thread, `splitter` gives the actions of a text. `rateLimit` and `atEnd` are as for ``adopt(rateLimit:atEnd:)``.
    package init(
        loop: ZMQLoop, context: Context, doors: Doorkeeper, identity: DaemonIdentity,
        robots: RobotList, planner: PlannerInbox, answers: AnswerMemory = AnswerMemory(),
        journal: sending Journal? = nil, clips: ClipLibrary = ClipLibrary(folder: nil),
        sources: sending StateSources? = nil, recording: RecordingVerbs,
        reload: @escaping @Sendable () async throws(RequestError) -> [JSONValue.Member], marks: WakeUp,
        rateLimit: Double, atEnd: [String: ServiceConfiguration.AtEnd], times: WorkTimes = WorkTimes(),
        publisherReport: @escaping @Sendable () -> [JSONValue.Member],
        listener: @escaping @Sendable (String, [UInt8]) -> Void, log: Logger,
        splitter: @escaping @Sendable (String) -> [TextSegment]
    ) {
        self.loop = loop
        self.context = context
        self.doors = doors
        self.identity = identity
        self.robots = robots
        self.planner = planner
        self.answers = answers
        self.journal = journal
        self.clips = clips
        self.sources = sources
        self.times = times
        self.log = log
        self.splitter = splitter
        self.recording = recording
        self.reload = reload
        self.marks = marks
        self.publisherReport = publisherReport
        self.listener = listener
        limiter = RateLimiter(rate: rateLimit)
        self.atEnd = atEnd
    }

    // MARK: Life

    /// Binds the sockets and starts to answer; commands are refused as `not_ready` until `becomeReady`.
    package func open(_ endpoints: ServiceConfiguration.Endpoints) throws(StartError) -> ServiceConfiguration.Endpoints
    {
        var bound = endpoints
        let command = try RequestSocket("command", endpoint: &bound.command, security: doors, in: context, log: log)
        var options = Socket.Options()
        options.linger = 500
        let events = try bind("events", .observingPublish, &bound.events, options)
        options.linger = 0
        let state = try bind("state", .pull, &bound.state, options)
        let publisher = EventPublisher(
            socket: events, epoch: identity.epoch, recorder: recording.recorder, listener: listener)
        sockets = Sockets(command: command, events: events, publisher: publisher, state: state)
        command.watch(on: loop) { self.assumeIsolated { $0.serveCommands() } }
        loop.watch(events) { self.assumeIsolated { $0.sockets?.publisher.answerSubscriptions() } }
        loop.watch(state) { self.assumeIsolated { $0.takeState() } }
        loop.watch(marks) { self.assumeIsolated { $0.takeMarks() } }
        try openSources()
        openJournal()
        for robot in robots.all {
            publisher.retain("profile.\(robot.name).", robot.description(identity).members ?? [])
        }
        return bound
    }

    private func openSources() throws(StartError) {
        guard let sources else { return }
        sources.onChange = { robot, event in
            self.assumeIsolated { $0.sockets?.publisher.retain("source.\(robot.name).", event) }
        }
        for (socket, source) in try sources.open(in: context) {
            loop.watch(socket) { self.assumeIsolated { $0.sources?.read(source) } }
        }
    }

    private func openJournal() {
        guard let journal else { return }
        journal.onChange = { problem in self.assumeIsolated { $0.tellJournal(problem) } }
        let recovery = journal.open()
        ledger.restore(recovery, answers: answers)
        let interrupted = recovery.records.filter { $0.state == .interrupted }.count
        if interrupted > 0 { log.warning("\(interrupted) commands were interrupted when the last process ended") }
        tellJournal(
            recovery.problem,
            details: [
                .init("interrupted", JSONValue(interrupted)), .init("broken_lines", JSONValue(recovery.brokenLines)),
                .init("put_aside", JSONValue(recovery.putAside)),
            ])
        if recovery.brokenLines > 0 {
            log.error("the journal held \(recovery.brokenLines) lines that could not be read; it was put aside")
        }
    }

    /// Tells, also to those who come later, how the journal fares: without it commands are carried out all the same.
    private func tellJournal(_ problem: String?, details: [JSONValue.Member] = []) {
        let state =
            problem != nil
            ? "failed" : (details.contains { $0 == .init("broken_lines", 0) } || details.isEmpty ? "ok" : "recovered")
        if let problem { log.error("the journal: \(problem)") }
        sockets?.publisher.retain(
            "daemon.journal.",
            [.init("event", "journal"), .init("state", .string(state)), .init("reason", JSONValue(problem))] + details)
    }

    private func bind(
        _ name: String, _ kind: Socket.Kind, _ endpoint: inout String, _ options: Socket.Options
    ) throws(StartError) -> Socket {
        do throws(MessagingError) {
            let socket = try Socket(kind, options: doors.guarded(options, as: name), in: context)
            try doors.watch(socket, as: name, in: context)
            endpoint = try socket.bind(endpoint)
            return socket
        } catch {
            throw .socket(name: name, error)
        }
    }

    /// From now on commands are taken.
    package func becomeReady() { isReady = true }

    /// From now on commands are refused as `shutting_down`; those at hand are given up.
    package func beginShutdown() {
        isShuttingDown = true
        for robot in robots.all {
            robot.channel.shutDown()
            giveUpAll(of: robot, as: .cancelled)
        }
    }

    /// Closes the sockets.
    package func close() {
        loop.unwatchAll()
        sockets?.command.close()
        sockets?.events.close()
        sockets?.state.close()
        sources?.close()
        sockets = nil
    }

    /// From now on clients are bound to so many requests per second, and robots do this when nothing is planned any more.
    package func adopt(rateLimit: Double, atEnd: [String: ServiceConfiguration.AtEnd]) {
        limiter = RateLimiter(rate: rateLimit)
        self.atEnd = atEnd
    }

    /// Whether commands are taken.
    package var takesCommands: Bool { isReady && !isShuttingDown }

    /// How many requests got each code (`ok` for accepted commands), and how many commands of each robot are not over.
    package func tally() -> (answers: [String: Int], queues: [String: Int]) {
        var answers = ["ok": counts.accepted]
        for (code, count) in counts.refused { answers[code.rawValue] = count }
        return (
            answers,
            Dictionary(uniqueKeysWithValues: robots.all.map { ($0.name, ledger.unfinished(of: $0.name).count) })
        )
    }

    /// The commands of each robot that are not over, as `status` shows them.
    package func queues() -> [JSONValue.Member] {
        robots.all.map { .init($0.name, .array(ledger.unfinished(of: $0.name).map(shown))) }
    }

    /// Tells something about a robot that no other event does.
    package func tell(_ robot: String, _ details: [JSONValue.Member]) {
        sockets?.publisher.publish("robot.\(robot).", [.init("robot", .string(robot))] + details)
    }

    /// Tells how a sink fares.
    package func tell(_ sink: SinkReport) {
        let event: [JSONValue.Member] = [.init("event", "sink")] + (sink.json.members ?? [])
        sockets?.publisher.publish("robot.\(sink.robot).", event)
    }

    // MARK: What the planner and the publisher report

    /// Moves a command on and tells the event; `details` are added to it. Nothing happens when it is over already.
    package func move(
        _ number: Int64, to state: CommandState, frame: Int64? = nil, details: [JSONValue.Member] = []
    ) {
        guard ledger.move(number, to: state), let entry = ledger[number] else { return }
        if state.isFinal { journal?.end(number, state) }
        tell(state.rawValue, of: entry, frame: frame, details: details)
        log.info("\(state.rawValue)", metadata: ["command": "\(CommandName.text(number))"])
    }

    /// Tells an event of a command that is no change of its state, such as `spliced`.
    package func tell(
        _ event: String, of number: Int64, robot: String? = nil, frame: Int64?, details: [JSONValue.Member]
    ) {
        guard let entry = ledger[number] else { return }
        tell(event, of: entry, robot: robot, frame: frame, details: details)
    }

    private func tell(
        _ event: String, of entry: CommandLedger.Entry, robot: String? = nil, frame: Int64?, details: [JSONValue.Member]
    ) {
        let name = CommandName.text(entry.number)
        var members: [JSONValue.Member] = [
            .init("event", .string(event)), .init("command", .string(name)), .init("id", JSONValue(entry.id)),
            .init("robot", .string(robot ?? entry.robot)), .init("state", .string(entry.state.rawValue)),
            .init("frame", frame.map(JSONValue.integer) ?? .null),
        ]
        if entry.isGroup { members.append(.init("robots", .array(entry.robots.map(JSONValue.string)))) }
        sockets?.publisher.publish("event.\(name).", members + details)
    }

    /// Tells what a robot does, to present and future subscribers.
    package func tell(_ state: StreamState, ofRobot robot: String, frame: Int64) {
        sockets?.publisher.retain(
            "robot.\(robot).",
            [
                .init("event", "robot"), .init("robot", .string(robot)), .init("state", .string(state.rawValue)),
                .init("frame", .integer(frame)),
            ])
    }

    /// A stopping verb came by the priority socket or by ours: what it means for the commands.
    package func stopped(_ verb: Verb, robot name: String) {
        guard let robot = try? robots.find(name) else { return }
        sources?.yield(name)
        switch verb {
        case .stop: giveUpAll(of: robot, as: .cancelled)
        case .halt: giveUpAll(of: robot, as: .preempted)
        default: break
        }
    }

    /// Ends the commands from before the robot's last stop.
    private func giveUpAll(of robot: ActiveRobot, as state: CommandState) {
        let era = robot.channel.era
        planner.post(.clear(robot: robot.name, era: era))
        for entry in ledger.unfinished(of: robot.name) where entry.era(of: robot.name) < era {
            // In step or not at all: the others of a group do not go on alone.
            if entry.isGroup { planner.post(.cancel(entry.number, robots: entry.robots.filter { $0 != robot.name })) }
            move(entry.number, to: state)
        }
    }

    /// Reads what the players told since the last time; called when the publisher's bell rings.
    package func takeMarks() {
        for robot in robots.all {
            for mark in robot.channel.takeMarks() { read(mark, of: robot) }
        }
    }

    private func read(_ mark: RobotChannel.Mark, of robot: ActiveRobot) {
        switch mark {
        case .notice(.began(let tag), let frame) where tag.command != 0:
            let number = Int64(clamping: tag.command)
            if ledger[number]?.say.mode == .replace { preempt(before: number, of: robot, frame: frame) }
            move(number, to: .playing, frame: frame)
            tell(
                "segment", of: number, robot: robot.name, frame: frame,
                details: [.init("segment", .integer(Int64(tag.segment)))])
        case .notice(.endedCommand(let tag), let frame):
            let number = Int64(clamping: tag.command)
            if ledger.end(number, on: robot.name) {
                move(number, to: .done, frame: frame, details: outcomes[number] ?? [])
            }
            outcomes[number] = nil
        case .notice(.rejected(let tag, let joint, let distance), let frame):
            let number = Int64(clamping: tag.command)
            let name = robot.profile.jointNames[joint]
            log.warning(
                "limits would have moved \(name) by \(distance) from the plan, and the profile's policy is `reject`: holding",
                metadata: ["robot": "\(robot.name)", "frame": "\(frame)", "command": "\(CommandName.text(number))"])
            tell(
                "rejected", of: number, robot: robot.name, frame: frame,
                details: [.init("joint", .string(name)), .init("distance", .number(distance))])
        case .notice(.underrun(let tag), let frame):
            log.warning(
                "the plan ran dry",
                metadata: [
                    "robot": "\(robot.name)", "frame": "\(frame)",
                    "command": "\(CommandName.text(Int64(clamping: tag.command)))",
                ])
            tell("underrun", of: Int64(clamping: tag.command), robot: robot.name, frame: frame, details: [])
        case .notice: break
        case .outcome(let outcome, let origin, let frame):
            if case .planned(let splice) = outcome, origin.isFirst {
                tellSplice(splice, of: origin.command, frame, robot)
            }
        case .state(let state, let frame):
            tell(state, ofRobot: robot.name, frame: frame)
            if state == .playing { standing.remove(robot.name) }
            if state == .ramping, let next = ledger.unfinished(of: robot.name).first(where: { $0.state == .ready }) {
                move(next.number, to: .ramping, frame: frame)
            }
        case .succeeded(let frame):
            let hash = robot.profile.contentHash
            log.notice("another profile is in force", metadata: ["robot": "\(robot.name)", "frame": "\(frame)"])
            sockets?.publisher.retain("profile.\(robot.name).", robot.description(identity).members ?? [])
            tell(
                robot.name,
                [
                    .init("event", "profile"), .init("state", "in_force"), .init("profile", .string(hash)),
                    .init("in_force", .string(hash)), .init("problem", .null), .init("frame", .integer(frame)),
                ])
        }
    }

    /// The first motion of a command lies on the timeline.
    private func tellSplice(_ splice: Splice, of number: Int64, _ frame: Int64, _ robot: ActiveRobot) {
        guard let entry = ledger[number], !entry.state.isFinal else { return }
        if entry.say.mode == .replace {
            let playing = entry.say.moment == .now ? 0 : Int64(clamping: robot.channel.status.tag.command)
            preempt(before: number, of: robot, but: playing, frame: splice.firstFrame)
        }
        move(number, to: .ready, frame: splice.firstFrame)
        // The way to the measured pose may have begun before there was motion to follow it.
        let status = robot.channel.status
        if status.state == .ramping { move(number, to: .ramping, frame: status.frame) }
        let shown = splice.changedFrame ?? splice.firstFrame
        let untilShown = Double(max(0, shown - frame)) / Double(robot.channel.rate)
        let latency = Double(Clock.monotonic() - entry.received) / 1e6 + untilShown * 1000
        times.firstFrame.add(latency / 1000)
        tell(
            "spliced", of: number, robot: robot.name, frame: frame,
            details: [
                .init("first_frame", .integer(splice.firstFrame)),
                .init("changed_frame", splice.changedFrame.map(JSONValue.integer) ?? .null),
                .init("latency_ms", .number(latency)), .init("bridged", .bool(splice.isBridged)),
            ])
    }

    /// Ends commands that others have taken the place of; all in one turn of this thread, which may be busy.
    package func preempt(_ numbers: [Int64]) {
        for number in numbers { move(number, to: .preempted) }
    }

    /// Ends what a replacement takes the place of; what still plays up to it ends when it begins.
    private func preempt(before number: Int64, of robot: ActiveRobot, but playing: Int64 = 0, frame: Int64) {
        for older in ledger.unfinished(of: robot.name) where older.number < number && older.number != playing {
            if older.isGroup { planner.post(.cancel(older.number, robots: older.robots.filter { $0 != robot.name })) }
            move(older.number, to: .preempted, frame: frame)
        }
    }

    /// What the planner found out about a command, for its event `done`.
    package func note(_ details: [JSONValue.Member], for number: Int64) {
        if ledger[number]?.state.isFinal == false { outcomes[number, default: []] += details }
    }

    // MARK: Requests

    private func serveCommands() {
        sockets?.command.serve { serve($0.framing.body, of: .socket($0)) }
    }

    /// Answers a request that came over HTTP with the token.
    package func answer(_ body: [UInt8]) async -> Reply {
        await withCheckedContinuation { serve(.success(body), of: .web($0)) }
    }

    private func serve(_ body: Result<[UInt8], RequestError>, of caller: Caller) {
        guard let reply = answer(body, to: caller) else { return }
        deliver(reply, to: caller)
        // The acknowledgement goes before the first event, and before any work.
        guard let accepted = acceptedNow else { return }
        acceptedNow = nil
        switch accepted {
        case .command(let entry): begin(entry)
        case .stop(let entry, let source, let client):
            journal?.accept(entry.number, robots: entry.robots, request: source, of: client)
            move(entry.number, to: .done)
        }
    }

    private func deliver(_ reply: Reply, to caller: Caller) {
        if case .failure(let error) = reply.result { counts.refused[error.code, default: 0] += 1 }
        switch caller {
        case .web(let continuation): continuation.resume(returning: reply)
        case .socket(let request): sockets?.command.send(reply, to: request.framing)
        }
    }

    /// Answers when the work, which reads or writes files, is done.
    private func answerLater(_ request: Request, to caller: Caller) throws(RequestError) {
        let key = request.id.map { ClientRequest(client: caller.name, id: $0) }
        if let key {
            if let earlier = waiting[key] {
                try request.checkRepeats(earlier.request)
                waiting[key]?.callers.append(caller)
                return
            }
            waiting[key] = (request, [])
        }
        let (recording, reload, robots, isReady) = (recording, reload, robots, isReady)
        Task {
            let result: Result<[JSONValue.Member], RequestError>
            do throws(RequestError) {
                guard isReady else { throw RequestError(.notReady, "the daemon is still starting") }
                if request.verb == .reload {
                    result = .success(try await reload())
                } else {
                    result = .success(try await recording.perform(request, robots: robots))
                }
            } catch {
                result = .failure(error)
            }
            let reply = Reply(id: request.id, result: result, warnings: request.warnings)
            if case .success = result { answers.remember(reply, to: request, of: caller.name) }
            let others = key.flatMap { waiting.removeValue(forKey: $0)?.callers } ?? []
            for caller in [caller] + others { deliver(reply, to: caller) }
        }
    }

    /// What the reply just made acknowledges.
    private enum Accepted {
        case command(CommandLedger.Entry)
        /// A text that was a stop: it is over, and written down afterwards, as no stop waits for a disk.
        case stop(CommandLedger.Entry, source: JSONValue, of: ClientName)
    }

    private var acceptedNow: Accepted?
    /// Where the streams start from that it begins.
    private var acceptedStarts: [JSONValue] = []

    /// The answer to a request; nil when it comes later.
    private func answer(_ body: Result<[UInt8], RequestError>, to caller: Caller) -> Reply? {
        let isWithinRate = limiter.take(caller.name, at: Clock.monotonic())
        let bytes: [UInt8]
        switch body {
        case .failure(let error): return Reply(id: nil, result: .failure(error))
        case .success(let taken): bytes = taken
        }
        let outcome = RequestDecoder.decode(bytes)
        let request: Request
        switch outcome.result {
        case .failure(let error): return Reply(id: outcome.id, result: .failure(error), warnings: outcome.warnings)
        case .success(let decoded): request = decoded
        }
        do throws(RequestError) {
            if case .socket(let waiting) = caller {
                try doors.permit(request.verb.role, waiting.user, for: request.verb.name)
            }
            let spoken = request.verb.spokenStop
            // No bound keeps a robot from being stopped.
            guard isWithinRate || request.verb.isPriority || spoken != nil else {
                throw RequestError(.rateLimited, "more than \(limiter.rate) requests a second came from this client")
            }
            if !request.verb.isQuestion {
                // Also what came as plain text or msgpack: the channel holds JSON.
                recording.recorder.note("request", outcome.value.encoded)
                // A stop that its client sent before is no less a stop.
                if !request.verb.isStop, spoken == nil,
                    let earlier = try answers.earlierAnswer(to: request, of: caller.name)
                {
                    return earlier
                }
            }
            switch request.verb {
            case .record, .replay, .reload:
                try request.checkDeadline()
                if case .replay = request.verb { try refuseSeveral(request) }
                try answerLater(request, to: caller)
                return nil
            default: break
            }
            if let spoken {
                let members = try stop(spoken, request, of: caller.name, source: outcome.value)
                return Reply(id: request.id, result: .success(members), warnings: request.warnings)
            }
            let members = try perform(request, of: caller.name, source: outcome.value)
            let reply = Reply(id: request.id, result: .success(members), warnings: request.warnings)
            if !request.verb.isQuestion, !request.verb.isStop { answers.remember(reply, to: request, of: caller.name) }
            return reply
        } catch {
            return Reply(id: request.id, result: .failure(error), warnings: request.warnings)
        }
    }

    private func perform(
        _ request: Request, of client: ClientName, source: JSONValue
    ) throws(RequestError) -> [JSONValue.Member] {
        switch request.verb {
        case .hello: return hello(request)
        case .robots: return [.init("robots", .array(robots.all.map { .string($0.name) }))]
        case .robot:
            try refuseSeveral(request)
            return try robots.find(request.robots.first).description(identity).members ?? []
        case .status(nil): return try status(request)
        case .status(let command?): return try status(ofCommand: command, of: client)
        case .record, .replay, .reload: throw RequestError(.failed, "this verb is answered elsewhere")
        case .say(let say): return try accept(say, isClip: false, request, of: client, source: source)
        case .play(let clip): return try accept(clip, isClip: true, request, of: client, source: source)
        case .cancel(let command): return try cancel(command, of: client)
        case .hold, .stop, .halt, .reset, .resume:
            if request.verb == .resume {
                try refuseWhileClosing()
                try request.checkDeadline()
                for robot in try robots.find(request.robots) { try refuseBlind(robot, resuming: true) }
            }
            if request.verb == .reset { try request.checkDeadline() }
            return try robots.perform(request) { robot in
                log.notice("\(request.verb.name)", metadata: ["robot": "\(robot)"])
                stopped(request.verb, robot: robot)
            }
        }
    }

    /// Carries out at once what a text says to stop. What it asks for afterwards is a command as others are; without it the
    /// command that the text is called by is over.
    private func stop(
        _ spoken: SpokenStop, _ request: Request, of client: ClientName, source: JSONValue
    ) throws(RequestError) -> [JSONValue.Member] {
        var stop = request
        stop.verb = Verb(spoken.kind)
        let stopped = try perform(stop, of: client, source: source)
        guard case .say(var say) = request.verb else { return stopped }
        if !spoken.rest.isEmpty, spoken.kind != .halt {
            say.text = spoken.rest
            do throws(RequestError) {
                return try accept(say, isClip: false, request, of: client, source: source) + stopped
            } catch {
                throw RequestError(
                    error.code, "\(stop.verb.name) was carried out; what follows it is refused: \(error.message)",
                    field: error.field)
            }
        }
        say.mode = .replace
        let asked = try robots.find(request.robots)
        let (entry, _) = try ledger.accept(
            say, id: request.id, of: client, robots: asked.map { ($0.name, $0.channel.era) }, segments: [], expiry: nil,
            received: Clock.monotonic())
        acceptedNow = .stop(entry, source: source, of: client)
        return [
            .init("command", .string(CommandName.text(entry.number))), .init("robot", .string(entry.robot)),
            .init("robots", .array(entry.robots.map(JSONValue.string))),
            .init("state", .string(CommandState.done.rawValue)), .init("position", 0), .init("segments", []),
        ] + stopped
    }

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

    private func refuseWhileClosing() throws(RequestError) {
        guard !isShuttingDown else { throw RequestError(.shuttingDown, "the daemon is going down") }
        guard isReady else { throw RequestError(.notReady, "the models are still being loaded") }
    }

    private func accept(
        _ say: Say, isClip: Bool, _ request: Request, of client: ClientName, source: JSONValue
    ) throws(RequestError) -> [JSONValue.Member] {
        try refuseWhileClosing()
        let asked = try robots.find(request.robots)
        let expiry = try request.checkDeadline()
        for robot in asked where robot.channel.isHalted {
            throw RequestError(.halted, "\(robot.name) is halted; send `reset` first")
        }
        // What is appended waits for the hold's end anyway.
        if say.mode == .replace { for robot in asked { try refuseBlind(robot) } }
        if isClip { try clips.check(say.text) }
        var starts: [JSONValue] = []
        for robot in asked {
            if let start = try robot.channel.begin(of: robot.profile) {
                starts.append(start.json(of: robot.name))
            }
        }
        let segments = isClip ? [TextSegment(text: say.text)] : splitter(say.text)
        guard !segments.isEmpty else { throw RequestError(.emptyText, "the text names no action", field: "body.text") }
        let actions = segments.reduce(0) { $0 + $1.repeats } * say.repeats
        guard isClip || actions <= CommandLedger.actionLimit else {
            throw RequestError(
                .outOfRange,
                "the text asks for \(actions) actions; at most \(CommandLedger.actionLimit) are carried out",
                field: "body.text")
        }
        let (entry, position) = try ledger.accept(
            say, isClip: isClip, id: request.id, of: client, robots: asked.map { ($0.name, $0.channel.era) },
            segments: segments,
            expiry: expiry, received: Clock.monotonic())
        journal?.accept(entry.number, robots: entry.robots, request: source, of: client)
        counts.accepted += 1
        acceptedNow = .command(entry)
        acceptedStarts = starts
        // Durations are stated only where the request did; estimated ones come with the event `generating`.
        return [
            .init("command", .string(CommandName.text(entry.number))), .init("robot", .string(entry.robot)),
            .init("robots", .array(entry.robots.map(JSONValue.string))), .init("state", .string(entry.state.rawValue)),
            .init("position", JSONValue(position)),
            .init(
                "segments",
                .array(
                    segments.map { segment in
                        var segment = segment
                        if segments.count == 1, segment.repeats == 1 {
                            segment.duration = segment.duration ?? say.duration
                        }
                        return segment.json
                    })),
        ]
    }

    private func begin(_ entry: CommandLedger.Entry) {
        log.info(
            "queued: \(entry.say.text.prefix(200))",
            metadata: [
                "command": "\(CommandName.text(entry.number))", "robot": "\(entry.robots.joined(separator: ","))",
            ])
        let starts: [JSONValue.Member] = acceptedStarts.isEmpty ? [] : [.init("starts", .array(acceptedStarts))]
        tell(CommandState.queued.rawValue, of: entry, frame: nil, details: starts)
        planner.post(.say(entry))
    }

    private func cancel(_ name: String, of client: ClientName) throws(RequestError) -> [JSONValue.Member] {
        guard let entry = ledger.find(name, for: client) else {
            throw RequestError(.unknownCommand, "there is no command \"\(name.prefix(64))\"", field: "body.command")
        }
        guard !entry.state.isFinal else {
            throw RequestError(
                .unknownCommand, "\(CommandName.text(entry.number)) is over: \(entry.state.rawValue)",
                field: "body.command")
        }
        let command = CommandName.text(entry.number)
        planner.post(.cancel(entry.number, robots: entry.robots))
        move(entry.number, to: .cancelled)
        return [.init("command", .string(command)), .init("state", .string(CommandState.cancelled.rawValue))]
    }

    // MARK: Answers to questions

    private func hello(_ request: Request) -> [JSONValue.Member] {
        let now = Clock.wall()
        var members: [JSONValue.Member] = [
            .init("service", "kmmd"), .init("build", .string(identity.build)),
            .init("versions", [.integer(Int64(Request.version))]), .init("epoch", .integer(identity.epoch)),
            .init("model", .string(identity.model)), .init("robots", .array(robots.all.map { .string($0.name) })),
            .init("default_robot", .string(robots.default.name)), .init("t_wall_ns", .integer(now)),
            .init(
                "verbs",
                [
                    "hello", "say", "play", "cancel", "hold", "resume", "stop", "halt", "reset", "status", "robots",
                    "robot", "reload", "record", "replay",
                ]),
            .init(
                "limits",
                [
                    "text_length": JSONValue(Request.maximumTextLength),
                    "body_bytes": JSONValue(Request.maximumBodySize), "queue": JSONValue(CommandLedger.queueLimit),
                ]),
        ]
        if let sent = request.sentNanoseconds {
            let skew = now - sent
            members.append(.init("clock_skew_ms", .number(Double(skew) / 1e6)))
            if abs(skew) > 1_000_000_000 {
                members.append(
                    .init("clock_warning", "the clocks differ by more than a second: deadlines with `sent_ns` suffer"))
            }
        }
        return members
    }

    private func status(_ request: Request) throws(RequestError) -> [JSONValue.Member] {
        let asked = request.robots.isEmpty ? robots.all : try robots.find(request.robots)
        let refused = counts.refused.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            .init("ready", .bool(isReady && !isShuttingDown)), .init("shutting_down", .bool(isShuttingDown)),
            .init("uptime_s", .number(Double(Clock.monotonic() - started) / 1e9)),
            .init("epoch", .integer(identity.epoch)), .init("publisher", .object(isReady ? publisherReport() : [])),
            .init(
                "robots",
                .array(
                    asked.map { robot in
                        .object(
                            [.init("robot", .string(robot.name))] + robot.channel.status.members + [
                                .init("queue", .array(ledger.unfinished(of: robot.name).map(shown)))
                            ])
                    })),
            .init(
                "counts",
                [
                    "accepted": JSONValue(counts.accepted),
                    "refused": .object(refused.map { .init($0.key.rawValue, JSONValue($0.value)) }),
                    "dropped_peers": JSONValue(doors.counts.droppedPeers),
                    "failed_handshakes": JSONValue(doors.counts.failedHandshakes),
                    "refused_clients": JSONValue(doors.counts.authenticationFailures),
                    "lost_replies": JSONValue(sockets?.command.lostReplies ?? 0),
                    "dropped_requests": JSONValue(sockets?.command.dropped ?? 0),
                    "state_messages": JSONValue(sources?.messages ?? 0),
                    "refused_states": JSONValue(sources?.refused ?? 0),
                ]),
        ]
    }

    private func status(ofCommand name: String, of client: ClientName) throws(RequestError) -> [JSONValue.Member] {
        guard let entry = ledger.find(name, for: client) else {
            throw RequestError(.unknownCommand, "there is no command \"\(name.prefix(64))\"", field: "body.command")
        }
        // `id` is the request's own in every reply.
        return (shown(entry).members ?? []).map { $0.key == "id" ? .init("client_id", $0.value) : $0 }
    }

    private func shown(_ entry: CommandLedger.Entry) -> JSONValue {
        [
            "robots": .array(entry.robots.map(JSONValue.string)),
            "command": .string(CommandName.text(entry.number)), "id": JSONValue(entry.id),
            "state": .string(entry.state.rawValue), "text": .string(entry.say.text),
        ]
    }

    // MARK: Other sockets

    /// Takes measured states: ramps start from the newest. What is more than can be read in a turn is thrown away.
    private func takeState() {
        for _ in 0..<CommandServer.statesReadPerTurn {
            guard let received = try? sockets?.state.receive() else { return }
            guard (try? doors.permit(.command, received.user, for: "a measured state")) != nil else { continue }
            sources?.takeNative(received.parts.first)
        }
        for _ in 0..<CommandServer.statesSkippedPerTurn {
            guard (try? sockets?.state.skip()) == true else { return }
        }
    }

    /// Looks after all that happens without a message; call it a few times a second.
    package func keepWatch() {
        sources?.check()
        // What has begun to play is past its deadline.
        takeMarks()
        checkDeadlines()
        checkEnds()
        checkLimits()
    }

    /// Gives commands up that should have begun by now: their motion waits behind other motion, or for a hold's end.
    private func checkDeadlines() {
        for entry in ledger.overdue(at: Clock.wall()) {
            planner.post(.cancel(entry.number, robots: entry.robots))
            move(entry.number, to: .expired)
        }
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
            tell(
                robot.name,
                [
                    .init("event", "limits"), .init("frame", .integer(robot.channel.status.frame)),
                    .init("joints", news.json(robot.profile)), .init("slowed_frames", JSONValue(news.slowedFrames)),
                ])
        }
    }

    /// Has robots stand whose motion is over, where that is wanted.
    private func checkEnds() {
        for robot in robots.all where atEnd[robot.name] == .stand {
            let status = robot.channel.status
            let isOver =
                status.state == .holding && status.isSettled && !status.isHeld && !status.hasMotionOnItsWay
            // Once after each motion: the stand pose is where it stays then.
            guard isOver, status.frame >= 0, ledger.unfinished(of: robot.name).isEmpty,
                standing.insert(robot.name).inserted
            else { continue }
            if (try? robot.channel.perform(.stop, of: robot.profile)) != nil { stopped(.stop, robot: robot.name) }
        }
    }
}
