package import Logging
package import Messaging
package import ServiceCore
package import Wire

/// Serves `hold`, `stop`, `halt` and `reset` on a thread of its own, so that no flood of texts delays them.
package actor PriorityServer {
    /// The thread that owns the socket of this server.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let context: Context
    private let doors: Doorkeeper
    private let robots: RobotList
    private let answers: AnswerMemory
    private let recorder: Recorder?
    private let log: Logger
    private let stopped: @Sendable (Verb, String) -> Void
    private var socket: Socket?

    /// Creates a server; `stopped` hears of every verb that took effect, with the robot's name. It shares what was answered
    /// with the command socket: a client that tries again may do so at either.
    package init(
        loop: ZMQLoop, context: Context, doors: Doorkeeper, robots: RobotList, answers: AnswerMemory = AnswerMemory(),
        recorder: Recorder? = nil, log: Logger,
        stopped: @escaping @Sendable (Verb, String) -> Void
    ) {
        self.loop = loop
        self.context = context
        self.doors = doors
        self.robots = robots
        self.answers = answers
        self.recorder = recorder
        self.log = log
        self.stopped = stopped
    }

    /// Binds the socket and starts to answer; returns the endpoint in force.
    package func open(_ endpoint: String) throws(StartError) -> String {
        do throws(MessagingError) {
            var options = Socket.Options()
            options.linger = 500
            let socket = try Socket(.router, options: doors.guarded(options, as: "priority"), in: context)
            try doors.watch(socket, as: "priority", in: context)
            let bound = try socket.bind(endpoint)
            self.socket = socket
            loop.watch(socket) { self.assumeIsolated { $0.serve() } }
            return bound
        } catch {
            throw .socket(name: "priority", error)
        }
    }

    /// Closes the socket.
    package func close() {
        loop.unwatchAll()
        socket?.close()
        socket = nil
    }

    private func serve() {
        while let received = try? socket?.receive() {
            guard let framing = RequestFraming(parts: received.parts, discardedParts: received.discardedParts) else {
                continue
            }
            do throws(MessagingError) {
                try socket?.send(framing.prefix + [answer(framing.body, from: received.user).json.encoded])
            } catch {
                log.notice("a reply on the priority socket could not be delivered: \(error)")
            }
        }
    }

    private func answer(_ body: Result<[UInt8], RequestError>, from user: String?) -> Reply {
        let outcome =
            switch body {
            case .failure(let error): RequestDecoder.Outcome(refused: error)
            case .success(let bytes): RequestDecoder.decode(bytes)
            }
        do throws(RequestError) {
            let request = try outcome.result.get()
            try doors.permit(request.verb.role, user, for: request.verb.name)
            recorder?.note("request", outcome.value.encoded)
            if let earlier = try answers.earlierAnswer(to: request) { return earlier }
            let reply = Reply(id: request.id, result: .success(try perform(request)), warnings: request.warnings)
            answers.remember(reply, to: request)
            return reply
        } catch {
            return Reply(id: outcome.id, result: .failure(error), warnings: outcome.warnings)
        }
    }

    private func perform(_ request: Request) throws(RequestError) -> [JSONValue.Member] {
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
