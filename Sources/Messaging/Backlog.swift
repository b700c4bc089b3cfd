internal import Synchronization

/// What waits inside libzmq for the owner of a bound socket, as far as it can be told from outside.
///
/// libzmq keeps whatever comes to a bound socket (see `Socket.bind`), a message of one byte in 64. How much that is it does not say,
/// but an owner that finds its socket empty knows that all that came until then is taken. Handshakes and heartbeats wake no owner: so
/// little is forgiven with time.
struct Backlog {
    /// Tells that the owner found the socket empty; set by its thread, and taken by the one that looks.
    final class Mark: Sendable {
        private let isSet = Atomic(false)

        func set() { isSet.store(true, ordering: .relaxed) }
        func take() -> Bool { isSet.exchange(false, ordering: .relaxed) }
    }

    let mark: Mark
    /// Bytes that may come before the socket is found empty.
    private let limit: Int64
    /// A peer that has sent less of them is let be, whatever the others did.
    var spared: Int64 { limit / 64 }
    /// Whether so much waits that newcomers have to go as soon as they send more than is spared.
    private(set) var isOverrun = false
    /// Bytes of peers that are gone or dropped.
    private var departed: Int64 = 0
    private var isNewlyEmpty = false
    private var isForgiving = false

    init(_ mark: Mark, limit: Int64) { (self.mark, self.limit) = (mark, limit) }

    /// Begins a look at the socket's peers; once a second a little is forgiven.
    mutating func beginLook(isForgiving: Bool) {
        (isNewlyEmpty, self.isForgiving) = (mark.take(), isForgiving)
        if isNewlyEmpty { departed = 0 }
        if isForgiving { departed = max(0, departed - limit / 8) }
    }

    /// What a peer has sent since the socket was found empty, of which libzmq has taken `taken` bytes in all; `base` is the peer's own.
    func bytes(taken: Int64, base: inout Int64) -> Int64 {
        if isNewlyEmpty || base > taken { base = taken }
        if isForgiving { base = min(taken, base + spared / 4) }
        return taken - base
    }

    /// Notes what a peer that is no more had sent.
    mutating func depart(_ bytes: Int64) { departed += bytes }

    /// Which peers have to go, given what each has sent: those who sent most, as far as it is too much altogether.
    mutating func excess<Name>(of peers: [(name: Name, bytes: Int64)]) -> [Name] {
        var total = peers.reduce(departed) { $0 + $1.bytes }
        isOverrun = total > 4 * limit
        guard total > limit else { return [] }
        var names: [Name] = []
        for peer in peers.sorted(by: { $0.bytes > $1.bytes }) where peer.bytes > spared && total > limit {
            names.append(peer.name)
            total -= peer.bytes
        }
        return names
    }
}
