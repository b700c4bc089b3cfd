package import Logging
package import Messaging
internal import Publishing
package import ServiceCore
internal import Synchronization
package import Wire

/// Guards the sockets: says on a thread of its own which clients may connect, and watches who gets through.
///
/// Without keys everyone who reaches a socket is an operator.
package actor AccessControl: SocketSecurity {
    /// The thread that answers libzmq's questions.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// What happened at the sockets since the start; read from any thread.
    package final class Counts: Sendable {
        private let authentication = Atomic(0)
        private let handshakes = Atomic(0)
        private let drops = Atomic(0)

        /// Clients that were refused: an unknown key, or no encryption where it is needed.
        package var authenticationFailures: Int { authentication.load(ordering: .relaxed) }
        /// Clients that did not get through the handshake for any reason.
        package var failedHandshakes: Int { handshakes.load(ordering: .relaxed) }
        /// Peers that libzmq dropped: a message over the bound, or a broken protocol.
        package var droppedPeers: Int { drops.load(ordering: .relaxed) }

        fileprivate func refuse() { authentication.add(1, ordering: .relaxed) }
        fileprivate func failHandshake() { handshakes.add(1, ordering: .relaxed) }
        fileprivate func drop() { drops.add(1, ordering: .relaxed) }
    }

    /// What happened at the sockets.
    package nonisolated let counts = Counts()
    private let keys: CurveKeyPair?
    private let folder: KeyFolder?
    private let clients: Mutex<[String: AllowedClient]>
    private let log: Logger
    private var authenticator: Authenticator?
    private let budget = Budget()
    private var monitors: [PeerMonitor] = []
    private var isClosed = false

    /// What peers may have, once the loop is there that tells who is dropped.
    private final class Budget: Sendable {
        let peers = Mutex<PeerBudget?>(nil)
    }
    private var lines = RepeatedLines()

    /// Reads the keys of `folder`; nil for no encryption.
    package init(loop: ZMQLoop, folder: KeyFolder?, log: Logger) throws(KeyError) {
        self.loop = loop
        self.folder = folder
        self.log = log
        keys = try folder?.server()
        clients = Mutex(try AccessControl.clients(of: folder))
    }

    /// Begins to answer; before any guarded socket is bound.
    package func open(in context: Context) throws(StartError) {
        do throws(MessagingError) {
            let peers = try PeerBudget { socket, reason in Task { await self.note(reason, at: socket) } }
            budget.peers.withLock { $0 = peers }
            guard keys != nil else { return }
            let authenticator = try Authenticator(in: context)
            self.authenticator = authenticator
            loop.watch(authenticator.socket) { self.assumeIsolated { $0.answer() } }
        } catch {
            throw .socket(name: "authentication", error)
        }
    }

    /// Ends the watch; close the guarded sockets before.
    package func close() {
        isClosed = true
        budget.peers.withLock { $0?.stop() }
        loop.unwatchAll()
        authenticator?.close()
        authenticator = nil
        for monitor in monitors { monitor.close() }
        monitors.removeAll()
    }

    // MARK: Any thread

    /// `options` of a socket of that name, guarded if there are keys.
    package nonisolated func guarded(_ options: Socket.Options, as name: String) -> Socket.Options {
        var options = options
        options.security = keys.map { .server($0, domain: name) }
        return options
    }

    /// Watches the peers of a socket; call it on the socket's own thread before it is bound.
    package nonisolated func watch(
        _ socket: Socket, as name: String, in context: Context
    ) throws(MessagingError) {
        try watch(socket, as: name, in: context, whenClogged: nil)
    }

    /// Watches the peers of a socket; `whenClogged` is called on another thread when it should be bound anew.
    nonisolated func watch(
        _ socket: Socket, as name: String, in context: Context, whenClogged: (@Sendable () -> Void)?
    ) throws(MessagingError) {
        // Handed over whole: nobody else keeps the monitor.
        nonisolated(unsafe) let monitor = try PeerMonitor(
            of: socket, as: name, in: context, budget: budget.peers.withLock { $0 }, whenClogged: whenClogged)
        Task { await self.take(monitor, of: name) }
    }

    /// Whether all that clients sent to a socket is read.
    nonisolated func isRead(_ socket: String) -> Bool { budget.peers.withLock { $0 }?.isRead(socket) ?? true }

    /// The name of a client, for logs.
    package nonisolated func name(of user: String?) -> String? {
        user.flatMap { user in clients.withLock { $0[user]?.name } }
    }

    /// Checks whether a client may do what needs a role. A key that was revoked after it connected may nothing.
    package nonisolated func permit(_ role: Role, _ user: String?, for what: String) throws(RequestError) {
        guard keys != nil else { return }
        guard let client = user.flatMap({ user in clients.withLock { $0[user] } }) else {
            throw RequestError(.forbidden, "the client's key was revoked")
        }
        guard client.role >= role else {
            throw RequestError(
                .forbidden,
                "\(what) needs the role \(role.rawValue); the key of \(client.name) has \(client.role.rawValue)")
        }
    }

    /// Reads the clients' keys again; when any is bad, those so far stay.
    ///
    /// - Returns: How many clients may connect; nil without keys.
    package nonisolated func reload() throws(KeyError) -> Int? {
        guard let folder else { return nil }
        let read = try AccessControl.clients(of: folder)
        clients.withLock { $0 = read }
        return read.count
    }

    // MARK: The thread

    private static func clients(of folder: KeyFolder?) throws(KeyError) -> [String: AllowedClient] {
        Dictionary(uniqueKeysWithValues: try folder?.clients().map { ($0.key.text, $0) } ?? [])
    }

    private func answer() {
        do throws(MessagingError) {
            try authenticator?.answer { candidate in
                if let client = clients.withLock({ $0[candidate.key.text] }) {
                    log.debug("\(client.name) connected", metadata: ["socket": "\(candidate.domain)"])
                    return true
                }
                counts.refuse()
                say(
                    "a client was refused: its key \(candidate.key) is not allowed", candidate.domain, candidate.address
                )
                return false
            }
        } catch {
            log.error("a client could not be authenticated: \(error)")
        }
    }

    private func note(_ reason: PeerBudget.Reason, at socket: String) {
        counts.drop()
        switch reason {
        case .subscriptions: say("a subscriber was dropped: it asked for more than one client may", socket)
        case .backlog: say("a peer was dropped: it sent faster than its messages can be taken", socket)
        case .connections: say("a peer was dropped: the socket has as many connections as it may", socket)
        }
    }

    private func take(_ monitor: PeerMonitor, of name: String) {
        guard !isClosed else { return }
        monitors.append(monitor)
        // The monitor stays on this thread, whose actor keeps it.
        nonisolated(unsafe) let kept = monitor
        loop.watch(monitor.socket) { self.assumeIsolated { $0.read(kept, of: name) } }
    }

    private func read(_ monitor: PeerMonitor, of name: String) {
        while let event = try? monitor.next() {
            switch event {
            case .connected, .left: break
            case .dropped:
                counts.drop()
                say("a peer was dropped: its message was too long, or its protocol broken", name)
            // Counted and told where the question was answered.
            case .refused: counts.failHandshake()
            case .handshakeFailed(let reason):
                counts.failHandshake()
                // Someone without encryption, or for another server: it has not authenticated itself.
                if keys != nil { counts.refuse() }
                say("a peer did not get through the handshake: \(reason)", name)
            }
        }
    }

    /// Logs a line at most once a second: a client that is refused comes again and again.
    private func say(_ line: String, _ socket: String, _ address: String? = nil) {
        guard let unsaid = lines.pass(socket, at: Clock.monotonic()) else { return }
        var metadata: Logger.Metadata = ["socket": "\(socket)"]
        if let address { metadata["address"] = "\(address)" }
        if unsaid > 0 { metadata["and_before"] = "\(unsaid)" }
        log.warning("\(line)", metadata: metadata)
    }
}
