package import Logging
package import Messaging
package import Planning
package import Publishing
internal import Robots
package import ServiceCore
package import TextEncoding
package import Wire

/// Serves the command and state sockets on the loop's own thread, and requests over HTTP.
///
/// A request is admitted (``RequestAdmission``), its verb carried out (``VerbExecutor``), commands are kept and their events
/// told (``CommandRegister``), and the streams are followed (``StreamWatch``).
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
    private let accessControl: AccessControl
    private let recorder: Recorder
    private let marks: WakeUp
    private let events: EventPublisher
    private let sources: StateSources?
    private let supervision: Supervision
    private let log: Logger
    private var admission: RequestAdmission
    private let register: CommandRegister
    private let executor: VerbExecutor
    private let watch: StreamWatch
    private var sockets: Sockets?
    /// Who waits for an answer that takes its time.
    private var waiting: [WaitingRequest: (request: Request, callers: [Caller])] = [:]
    private var refused: [RequestError.Code: Int] = [:]

    private struct Sockets {
        let command: RequestSocket
        let state: Socket
    }

    /// A request as its client calls it.
    private struct WaitingRequest: Hashable {
        var client: ClientName
        var id: String
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

        var user: String? { if case .socket(let request) = self { request.user } else { nil } }
    }

    /// Creates a server. `recording` carries out `record` and `replay`, `people` those of live people, `reload` the verb of that name; `marks` rings when
    /// players have told something; `publisherReport` is for the answers of `status`, `events` is where events go, open when this is opened, `listener` hears
    /// them all on this server's thread, `splitter` gives the actions of a text, or refuses it. `rateLimit` and `atEnd` are as for ``adopt(rateLimit:atEnd:)``.
    package init(
        loop: ZMQLoop, context: Context, accessControl: AccessControl, identity: DaemonIdentity,
        robots: RobotList, planner: PlannerInbox, answers: AnswerMemory = AnswerMemory(), events: EventSocket,
        journal: sending Journal? = nil, clips: ClipLibrary = ClipLibrary(folder: nil),
        sources: sending StateSources? = nil, recording: RecordingVerbs, people: PeopleVerbs? = nil,
        reload: @escaping @Sendable () async throws(RequestError) -> ReloadAnswer, marks: WakeUp,
        rateLimit: Double, atEnd: [String: ServiceConfiguration.AtEnd], times: WorkTimes = WorkTimes(),
        publisherReport: @escaping @Sendable () -> StatusAnswer.Publisher,
        listener: @escaping @Sendable (String, [UInt8]) -> Void, log: Logger,
        splitter: @escaping @Sendable (Say) throws(RequestError) -> [Action]
    ) {
        self.loop = loop
        self.context = context
        self.accessControl = accessControl
        self.identity = identity
        self.robots = robots
        self.marks = marks
        self.sources = sources
        self.log = log
        recorder = recording.recorder
        self.events = EventPublisher(
            socket: events, epoch: identity.epoch, recorder: recording.recorder, listener: listener)
        admission = RequestAdmission(
            accessControl: accessControl, answers: answers, recorder: recording.recorder,
            limiter: RateLimiter(rate: rateLimit))
        supervision = Supervision(log: log)
        register = CommandRegister(journal: journal, planner: planner, log: log)
        executor = VerbExecutor(
            identity: identity, robots: robots, register: register, clips: clips, sources: sources,
            supervision: supervision, recording: recording, people: people, reload: reload,
            publisherReport: publisherReport, log: log,
            splitter: splitter)
        watch = StreamWatch(
            identity: identity, robots: robots, register: register, executor: executor, atEnd: atEnd, times: times,
            log: log)
    }

    // MARK: Life

    /// Binds the sockets and starts to answer; commands are refused as `not_ready` until `becomeReady`.
    package func open(_ endpoints: ServiceConfiguration.Endpoints) throws(StartError) -> ServiceConfiguration.Endpoints
    {
        var bound = endpoints
        let command = try RequestSocket(
            "command", endpoint: &bound.command, security: accessControl, in: context, log: log)
        let state = try bindState(&bound.state)
        sockets = Sockets(command: command, state: state)
        command.watch(on: loop) { self.assumeIsolated { $0.serveCommands() } }
        loop.watch(state) { self.assumeIsolated { $0.takeState() } }
        loop.watch(marks) { self.assumeIsolated { $0.takeMarks() } }
        try openSources()
        register.open(events, answers: admission.answers)
        for robot in robots.all { register.tell(robot.description(identity)) }
        return bound
    }

    private func openSources() throws(StartError) {
        guard let sources else { return }
        sources.onChange = { event in self.assumeIsolated { $0.register.tell(event) } }
        sources.onState = { [supervision] state, robot, time in supervision.take(state, of: robot, at: time) }
        supervision.onChange = { [register] robot, condition in register.tell(.condition(condition), of: robot) }
        supervision.onFall = { [executor] robot, reason in executor.fell(robot, reason: reason) }
        for (socket, source) in try sources.open(in: context) {
            loop.watch(socket) { self.assumeIsolated { $0.sources?.read(source) } }
        }
    }

    private func bindState(_ endpoint: inout String) throws(StartError) -> Socket {
        do throws(MessagingError) {
            let socket = try Socket(.pull, options: accessControl.guarded(Socket.Options(), as: "state"), in: context)
            try accessControl.watch(socket, as: "state", in: context)
            endpoint = try socket.bind(endpoint)
            return socket
        } catch {
            throw .socket(name: "state", error)
        }
    }

    /// From now on commands are taken.
    package func becomeReady() { executor.phase = .serving }

    /// From now on commands are refused as `shutting_down`; those at hand are given up.
    package func beginShutdown() {
        executor.phase = .ending
        for robot in robots.all {
            robot.channel.shutDown()
            register.giveUpAll(of: robot, as: .cancelled)
        }
    }

    /// Closes the sockets.
    package func close() {
        loop.unwatchAll()
        register.close()
        sockets?.command.close()
        sockets?.state.close()
        sources?.close()
        sockets = nil
    }

    /// From now on clients are bound to so many requests per second, and robots do this when nothing is planned any more.
    package func adopt(rateLimit: Double, atEnd: [String: ServiceConfiguration.AtEnd]) {
        admission.limiter = RateLimiter(rate: rateLimit)
        watch.atEnd = atEnd
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
        switch admission.decide(body, of: caller.name, user: caller.user) {
        case .reply(let reply): deliver(reply, to: caller)
        case .perform(let admitted):
            let request = admitted.request
            do throws(RequestError) {
                switch try executor.perform(admitted, counts: { counts }) {
                case .answer(let answer, let warnings, let afterwards):
                    let reply = Reply(
                        id: request.id, result: .success(Reply.members(answer)),
                        warnings: request.warnings + warnings)
                    admission.remember(reply, to: admitted)
                    deliver(reply, to: caller)
                    afterwards()
                case .later(let work): try answerLater(admitted, to: caller, work)
                }
            } catch {
                deliver(Reply(id: request.id, result: .failure(error), warnings: request.warnings), to: caller)
            }
        }
    }

    /// Answers when the work is done; who sends the same request in the meantime gets the same answer.
    private func answerLater(
        _ admitted: RequestAdmission.Admitted, to caller: Caller,
        _ work: @escaping @Sendable () async throws(RequestError) -> any Encodable & Sendable
    ) throws(RequestError) {
        let request = admitted.request
        let key = request.id.map { WaitingRequest(client: admitted.client, id: $0) }
        if let key {
            if let earlier = waiting[key] {
                try request.checkRepeats(earlier.request)
                waiting[key]?.callers.append(caller)
                return
            }
            waiting[key] = (request, [])
        }
        Task {
            let result: Result<[JSONValue.Member], RequestError>
            do throws(RequestError) { result = .success(Reply.members(try await work())) } catch {
                result = .failure(error)
            }
            let reply = Reply(id: request.id, result: result, warnings: request.warnings)
            admission.remember(reply, to: admitted)
            let others = key.flatMap { waiting.removeValue(forKey: $0)?.callers } ?? []
            for caller in [caller] + others { deliver(reply, to: caller) }
        }
    }

    private func deliver(_ reply: Reply, to caller: Caller) {
        if case .failure(let error) = reply.result { refused[error.code, default: 0] += 1 }
        switch caller {
        case .web(let continuation): continuation.resume(returning: reply)
        case .socket(let request): sockets?.command.send(reply, to: request.framing)
        }
    }

    // MARK: Measured states

    /// Takes measured states: ramps start from the newest. What is more than can be read in a turn is thrown away.
    private func takeState() {
        for _ in 0..<CommandServer.statesReadPerTurn {
            guard let received = try? sockets?.state.receive() else { return }
            guard (try? accessControl.permit(.command, received.user, for: "a measured state")) != nil else { continue }
            sources?.takeNative(received.parts.first)
        }
        for _ in 0..<CommandServer.statesSkippedPerTurn {
            guard (try? sockets?.state.skip()) == true else { return }
        }
    }

    // MARK: What other parts report

    /// Moves a command on and tells the event. Nothing happens when it is over already.
    package func move(_ number: Int64, to state: CommandState, details: CommandEvent.StateDetails) {
        register.move(number, to: state, details: details)
    }

    /// Ends commands that others have taken the place of; all in one turn of this thread, which may be busy.
    package func preempt(_ numbers: [Int64]) {
        for number in numbers { register.move(number, to: .preempted) }
    }

    /// Notes where the actions of a command have led, for its event `done`.
    package func note(_ achieved: [CommandEvent.Achievement], for number: Int64) {
        register.note(achieved, for: number)
    }

    /// Tells an event of a robot.
    package func tell(_ robot: String, _ event: RobotEvent) { register.tell(event, of: robot) }

    /// Tells how a sink fares.
    package func tell(_ sink: SinkReport) { register.tell(.sink(sink.state), of: sink.robot) }

    /// Tells what happens to a live person.
    package func tell(_ event: PersonEvent) { register.tell(event) }

    /// A stopping verb came by the priority socket: what it means for the commands.
    package func stopped(_ verb: Verb, robot: String) { executor.stopped(verb, robot: robot) }

    /// Reads what the players told since the last time; called when the publisher's wake-up rings.
    package func takeMarks() { watch.takeMarks() }

    /// Looks after all that happens without a message; call it a few times a second.
    package func keepWatch() {
        sources?.check()
        watch.check()
    }

    // MARK: What other parts ask

    /// Whether commands are taken.
    package var takesCommands: Bool { executor.phase == .serving }

    /// How many requests got each code (`ok` for accepted commands), and how many commands of each robot are not over.
    package func tally() -> (answers: [String: Int], queues: [String: Int]) {
        var answers = ["ok": register.accepted]
        for (code, count) in refused { answers[code.rawValue] = count }
        return (
            answers,
            Dictionary(
                uniqueKeysWithValues: robots.all.map { ($0.name, register.ledger.unfinished(of: $0.name).count) })
        )
    }

    /// The commands of each robot that are not over, as `status` shows them.
    package func queues() -> [String: [CommandDescription]] {
        Dictionary(
            uniqueKeysWithValues: robots.all.map { robot in
                (robot.name, register.ledger.unfinished(of: robot.name).map(\.description))
            })
    }

    /// How each robot stands by its measured state, and how often each has fallen.
    func conditions() -> (now: [String: RobotEvent.Condition.State], falls: [String: Int]) {
        (supervision.conditions, supervision.falls)
    }

    private var counts: StatusAnswer.Counts {
        var counts = StatusAnswer.Counts()
        counts.accepted = register.accepted
        counts.refused = Dictionary(uniqueKeysWithValues: refused.map { ($0.key.rawValue, $0.value) })
        counts.droppedPeers = accessControl.counts.droppedPeers
        counts.failedHandshakes = accessControl.counts.failedHandshakes
        counts.refusedClients = accessControl.counts.authenticationFailures
        counts.lostReplies = sockets?.command.lostReplies ?? 0
        counts.droppedRequests = sockets?.command.dropped ?? 0
        counts.stateMessages = sources?.messages ?? 0
        counts.refusedStates = sources?.refused ?? 0
        return counts
    }
}
