package import Logging
package import Messaging
package import ServiceCore
internal import TextEncoding
package import Wire

/// Serves `hold`, `stop`, `halt` and `reset` on a thread of its own, so that no flood of texts delays them.
package actor PriorityServer {
    /// The thread that owns the socket of this server.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private static var options: Socket.Options {
        var options = Socket.Options()
        options.ioThread = .priority
        // A stop is short, and waits behind what others sent before it; a newcomer's also behind all that is read in a turn.
        options.backlog = 1 << 16
        options.receiveBuffer = 1 << 12
        return options
    }

    private let context: Context
    private let accessControl: AccessControl
    private let robots: RobotList
    private let answers: AnswerMemory
    private let recorder: Recorder
    private let log: Logger
    private let stopped: @Sendable (Verb, String) -> Void
    private var socket: RequestSocket?

    /// Creates a server; `stopped` hears of every verb that took effect, with the robot's name. It shares what was answered
    /// with the command socket: a client that tries again may do so at either.
    package init(
        loop: ZMQLoop, context: Context, accessControl: AccessControl, robots: RobotList, answers: AnswerMemory,
        recorder: Recorder, log: Logger,
        stopped: @escaping @Sendable (Verb, String) -> Void
    ) {
        self.loop = loop
        self.context = context
        self.accessControl = accessControl
        self.robots = robots
        self.answers = answers
        self.recorder = recorder
        self.log = log
        self.stopped = stopped
    }

    /// Binds the socket and starts to answer; returns the endpoint in force.
    package func open(_ endpoint: String) throws(StartError) -> String {
        var bound = endpoint
        let socket = try RequestSocket(
            "priority", endpoint: &bound, security: accessControl, in: context, options: PriorityServer.options,
            log: log)
        self.socket = socket
        socket.watch(on: loop) { self.assumeIsolated { $0.serve() } }
        return bound
    }

    /// Closes the socket.
    package func close() {
        loop.unwatchAll()
        socket?.close()
        socket = nil
    }

    private func serve() {
        socket?.serve { request in socket?.send(answer(request), to: request.framing) }
    }

    private func answer(_ waiting: RequestQueue.Waiting) -> Reply {
        let client = ClientName(peer: waiting.framing.peer, user: waiting.user, socket: "priority")
        let outcome =
            switch waiting.framing.body {
            case .failure(let error): RequestDecoder.Outcome(refused: error)
            case .success(let bytes): RequestDecoder.decode(bytes)
            }
        do throws(RequestError) {
            var request = try outcome.result.get()
            if let spoken = request.verb.spokenStop {
                request.verb = Verb(spoken.kind)
                if !spoken.rest.isEmpty { request.warnings.append("what follows the stop is left out on this socket") }
            }
            try accessControl.permit(request.verb.role, waiting.user, for: request.verb.name)
            if request.verb.isStop {
                let reply = Reply(
                    id: request.id, result: .success(Reply.members(try perform(request))), warnings: request.warnings)
                recorder.note("request", outcome.value.encoded)
                return reply
            }
            recorder.note("request", outcome.value.encoded)
            if let earlier = try answers.earlierAnswer(to: request, of: client) { return earlier }
            let reply = Reply(
                id: request.id, result: .success(Reply.members(try perform(request))), warnings: request.warnings)
            answers.remember(reply, to: request, of: client)
            return reply
        } catch {
            return Reply(id: outcome.id, result: .failure(error), warnings: outcome.warnings)
        }
    }

    private func perform(_ request: Request) throws(RequestError) -> RestAnswer {
        guard request.verb.isPriority else {
            throw RequestError(
                .unknownVerb, "the priority socket takes hold, stop, halt and reset, not \(request.verb.name)",
                field: "type")
        }
        if request.verb == .reset { try request.checkDeadline() }
        return try robots.perform(request) { robot in
            log.notice("\(request.verb.name)", metadata: ["robot": "\(robot)"])
            stopped(request.verb, robot)
        }
    }
}
