internal import CZeroMQ
internal import Glibc
internal import Synchronization

/// Bounds what peers may have of the process: connections, of which libzmq knows no bound, and what subscribers send.
///
/// When the system has no descriptor left, libdispatch ends the process, so a socket has so many connections at most: at one
/// that publishes newcomers have to go, at others the eldest, whose client connects again. Subscribers that send more than
/// subscriptions of their own need are dropped before they keep the thread that publishes busy: libzmq enters all of them
/// before it sends the next message. At other sockets peers are dropped when more waits for the owner than it takes (``Backlog``). The
/// system counts what each connection has received; a thread of its own looks.
///
/// A router that lets another connection take over a client's name forgets the former one, which libzmq up to 4.3.5 then neither
/// reads nor closes once it has sent more. The owner of a socket with many of those is asked to bind it anew, which ends them.
public final class PeerBudget: Sendable {
    /// Why a peer is dropped.
    public enum Reason: Sendable {
        /// It sent more than a subscriber may.
        case subscriptions
        /// It sent faster than the socket's owner takes.
        case backlog
        /// The socket had too many connections.
        case connections
    }

    private struct Peer {
        let socket: String
        /// Tells the connection from a later one with the same descriptor.
        let cookie: UInt64
        let subscribes: Bool
        /// A count that grows.
        let number: Int
        /// Bytes that it may still send.
        var allowance: Int64
        var seen: Int64 = 0
        /// Bytes that libzmq had taken when the socket was last found empty.
        var base: Int64 = 0
        var time = PeerBudget.now()
        /// Whether it was shut down, for libzmq to close it.
        var isDropped = false
        /// Looks in a row that found what libzmq should have taken at once, bytes or the connection's end, and that it has taken
        /// nothing since the one before.
        var unreadLooks = 0
        var taken: Int64 = -1

        /// Whether libzmq has forgotten it.
        var isLost: Bool { unreadLooks >= PeerBudget.lostAfter }
    }

    private struct State {
        var peers: [Int32: Peer] = [:]
        var count = 0
        var lastLook: Int64 = 0
        /// When little backlogs were last forgiven.
        var forgiven: Int64 = 0
        var whenClogged: [String: @Sendable () -> Void] = [:]
        var backlogs: [String: Backlog] = [:]
        /// Until when newcomers of a socket may send less, as a subscriber of it sent too much.
        var strictUntil: [String: Int64] = [:]
        /// Whether any newcomer may be another one that floods.
        var isAttacked: Bool {
            let time = PeerBudget.now()
            return backlogs.values.contains(where: \.isOverrun) || strictUntil.values.contains { $0 > time }
        }
    }

    /// Most connections of one socket.
    public let mostConnections: Int
    private static let mostConnections = 512
    /// Descriptors that are kept for all else: threads, files, the web server's connections.
    private static let reserve = 200
    /// Sockets that there are, sinks' too, as far as descriptors are shared among them.
    private static let sockets = 8

    /// Bytes that a subscriber may send at once: a hundred topics of a hundred bytes, and the handshake.
    static let burst: Int64 = 16 << 10
    /// Bytes a second beyond that, for those who change what they listen to, and for heartbeats.
    static let rate: Int64 = 2 << 10
    /// Bytes that a newcomer may send at once, and for how many nanoseconds, after a subscriber was dropped: libzmq takes the
    /// longer to forget one the more topics there are.
    static let strict = (burst: Int64(2 << 10), time: Int64(2_000_000_000))
    /// Microseconds between two looks, and more for each peer, so that many cost no more than a few.
    private static let interval = (least: 5_000, each: 20)
    /// So many times as often it is looked during an attack.
    private static let haste = 4
    private static let priority: Int32 = 45
    /// Nanoseconds between two looks at forgotten connections, and looks until one counts as forgotten.
    private static let (looksApart, lostAfter) = (Int64(50_000_000), 20)
    /// Forgotten connections that a socket may have.
    private static let mostLost = 48
    /// Connections that look forgotten already after fewer looks, at which no more time is left: more than a flood has at once.
    private static let (suspectAfter, mostSuspects) = (4, 400)

    private let state = Mutex(State())
    private let isStopping = Atomic(false)
    private let thread = Mutex<NamedThread?>(nil)
    private let dropped: @Sendable (_ socket: String, Reason) -> Void

    /// Begins to look; `dropped` hears of each peer that is dropped, on any thread. The bound on connections follows from the
    /// descriptors that the process may have, unless `mostConnections` states one.
    public init(
        mostConnections: Int? = nil, dropped: @escaping @Sendable (_ socket: String, Reason) -> Void
    ) throws(MessagingError) {
        let share = (ProcessResources.mostDescriptors - PeerBudget.reserve) / PeerBudget.sockets
        self.mostConnections = mostConnections ?? max(8, min(share, PeerBudget.mostConnections))
        self.dropped = dropped
        let thread = try NamedThread(name: "kmmd budget") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        thread.withLock { $0?.join() }
    }

    func add(_ descriptor: Int32, of socket: String, subscribes: Bool) {
        let cookie = TCPPeer.cookie(of: descriptor)
        guard cookie != 0 else { return }
        let reason = state.withLock { state -> Reason? in
            state.count += 1
            let isStrict = state.strictUntil[socket].map { $0 > PeerBudget.now() } ?? false
            let peer = Peer(
                socket: socket, cookie: cookie, subscribes: subscribes, number: state.count,
                allowance: isStrict ? PeerBudget.strict.burst : PeerBudget.burst)
            state.peers[descriptor] = peer
            if let backlog = state.backlogs[socket], backlog.isOverrun,
                TCPPeer.receivedBytes(descriptor) > backlog.spared
            {
                PeerBudget.drop(descriptor, of: &state)
                return .backlog
            }
            let others = state.peers.filter { $0.value.socket == socket && !$0.value.isDropped }
            guard others.count > mostConnections else { return nil }
            let eldest = others.min { $0.value.number < $1.value.number }?.key ?? descriptor
            PeerBudget.drop(subscribes ? descriptor : eldest, of: &state)
            return .connections
        }
        if let reason { dropped(socket, reason) }
    }

    /// Calls `whenClogged`, on a thread of the budget, when a socket has too many forgotten connections.
    func watch(_ socket: String, whenClogged: @escaping @Sendable () -> Void) {
        state.withLock { $0.whenClogged[socket] = whenClogged }
    }

    /// Bounds what waits for the owner of a socket, who sets the mark whenever it finds the socket empty.
    func watch(_ socket: String, emptied mark: Backlog.Mark, limit: Int64) {
        state.withLock { $0.backlogs[socket] = Backlog(mark, limit: limit) }
    }

    /// Whether all that came to a socket is read, as far as its connections are not forgotten.
    public func isRead(_ socket: String) -> Bool {
        state.withLock { state in
            state.peers.allSatisfy { descriptor, peer in
                peer.socket != socket || peer.unreadLooks > 1 || peer.isDropped
                    || TCPPeer.cookie(of: descriptor) != peer.cookie || !TCPPeer.hasUnread(descriptor)
            }
        }
    }

    func remove(_ descriptor: Int32) {
        state.withLock { state in
            guard let peer = state.peers.removeValue(forKey: descriptor), !peer.isDropped else { return }
            state.backlogs[peer.socket]?.depart(peer.seen - peer.base)
        }
    }

    /// Has libzmq find the end of a connection, if it is still the one that was meant.
    private static func drop(_ descriptor: Int32, of state: inout State) {
        guard let peer = state.peers[descriptor] else { return }
        guard TCPPeer.cookie(of: descriptor) == peer.cookie else {
            state.peers[descriptor] = nil
            return
        }
        state.peers[descriptor]?.isDropped = true
        TCPPeer.end(descriptor)
    }

    private func run() {
        // Ahead of the thread that it protects; without the permission it comes when it comes.
        var parameters = sched_param()
        parameters.sched_priority = PeerBudget.priority
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
        while !isStopping.load(ordering: .acquiring) {
            let (count, subscribed, flooded, isAttacked) = state.withLock { state in
                (state.peers.count, PeerBudget.look(at: &state), PeerBudget.flooded(&state), state.isAttacked)
            }
            for socket in subscribed { dropped(socket, .subscriptions) }
            for socket in flooded { dropped(socket, .backlog) }
            for renew in state.withLock({ PeerBudget.clogged(&$0) }) { renew() }
            let pause = PeerBudget.interval.least + PeerBudget.interval.each * count
            usleep(useconds_t(isAttacked ? pause / PeerBudget.haste : pause))
        }
    }

    /// Drops who has sent too much; returns their sockets.
    private static func look(at state: inout State) -> [String] {
        guard !state.peers.isEmpty else { return [] }
        let time = now()
        var sockets: [String] = []
        for (descriptor, peer) in state.peers where peer.subscribes && !peer.isDropped {
            var peer = peer
            let received = TCPPeer.receivedBytes(descriptor)
            guard received >= peer.seen else { continue }
            // In whole milliseconds, so that what a short while adds is not lost.
            let refill = (time - peer.time) / 1_000_000 * rate / 1000
            peer.allowance = min(burst, peer.allowance + refill) - (received - peer.seen)
            (peer.seen, peer.time) = (received, time)
            state.peers[descriptor] = peer
            guard peer.allowance < 0 else { continue }
            state.strictUntil[peer.socket] = time + strict.time
            drop(descriptor, of: &state)
            sockets.append(peer.socket)
        }
        return sockets
    }

    /// Drops who sends faster than the owners of the sockets take; returns the sockets, one for each peer.
    private static func flooded(_ state: inout State) -> [String] {
        var sent: [String: [(name: Int32, bytes: Int64)]] = [:]
        let isForgiving = now() - state.forgiven > 1_000_000_000
        if isForgiving { state.forgiven = now() }
        for name in state.backlogs.keys { state.backlogs[name]?.beginLook(isForgiving: isForgiving) }
        for (descriptor, var peer) in state.peers where !peer.subscribes && !peer.isDropped {
            let taken = TCPPeer.receivedBytes(descriptor) - TCPPeer.unreadBytes(descriptor)
            guard taken >= 0, let bytes = state.backlogs[peer.socket]?.bytes(taken: taken, base: &peer.base) else {
                continue
            }
            peer.seen = taken
            state.peers[descriptor] = peer
            sent[peer.socket, default: []].append((descriptor, bytes))
        }
        var sockets: [String] = []
        for socket in state.backlogs.keys {
            let peers = sent[socket] ?? []
            for descriptor in state.backlogs[socket]?.excess(of: peers) ?? [] {
                if let peer = state.peers[descriptor] { state.backlogs[socket]?.depart(peer.seen - peer.base) }
                drop(descriptor, of: &state)
                sockets.append(socket)
            }
        }
        return sockets
    }

    /// Looks for forgotten connections; what is to be called for the sockets that have too many.
    private static func clogged(_ state: inout State) -> [@Sendable () -> Void] {
        let time = now()
        guard time - state.lastLook > looksApart, !state.whenClogged.isEmpty else { return [] }
        state.lastLook = time
        var (lost, suspects): ([String: Int], [String: Int]) = ([:], [:])
        for (descriptor, var peer) in state.peers where state.whenClogged[peer.socket] != nil {
            guard TCPPeer.cookie(of: descriptor) == peer.cookie else {
                state.peers[descriptor] = nil
                continue
            }
            let taken = TCPPeer.receivedBytes(descriptor) - TCPPeer.unreadBytes(descriptor)
            peer.unreadLooks = TCPPeer.hasUnread(descriptor) && taken == peer.taken ? peer.unreadLooks + 1 : 0
            peer.taken = taken
            state.peers[descriptor] = peer
            if peer.isLost { lost[peer.socket, default: 0] += 1 }
            if peer.unreadLooks >= suspectAfter { suspects[peer.socket, default: 0] += 1 }
        }
        let descriptors = ProcessResources.mostDescriptors
        let (most, mostSuspects) = (min(mostLost, max(4, descriptors / 16)), min(mostSuspects, max(8, descriptors / 8)))
        return suspects.compactMap { socket, count in
            count >= mostSuspects || lost[socket] ?? 0 >= most ? state.whenClogged[socket] : nil
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
