internal import CZeroMQ
internal import Glibc

/// Tells of the peers of a bound socket: who came, who left, and whom libzmq dropped.
public final class PeerMonitor {
    /// What happened to a peer.
    public enum Event: Hashable, Sendable {
        /// A peer connected.
        case connected
        /// The peer closed the connection.
        case left
        /// libzmq closed the connection of a living peer: a message over the size bound, or a broken protocol.
        case dropped
        /// The ``Authenticator`` did not let the peer in.
        case refused
        /// The peer did not get through the handshake.
        case handshakeFailed(reason: String)
    }

    /// The socket to watch on the loop.
    public let socket: Socket
    // libzmq reports a dropped peer and a peer that left alike. A second descriptor of each connection, kept until it
    // ends, tells them apart: at its end a peer that left shows end of file, a dropped one does not.
    private var descriptors: [Int32: Int32] = [:]
    /// So many connections are told apart in this way; more count as peers that left, so that none costs two descriptors.
    private static let mostDescriptors = 32

    private let name: String
    private let subscribes: Bool
    private let budget: PeerBudget?

    /// Begins to watch the peers of `observed`, which is called `name`; they are bound to the budget.
    ///
    /// `whenClogged` is called on another thread when libzmq has forgotten many of them (see ``PeerBudget``): the socket should be
    /// bound anew.
    public init(
        of observed: Socket, as name: String = "", in context: Context, budget: PeerBudget? = nil,
        whenClogged: (@Sendable () -> Void)? = nil
    ) throws(MessagingError) {
        self.name = name
        self.budget = budget
        subscribes = observed.kind.isPublisher
        if let whenClogged { budget?.watch(name, whenClogged: whenClogged) }
        if !subscribes { budget?.watch(name, emptied: observed.emptied, limit: observed.backlog) }
        let endpoint = "inproc://monitor-\(UInt(bitPattern: observed.handle))"
        let events =
            ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
        guard zmq_socket_monitor(observed.handle, endpoint, events) == 0 else { throw .last("zmq_socket_monitor") }
        socket = try Socket(pairIn: context)
        try socket.connect(endpoint)
    }

    deinit { close() }

    /// Ends the watch.
    public func close() {
        for descriptor in descriptors.values { _ = Glibc.close(descriptor) }
        descriptors.removeAll()
        socket.close()
    }

    /// The next event, or nil when none waits.
    public func next() throws(MessagingError) -> Event? {
        while let message = try socket.receive() {
            guard let first = message.parts.first, first.count == 6 else { continue }
            let code = Int32(first[0]) | Int32(first[1]) << 8
            let value = Int32(bitPattern: first[2...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            if let event = event(code: code, value: value) { return event }
        }
        return nil
    }

    private func event(code: Int32, value: Int32) -> Event? {
        switch code {
        case ZMQ_EVENT_ACCEPTED:
            budget?.add(value, of: name, subscribes: subscribes)
            forget(value).map { _ = Glibc.close($0) }
            if descriptors.count < PeerMonitor.mostDescriptors {
                let copy = fcntl(value, F_DUPFD_CLOEXEC, 0)
                if copy >= 0 { descriptors[value] = copy }
            }
            return .connected
        case ZMQ_EVENT_DISCONNECTED:
            budget?.remove(value)
            guard let copy = forget(value) else { return .left }
            defer { _ = Glibc.close(copy) }
            return isAtEnd(copy) ? .left : .dropped
        case ZMQ_EVENT_CLOSED:
            // It is bound no more, and its connections end without a word.
            for descriptor in descriptors.values { _ = Glibc.close(descriptor) }
            descriptors.removeAll()
            return nil
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            return .handshakeFailed(reason: String(cString: zmq_strerror(value)))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            return .handshakeFailed(reason: "broken protocol (0x\(String(value, radix: 16)))")
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            return .refused
        default:
            return nil
        }
    }

    private func forget(_ descriptor: Int32) -> Int32? { descriptors.removeValue(forKey: descriptor) }

    private func isAtEnd(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN)
    }
}
