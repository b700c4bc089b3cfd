internal import CZeroMQ
internal import Glibc
internal import Synchronization

/// Drops subscribers that send more than subscriptions of their own need, before they keep the thread that publishes busy:
/// libzmq knows no bound on how many topics one asks for, and enters all of them before it sends the next message.
///
/// The system counts what each connection has received; a thread of its own looks at the counts.
public final class SubscriptionBudget: Sendable {
    private struct Peer {
        let socket: String
        /// Tells the connection from a later one with the same descriptor.
        let cookie: UInt64
        /// Bytes that it may still send.
        var allowance = SubscriptionBudget.burst
        var seen: Int64 = 0
        var time = SubscriptionBudget.now()
    }

    /// Bytes that a subscriber may send at once: a hundred topics of a hundred bytes, and the handshake.
    static let burst: Int64 = 16 << 10
    /// Bytes a second beyond that, for those who change what they listen to, and for heartbeats.
    static let rate: Int64 = 2 << 10
    /// Microseconds between two looks, and more for each peer, so that many cost no more than a few.
    private static let interval = (least: 5_000, each: 20)
    private static let priority: Int32 = 45

    private let peers = Mutex<[Int32: Peer]>([:])
    private let isStopping = Atomic(false)
    private let thread = Mutex<NamedThread?>(nil)
    private let dropped: @Sendable (_ socket: String) -> Void

    /// Begins to look; `dropped` hears of each subscriber that is dropped, on another thread.
    public init(dropped: @escaping @Sendable (_ socket: String) -> Void) throws(MessagingError) {
        self.dropped = dropped
        let thread = try NamedThread(name: "kmmd budget") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        thread.withLock { $0?.join() }
    }

    func add(_ descriptor: Int32, of socket: String) {
        let cookie = kmmd_socket_cookie(descriptor)
        guard cookie != 0, kmmd_received_bytes(descriptor) >= 0 else { return }
        peers.withLock { $0[descriptor] = Peer(socket: socket, cookie: cookie) }
    }

    func remove(_ descriptor: Int32) { peers.withLock { _ = $0.removeValue(forKey: descriptor) } }

    private func run() {
        // Ahead of the thread that it protects; without the permission it comes when it comes.
        var parameters = sched_param()
        parameters.sched_priority = SubscriptionBudget.priority
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
        while !isStopping.load(ordering: .acquiring) {
            let (count, sockets) = peers.withLock { ($0.count, SubscriptionBudget.look(at: &$0)) }
            for socket in sockets { dropped(socket) }
            usleep(useconds_t(SubscriptionBudget.interval.least + SubscriptionBudget.interval.each * count))
        }
    }

    /// Drops who has sent too much; returns their sockets.
    private static func look(at peers: inout [Int32: Peer]) -> [String] {
        guard !peers.isEmpty else { return [] }
        let time = now()
        var sockets: [String] = []
        for (descriptor, peer) in peers {
            var peer = peer
            let received = kmmd_received_bytes(descriptor)
            guard received >= 0, kmmd_socket_cookie(descriptor) == peer.cookie else {
                peers[descriptor] = nil
                continue
            }
            // In whole milliseconds, so that what a short while adds is not lost.
            let refill = (time - peer.time) / 1_000_000 * rate / 1000
            peer.allowance = min(burst, peer.allowance + refill) - (received - peer.seen)
            (peer.seen, peer.time) = (received, time)
            peers[descriptor] = peer
            guard peer.allowance < 0 else { continue }
            shutdown(descriptor, Int32(SHUT_RDWR))
            peers[descriptor] = nil
            sockets.append(peer.socket)
        }
        return sockets
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
