internal import Logging
internal import Messaging
internal import ServiceCore
internal import Synchronization
internal import Wire

/// A router that takes requests in, gives every client its turn, and brings the answers back.
///
/// Belongs to the thread of its loop.
final class RequestSocket {
    /// Messages taken from the socket before some are answered. All of them have to be taken soon, whatever they are: the
    /// socket itself knows no bound (see `Socket.bind`).
    private static let receivedPerTurn = 4096
    /// Messages taken when one of them may stop a robot, and nanoseconds that they may take: still more than are answered, so
    /// that the socket is emptied.
    private static let receivedBeforeStop = (count: 256, time: Int64(2_000_000))
    /// Requests answered at least before others get their turn on the thread.
    private static let answeredPerTurn = 16

    /// What another thread may say: that connections are left behind.
    private final class Clog: Sendable {
        let isThere = Atomic(false)
        /// Nil once the socket is closed.
        let wakeUp = Mutex<WakeUp?>(nil)

        func tell() {
            isThere.store(true, ordering: .relaxed)
            wakeUp.withLock { $0?.ring() }
        }
    }

    private let socket: Socket
    private let accessControl: AccessControl
    private let endpoint: String
    private let clog = Clog()
    private var isBound = true
    private let more: WakeUp
    private let name: String
    private let log: Logger
    private var queue = RequestQueue()
    /// Requests that may stop a robot: they come before all others.
    private var urgent = RequestQueue()
    private var lines = RepeatedLines()
    /// Requests that were dropped unanswered, as their clients sent more than their share.
    private(set) var dropped = 0
    /// Answers whose clients were gone, or did not read.
    private(set) var lostReplies = 0

    /// Binds to an endpoint, which becomes the one in force.
    init(
        _ name: String, endpoint: inout String, security accessControl: AccessControl, in context: Context,
        options: Socket.Options = Socket.Options(), log: Logger
    ) throws(StartError) {
        self.name = name
        self.log = log
        self.accessControl = accessControl
        do throws(MessagingError) {
            var options = options
            options.linger = 500
            socket = try Socket(.router, options: accessControl.guarded(options, as: name), in: context)
            let (more, clog) = (try WakeUp(), clog)
            self.more = more
            clog.wakeUp.withLock { $0 = more }
            try accessControl.watch(socket, as: name, in: context) { clog.tell() }
            endpoint = try socket.bind(endpoint)
            self.endpoint = endpoint
        } catch {
            throw .socket(name: name, error)
        }
    }

    /// Calls `serve` on the loop's thread whenever requests may be there: it should call ``serve(_:)``.
    func watch(on loop: ZMQLoop, _ serve: @escaping @Sendable () -> Void) {
        loop.watch(socket, onReadable: serve)
        loop.watch(more, onRing: serve)
    }

    /// Takes what came in and has some of what waits answered; the rest follows with the next turn.
    func serve(_ answer: (RequestQueue.Waiting) -> Void) {
        let start = Clock.monotonic()
        receive()
        let end = 2 * Clock.monotonic() - start
        if clog.isThere.exchange(false, ordering: .relaxed) || !isBound { bindAnew() }
        // Whoever floods gets no more of the thread than those who wait for an answer.
        var count = 0
        while count < RequestSocket.answeredPerTurn || Clock.monotonic() < end {
            guard let request = urgent.next() ?? queue.next() else { return }
            answer(request)
            count += 1
        }
        if !queue.isEmpty || !urgent.isEmpty { more.ring() }
    }

    /// Sends an answer to where the request with this framing came from.
    func send(_ reply: Reply, to framing: RequestFraming) {
        do throws(MessagingError) {
            try socket.send(framing.prefix + [reply.json.encoded])
        } catch {
            lostReplies += 1
            say("a reply could not be delivered: \(error)")
        }
    }

    /// Logs what clients can bring about as often as they like, at most once a second.
    private func say(_ line: String) {
        guard let unsaid = lines.pass(line, at: Clock.monotonic()) else { return }
        var metadata: Logger.Metadata = ["socket": "\(name)"]
        if unsaid > 0 { metadata["and_before"] = "\(unsaid)" }
        log.warning("\(line)", metadata: metadata)
    }

    /// Closes the socket.
    func close() {
        clog.wakeUp.withLock { $0 = nil }
        socket.close()
        more.close()
    }

    /// Ends all connections, as there are many that libzmq has forgotten: clients that are there connect again at once.
    private func bindAnew() {
        // What was sent is read first; no flood shall keep the stops of others waiting.
        for _ in 0..<5 where !accessControl.isRead(name) {
            Clock.sleep(until: Clock.monotonic() + 1_000_000)
            receive()
        }
        do throws(MessagingError) {
            if isBound { try socket.rebind(endpoint) } else { try socket.bind(endpoint) }
            isBound = true
            say("connections whose names others took over are left behind: all are ended, clients connect again")
        } catch {
            isBound = false
            say("the socket cannot be bound again: \(error)")
            more.ring()
        }
    }

    private func receive() {
        let start = Clock.monotonic()
        for count in 0..<RequestSocket.receivedPerTurn {
            let most = RequestSocket.receivedBeforeStop
            if !urgent.isEmpty, count >= most.count || Clock.monotonic() - start > most.time { return }
            let received: Socket.Received
            do throws(MessagingError) {
                guard let next = try socket.receive() else { return }
                received = next
            } catch {
                log.error("a request could not be received: \(error)", metadata: ["socket": "\(name)"])
                return
            }
            guard let framing = RequestFraming(parts: received.parts, discardedParts: received.discardedParts) else {
                continue
            }
            let request = RequestQueue.Waiting(framing: framing, user: received.user)
            if framing.mayStop ? urgent.add(request) : queue.add(request) { continue }
            dropped += 1
            say("a client sends more than is answered: its requests are dropped")
        }
    }
}
