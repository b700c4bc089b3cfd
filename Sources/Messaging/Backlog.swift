internal import Synchronization

/// What waits inside libzmq for the owner of a bound socket, as far as it can be told from outside.
///
/// libzmq keeps whatever comes to a bound socket (see `Socket.bind`), a message of one byte in 64. How much that is it does not say,
/// but an owner that finds its socket empty knows that all that came until then is taken.
struct Backlog {
    /// Tells that the owner found the socket empty; set by its thread, and taken by the one that looks.
    final class Mark: Sendable {
        private let isSet = Atomic(false)

        func set() { isSet.store(true, ordering: .relaxed) }
        func take() -> Bool { isSet.exchange(false, ordering: .relaxed) }
    }

    /// Bytes that may come before the socket is found empty: with the shortest messages these are some 20 MB of memory.
    static let limit: Int64 = 1 << 20
    /// A peer that has sent less of them is let be, whatever the others did.
    static let spared: Int64 = 16 << 10

    let mark: Mark
    /// Bytes of peers that are gone or dropped.
    private var departed: Int64 = 0
    private var isNewlyEmpty = false

    init(_ mark: Mark) { self.mark = mark }

    /// Begins a look at the socket's peers.
    mutating func beginLook() {
        isNewlyEmpty = mark.take()
        if isNewlyEmpty { departed = 0 }
    }

    /// What a peer has sent since the socket was found empty, of which libzmq has taken `taken` bytes in all; `base` is the peer's own.
    func bytes(taken: Int64, base: inout Int64) -> Int64 {
        if isNewlyEmpty || base > taken { base = taken }
        return taken - base
    }

    /// Notes what a peer that is no more had sent.
    mutating func depart(_ bytes: Int64) { departed += bytes }

    /// Which peers have to go, given what each has sent: those who sent most, as far as it is too much altogether.
    func excess<Name>(of peers: [(name: Name, bytes: Int64)]) -> [Name] {
        var total = peers.reduce(departed) { $0 + $1.bytes }
        guard total > Backlog.limit else { return [] }
        var names: [Name] = []
        for peer in peers.sorted(by: { $0.bytes > $1.bytes }) where peer.bytes > Backlog.spared && total > Backlog.limit
        {
            names.append(peer.name)
            total -= peer.bytes
        }
        return names
    }
}
