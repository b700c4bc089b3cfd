internal import CZeroMQ
internal import Glibc

/// A ZeroMQ socket. It belongs to the one thread that uses it, and never waits: what cannot be done at once is an error.
public final class Socket {
    /// The messaging pattern.
    public enum Kind: Sendable {
        /// Answers many clients; the first part of a message names the peer.
        case router
        /// Client of a router.
        case dealer
        /// Client of a router, one question at a time.
        case request
        /// Answers clients, one question at a time.
        case reply
        /// Sends to all subscribers.
        case publish
        /// As `publish`, and receives the subscriptions: one part, 1 or 0 and the topic. Repeated ones are also told.
        case observingPublish
        /// Receives from publishers.
        case subscribe
        /// Sends to one of many.
        case push
        /// Receives from many.
        case pull

        var code: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .request: ZMQ_REQ
            case .reply: ZMQ_REP
            case .publish: ZMQ_PUB
            case .observingPublish: ZMQ_XPUB
            case .subscribe: ZMQ_SUB
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            }
        }

        /// Whether others subscribe to it.
        var isPublisher: Bool { self == .publish || self == .observingPublish }

        /// Bytes that the system takes of a peer before libzmq does; nil for its own choice.
        var receiveBuffer: Int32? {
            switch self {
            case .publish, .observingPublish: 1 << 12
            case .router, .pull: 1 << 14
            case .dealer, .request, .reply, .subscribe, .push: nil
            }
        }

        /// A peer that sends a longer message is dropped, bytes.
        ///
        /// What a publisher receives are topics: it keeps each of them, and the thread that publishes enters them one
        /// byte after the other. A handshake has to fit too, of which CURVE's longest message has about 560 bytes.
        var maximumMessageSize: Int64 {
            switch self {
            case .publish, .observingPublish: 1 << 10
            case .router, .pull: 1 << 17
            case .dealer, .request, .reply, .subscribe, .push: 1 << 20
            }
        }
    }

    /// Settings that are fixed before a socket is bound or connected.
    public struct Options: Hashable, Sendable {
        /// Messages kept for a slow peer before the next one is dropped or refused.
        public var sendHighWater: Int32 = 1000
        /// Messages kept for this side of a connecting socket before the network is left to wait.
        public var receiveHighWater: Int32 = 1000
        /// Bytes that the system keeps for a slow peer besides; nil for its own choice, which may be seconds of a stream.
        public var sendBuffer: Int32?
        /// Bytes that the system takes of a peer before libzmq does; nil for as many as suit the kind of socket.
        public var receiveBuffer: Int32?
        /// How long unsent messages are kept after closing, milliseconds.
        public var linger: Int32 = 0
        /// Client: messages are refused while no peer is connected, instead of kept and carried out late.
        public var onlyToConnectedPeers = false
        /// What a router calls this client, at most 255 bytes that do not begin with a zero: the same on every connection.
        public var routingID: [UInt8]?
        /// Encryption and authentication; nil for neither.
        public var security: Security?
        /// Bytes that may wait in a bound socket: then a ``PeerBudget`` drops those who sent most. That much in the shortest messages
        /// takes some 6 MB of memory.
        public var backlog: Int64 = 1 << 18
        /// The thread that moves its bytes.
        public var ioThread = Context.IOThread.common

        /// The defaults.
        public init() {}
    }

    let handle: UnsafeMutableRawPointer
    let kind: Kind
    /// Set whenever nothing waits to be received.
    let emptied = Backlog.Mark()
    let backlog: Int64
    // The context must outlive the socket.
    private let context: Context
    private let isGuarded: Bool
    private var isOpen = true

    /// Creates a socket.
    public init(_ kind: Kind, options: Options = Options(), in context: Context) throws(MessagingError) {
        guard let handle = zmq_socket(context.handle, kind.code) else { throw .last("zmq_socket") }
        self.handle = handle
        self.kind = kind
        self.context = context
        isGuarded = options.security != nil
        backlog = options.backlog
        try set(ZMQ_AFFINITY, options.ioThread.affinity)
        try set(ZMQ_LINGER, options.linger)
        try set(ZMQ_SNDHWM, options.sendHighWater)
        try set(ZMQ_RCVHWM, options.receiveHighWater)
        if let bytes = options.sendBuffer { try set(ZMQ_SNDBUF, bytes) }
        // The less is on its way, the sooner one that floods has to wait for us; what subscribers send is little.
        if let bytes = options.receiveBuffer ?? kind.receiveBuffer { try set(ZMQ_RCVBUF, bytes) }
        // libzmq takes one newcomer a turn; who finds no room in the queue comes again after a second.
        try set(ZMQ_BACKLOG, Int32(4096))
        try set(ZMQ_MAXMSGSIZE, kind.maximumMessageSize)
        // The system finds peers that vanished, not libzmq's heartbeats, which can abort the process (see `bind`).
        try set(ZMQ_TCP_KEEPALIVE, Int32(1))
        try set(ZMQ_TCP_KEEPALIVE_IDLE, Int32(10))
        try set(ZMQ_TCP_KEEPALIVE_INTVL, Int32(5))
        try set(ZMQ_TCP_KEEPALIVE_CNT, Int32(3))
        if let security = options.security { try set(security) }
        if options.onlyToConnectedPeers { try set(ZMQ_IMMEDIATE, Int32(1)) }
        if let name = options.routingID { try set(ZMQ_ROUTING_ID, bytes: name) }
        switch kind {
        case .router:
            // Without it a reply to a client that left vanishes in silence.
            try set(ZMQ_ROUTER_MANDATORY, Int32(1))
            // Without it a client that connects again under its routing id is never answered.
            try set(ZMQ_ROUTER_HANDOVER, Int32(1))
        // Without it the second subscriber of a topic is not reported, and would not get the retained messages.
        case .observingPublish: try set(ZMQ_XPUB_VERBOSE, Int32(1))
        case .dealer, .request, .reply, .publish, .subscribe, .push, .pull: break
        }
    }

    /// The receiving end of a monitor; its sender is libzmq itself.
    init(pairIn context: Context) throws(MessagingError) {
        guard let handle = zmq_socket(context.handle, ZMQ_PAIR) else { throw .last("zmq_socket") }
        self.handle = handle
        kind = .pull
        self.context = context
        isGuarded = false
        backlog = Options().backlog
        try set(ZMQ_LINGER, Int32(0))
    }

    deinit { close() }

    /// Closes the socket; further calls fail. May be called twice.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        zmq_close(handle)
    }

    /// Binds to an endpoint and returns the one in force, with the port that the system chose for `tcp://…:*`.
    ///
    /// A bound socket keeps all that comes until it is received: its owner has to take messages fast, if only to drop them, and a
    /// ``PeerBudget`` drops who sends faster all the same. libzmq up to 4.3.5 aborts the process when a connection breaks whose queue is full and
    /// a heartbeat follows, the peer's or its own (zeromq/libzmq#3937), so the queue must have no bound to reach.
    @discardableResult
    public func bind(_ endpoint: String) throws(MessagingError) -> String {
        try set(ZMQ_RCVHWM, Int32(0))
        // A second binder would silently take the path away from the first, so it is looked at before.
        if endpoint.hasPrefix("ipc:///"), isServed(path: String(endpoint.dropFirst("ipc://".count))) {
            throw .addressInUse(endpoint: endpoint)
        }
        guard zmq_bind(handle, endpoint) == 0 else { throw .last("zmq_bind", endpoint: endpoint) }
        var bytes = [CChar](repeating: 0, count: 512)
        var size = bytes.count
        guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &bytes, &size) == 0 else { throw .last("zmq_getsockopt") }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Ends all connections of a bound socket and binds it again to the endpoint in force. What was received stays.
    ///
    /// libzmq closes the old port on another thread, so this may wait for some milliseconds. Where the address stays in use, the
    /// socket is not bound afterwards; call ``bind(_:)``.
    public func rebind(_ endpoint: String) throws(MessagingError) {
        guard zmq_unbind(handle, endpoint) == 0 else { throw .last("zmq_unbind", endpoint: endpoint) }
        for _ in 0..<100 {
            if zmq_bind(handle, endpoint) == 0 { return }
            usleep(1000)
        }
        throw .last("zmq_bind", endpoint: endpoint)
    }

    /// Starts connecting to an endpoint; returns before the connection stands.
    public func connect(_ endpoint: String) throws(MessagingError) {
        guard zmq_connect(handle, endpoint) == 0 else { throw .last("zmq_connect", endpoint: endpoint) }
    }

    /// Subscribes to all messages that start with `topic`.
    public func subscribe(_ topic: String) throws(MessagingError) {
        guard zmq_setsockopt(handle, ZMQ_SUBSCRIBE, topic, topic.utf8.count) == 0 else {
            throw .last("zmq_setsockopt")
        }
    }

    /// Sends the parts as one message.
    public func send(_ parts: [[UInt8]]) throws(MessagingError) {
        for (index, part) in parts.enumerated() {
            let more = index < parts.count - 1 ? ZMQ_SNDMORE : 0
            let sent = part.withUnsafeBytes { bytes in
                zmq_send(handle, bytes.baseAddress, bytes.count, ZMQ_DONTWAIT | more)
            }
            guard sent >= 0 else { throw .last("zmq_send") }
        }
    }

    /// Sends one part; allocates nothing of ours.
    public func send(_ bytes: UnsafeRawBufferPointer) throws(MessagingError) {
        guard zmq_send(handle, bytes.baseAddress, bytes.count, ZMQ_DONTWAIT) >= 0 else { throw .last("zmq_send") }
    }

    /// A message as received.
    public struct Received: Hashable, Sendable {
        /// The first parts.
        public var parts: [[UInt8]]
        /// How many more parts there were; they are discarded.
        public var discardedParts: Int
        /// The key of the client that sent it, if the ``Authenticator`` let it in.
        public var user: String?
    }

    /// The next message, or nil when none waits.
    public func receive(maximumParts: Int = 4) throws(MessagingError) -> Received? {
        var received = Received(parts: [], discardedParts: 0)
        var message = zmq_msg_t()
        while true {
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            guard zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) >= 0 else {
                switch MessagingError.last("zmq_msg_recv") {
                case .wouldBlock:
                    emptied.set()
                    return nil
                case let error: throw error
                }
            }
            if received.parts.count < maximumParts {
                let size = zmq_msg_size(&message)
                received.parts.append([UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: size)))
            } else {
                received.discardedParts += 1
            }
            if zmq_msg_more(&message) == 0 {
                if isGuarded { received.user = zmq_msg_gets(&message, "User-Id").map { String(cString: $0) } }
                return received
            }
        }
    }

    /// Receives a message and throws it away, as quickly as can be; false when none waits.
    public func skip() throws(MessagingError) -> Bool {
        var message = zmq_msg_t()
        while true {
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            guard zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) >= 0 else {
                switch MessagingError.last("zmq_msg_recv") {
                case .wouldBlock:
                    emptied.set()
                    return false
                case let error: throw error
                }
            }
            if zmq_msg_more(&message) == 0 { return true }
        }
    }

    /// Waits until a message can be received, for clients without a loop. False when `milliseconds` pass before.
    public func waitUntilReadable(milliseconds: Int) throws(MessagingError) -> Bool {
        var item = zmq_pollitem_t(socket: handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        let ready = zmq_poll(&item, 1, milliseconds)
        if ready < 0 {
            guard zmq_errno() == EINTR else { throw .last("zmq_poll") }
            return false
        }
        return ready > 0
    }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) throws(MessagingError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Value>.size) == 0 else {
            throw .last("zmq_setsockopt(\(option))")
        }
    }

    private func set(_ security: Security) throws(MessagingError) {
        switch security {
        case .server(let keys, let domain):
            try set(ZMQ_CURVE_SERVER, Int32(1))
            try set(ZMQ_CURVE_SECRETKEY, text: keys.secretKey.text)
            try set(ZMQ_ZAP_DOMAIN, text: domain)
            try set(ZMQ_ZAP_ENFORCE_DOMAIN, Int32(1))
        case .client(let keys, let server):
            try set(ZMQ_CURVE_PUBLICKEY, text: keys.publicKey.text)
            try set(ZMQ_CURVE_SECRETKEY, text: keys.secretKey.text)
            try set(ZMQ_CURVE_SERVERKEY, text: server.text)
        }
    }

    private func set(_ option: Int32, text: String) throws(MessagingError) {
        try set(option, bytes: Array(text.utf8))
    }

    private func set(_ option: Int32, bytes: [UInt8]) throws(MessagingError) {
        guard zmq_setsockopt(handle, option, bytes, bytes.count) == 0 else {
            throw .last("zmq_setsockopt(\(option))")
        }
    }

    /// Whether a process accepts connections at the path of a Unix socket.
    private func isServed(path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let probe = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { Glibc.close(probe) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.connect(probe, generic, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
