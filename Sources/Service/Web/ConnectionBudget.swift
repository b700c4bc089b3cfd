internal import NIOCore

/// Bounds the connections of the web server. A new one always finds room: the one that has asked for nothing for longest gives
/// way, so that whoever holds connections open keeps nobody else out.
///
/// Belongs to the server's one event loop.
final class ConnectionBudget {
    /// What a connection is used for.
    enum Use {
        /// Requests are waited for.
        case waiting
        /// A request is being answered: such a connection does not give way.
        case answering
        /// A WebSocket.
        case live
    }

    private struct Connection {
        let channel: any Channel
        var use = Use.waiting
        /// A count that grows: who has the least of its use gives way.
        var since: Int
    }

    /// Most connections for requests at once.
    static let mostRequests = 64
    /// Most WebSockets at once.
    static let mostLive = 32

    private var connections: [ObjectIdentifier: Connection] = [:]
    private var count = 0

    /// Lets a connection in, at the cost of another one if need be; false when all others are being answered.
    func enter(_ channel: any Channel) -> Bool {
        guard makeRoom(below: ConnectionBudget.mostRequests, from: .waiting, besides: .answering) else { return false }
        count += 1
        connections[ObjectIdentifier(channel)] = Connection(channel: channel, since: count)
        return true
    }

    /// Notes what a connection is used for from now on.
    func note(_ use: Use, of channel: any Channel) {
        if use == .live { _ = makeRoom(below: ConnectionBudget.mostLive, from: .live) }
        count += 1
        connections[ObjectIdentifier(channel)]?.use = use
        connections[ObjectIdentifier(channel)]?.since = count
    }

    /// Forgets a connection that has ended.
    func leave(_ channel: any Channel) { connections[ObjectIdentifier(channel)] = nil }

    private func makeRoom(below limit: Int, from use: Use, besides other: Use? = nil) -> Bool {
        let counted = connections.values.filter { $0.use == use || $0.use == other }
        guard counted.count >= limit else { return true }
        guard let oldest = counted.filter({ $0.use == use }).min(by: { $0.since < $1.since }) else { return false }
        leave(oldest.channel)
        oldest.channel.close(promise: nil)
        return true
    }
}
