package import Messaging
package import ServiceCore
internal import Synchronization

/// The events socket, on a thread of its own: libzmq enters what subscribers ask for on the thread that uses a socket, and no
/// command shall wait for that.
package actor EventSocket {
    /// The thread that owns the socket.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// What is to be sent under a topic, which ends in a full stop.
    struct Message: Sendable {
        var topic: String
        var body: [UInt8]
        /// Whether it is also for everyone who subscribes later, until another one replaces it.
        var isRetained: Bool
    }

    /// What other threads hand over.
    private struct Inbox {
        var messages: [Message] = []
        /// Nil before the socket is open and after it was closed.
        var wakeUp: WakeUp?
    }

    /// Messages that wait for a socket that is busy with its subscribers; more are lost, as for a subscriber that does not read,
    /// which sees the gap in the sequence.
    private static let mostWaiting = 4096
    /// Subscriptions taken before messages get their turn.
    private static let subscriptionsPerTurn = 4096

    private let context: Context
    private let accessControl: AccessControl
    private let inbox = Mutex(Inbox())
    private var socket: Socket?
    private var retained: [String: [UInt8]] = [:]

    /// Creates what ``open(_:)`` opens.
    package init(loop: ZMQLoop, context: Context, accessControl: AccessControl) {
        self.loop = loop
        self.context = context
        self.accessControl = accessControl
    }

    /// Binds the socket; returns the endpoint in force.
    package func open(_ endpoint: String) throws(StartError) -> String {
        do throws(MessagingError) {
            var options = Socket.Options()
            options.linger = 500
            let socket = try Socket(
                .observingPublish, options: accessControl.guarded(options, as: "events"), in: context)
            try accessControl.watch(socket, as: "events", in: context)
            let bound = try socket.bind(endpoint)
            let wakeUp = try WakeUp()
            self.socket = socket
            inbox.withLock { $0.wakeUp = wakeUp }
            loop.watch(socket) { self.assumeIsolated { $0.answerSubscriptions() } }
            loop.watch(wakeUp) { self.assumeIsolated { $0.sendWaiting() } }
            return bound
        } catch {
            throw .socket(name: "events", error)
        }
    }

    /// Sends what waits and closes the socket.
    package func close() {
        sendWaiting()
        loop.unwatchAll()
        let wakeUp = inbox.withLock { inbox in
            defer { inbox.wakeUp = nil }
            return inbox.wakeUp
        }
        wakeUp?.close()
        socket?.close()
        socket = nil
    }

    /// Hands a message over, from any thread; waits for nobody.
    nonisolated func send(_ message: Message) {
        inbox.withLock { inbox in
            guard let wakeUp = inbox.wakeUp else { return }
            guard message.isRetained || inbox.messages.count < EventSocket.mostWaiting else { return }
            inbox.messages.append(message)
            if inbox.messages.count == 1 { wakeUp.ring() }
        }
    }

    private func sendWaiting() {
        let messages = inbox.withLock { inbox in
            defer { inbox.messages = [] }
            return inbox.messages
        }
        for message in messages {
            if message.isRetained { retained[message.topic] = message.body }
            send(message.topic, message.body)
        }
    }

    /// Takes the subscriptions at hand and sends what is retained for them. It reaches older subscribers of the topic
    /// again: they know by sequence and epoch that it is nothing new.
    private func answerSubscriptions() {
        var wanted: Set<String> = []
        for _ in 0..<EventSocket.subscriptionsPerTurn {
            guard let message = try? socket?.receive()?.parts.first else { break }
            guard message.first == 1, wanted.count < retained.count else { continue }
            for topic in retained.keys where topic.utf8.starts(with: message.dropFirst()) { wanted.insert(topic) }
        }
        for topic in wanted.sorted() {
            if let body = retained[topic] { send(topic, body) }
        }
    }

    private func send(_ topic: String, _ body: [UInt8]) {
        // A subscriber too slow for its queue loses events: it sees the gap in the sequence.
        try? socket?.send([Array(topic.utf8), body])
    }
}
