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

    private struct Lane {
        var waiting: [Waiting] = []
        var bytes = 0
    }

    /// Bytes that wait, of all clients together: a share of it is each client's.
    static let byteLimit = 4 << 20
    /// What a request costs besides its body.
    private static let overhead = 256

    private var lanes: [[UInt8]: Lane] = [:]
    private var turns: [[UInt8]] = []

    /// Whether nothing waits.
    var isEmpty: Bool { turns.isEmpty }

    /// Takes a request in; false when its client has had its share, and the request is dropped.
    mutating func add(_ request: Waiting) -> Bool {
        let client = request.framing.peer
        let bytes = RequestQueue.overhead + request.framing.bodySize
        var lane = lanes.removeValue(forKey: client) ?? Lane()
        defer { lanes[client] = lane }
        // What is waited for by few may be long; one request is always let in.
        let share = RequestQueue.byteLimit / max(1, lanes.count + 1)
        guard lane.waiting.isEmpty || lane.bytes + bytes <= share else { return false }
        if lane.waiting.isEmpty { turns.append(client) }
        lane.waiting.append(request)
        lane.bytes += bytes
        return true
    }

    /// The request whose turn it is.
    mutating func next() -> Waiting? {
        guard !turns.isEmpty else { return nil }
        let client = turns.removeFirst()
        guard var lane = lanes.removeValue(forKey: client), !lane.waiting.isEmpty else { return nil }
        let request = lane.waiting.removeFirst()
        lane.bytes -= RequestQueue.overhead + request.framing.bodySize
        if !lane.waiting.isEmpty {
            turns.append(client)
            lanes[client] = lane
        }
        return request
    }
}
