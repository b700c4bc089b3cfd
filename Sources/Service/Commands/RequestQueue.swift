/// Requests that were received and wait for their turn: every client in turn has one answered, so that one that sends
/// without end delays the others by a single request of its own.
///
/// Belongs to one thread.
struct RequestQueue {
    /// A request, or what is wrong with its framing, and where its answer goes.
    struct Waiting {
        var framing: RequestFraming
        var user: String?
    }

    private struct Track {
        var waiting: [Waiting] = []
        var bytes = 0
    }

    /// Bytes that wait, of all clients together: a share of it is each client's.
    static let byteLimit = 4 << 20
    /// What a request costs besides its body.
    private static let overhead = 256

    private var tracks: [[UInt8]: Track] = [:]
    private var turns: [[UInt8]] = []

    /// Whether nothing waits.
    var isEmpty: Bool { turns.isEmpty }

    /// Takes a request in; false when its client has had its share, and the request is dropped.
    mutating func add(_ request: Waiting) -> Bool {
        let client = request.framing.peer
        let bytes = RequestQueue.overhead + request.framing.bodySize
        var track = tracks.removeValue(forKey: client) ?? Track()
        defer { tracks[client] = track }
        // What is waited for by few may be long; one request is always let in.
        let share = RequestQueue.byteLimit / max(1, tracks.count + 1)
        guard track.waiting.isEmpty || track.bytes + bytes <= share else { return false }
        if track.waiting.isEmpty { turns.append(client) }
        track.waiting.append(request)
        track.bytes += bytes
        return true
    }

    /// The request whose turn it is.
    mutating func next() -> Waiting? {
        guard !turns.isEmpty else { return nil }
        let client = turns.removeFirst()
        guard var track = tracks.removeValue(forKey: client), !track.waiting.isEmpty else { return nil }
        let request = track.waiting.removeFirst()
        track.bytes -= RequestQueue.overhead + request.framing.bodySize
        if !track.waiting.isEmpty {
            turns.append(client)
            tracks[client] = track
        }
        return request
    }
}
