internal import LivePeople
package import Logging
package import Messaging
package import ServiceCore
internal import Wire

/// Hears live people: the people socket, and senders that publish over ZeroMQ. On a thread of its own, as a person's frames
/// must not wait for commands.
package actor PeopleServer {
    /// The thread that owns the sockets.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Messages taken from a socket before others get their turn, and thrown away then.
    private static let (messagesPerTurn, skippedPerTurn) = (256, 16_384)

    private let people: People
    private let accessControl: AccessControl
    private let log: Logger
    private var native: Socket?
    private var decoder: any PersonDecoder = NativePersonDecoder()
    private var subscriptions: [(socket: Socket, source: PersonSource, decoder: any PersonDecoder)] = []

    /// A server whose frames `people` gets.
    package init(loop: ZMQLoop, people: People, accessControl: AccessControl, log: Logger) {
        (self.loop, self.people, self.accessControl, self.log) = (loop, people, accessControl, log)
    }

    /// Binds the people socket and connects to the senders; returns the endpoint in force.
    package func open(
        _ endpoint: String, _ sources: [PersonSource], in context: Context
    ) throws(StartError) -> String {
        var bound = endpoint
        do throws(MessagingError) {
            let options = accessControl.guarded(Socket.Options(), as: "people")
            let socket = try Socket(.pull, options: options, in: context)
            try accessControl.watch(socket, as: "people", in: context)
            bound = try socket.bind(endpoint)
            native = socket
            loop.watch(socket) { self.assumeIsolated { $0.takeNative() } }
        } catch {
            throw .socket(name: "people", error)
        }
        for source in sources where source.transport == .subscription {
            do throws(MessagingError) {
                var options = Socket.Options()
                options.receiveHighWater = 8
                let socket = try Socket(.subscribe, options: options, in: context)
                try socket.subscribe(source.format == .sonicSMPL ? "pose" : "")
                try socket.connect("tcp://\(source.host):\(source.port)")
                let index = subscriptions.count
                subscriptions.append((socket, source, source.makeDecoder()))
                loop.watch(socket) { self.assumeIsolated { $0.take(index) } }
            } catch {
                throw .socket(name: source.text, error)
            }
        }
        return bound
    }

    /// Closes the sockets.
    package func close() {
        loop.unwatchAll()
        native?.close()
        for subscription in subscriptions { subscription.socket.close() }
    }

    private func takeNative() {
        for _ in 0..<Self.messagesPerTurn {
            guard let received = try? native?.receive() else { return }
            guard (try? accessControl.permit(.command, received.user, for: "a live person")) != nil else { continue }
            guard let packet = received.parts.first, received.parts.count == 1, received.discardedParts == 0 else {
                continue
            }
            if people.takePress(packet, source: "native", at: Clock.monotonic()) { continue }
            people.take(
                packet, with: &decoder, source: "native", sender: received.user ?? "native", at: Clock.monotonic())
        }
        for _ in 0..<Self.skippedPerTurn {
            guard (try? native?.skip()) == true else { return }
        }
    }

    private func take(_ index: Int) {
        for _ in 0..<Self.messagesPerTurn {
            guard let received = try? subscriptions[index].socket.receive() else { return }
            guard let packet = received.parts.count > 1 ? received.parts.last : received.parts.first else { continue }
            let source = subscriptions[index].source
            people.take(
                packet, with: &subscriptions[index].decoder, source: source.format.rawValue, sender: source.text,
                at: Clock.monotonic())
        }
    }
}
