package import Wire

/// The parts of a message on a router: whom to answer and in which shape, and the body.
package struct RequestFraming: Hashable, Sendable {
    /// The parts that an answer begins with: the peer, and the empty part if the client sent one.
    package var prefix: [[UInt8]]
    /// The body, or what was wrong with the parts.
    package var body: Result<[UInt8], RequestError>

    /// What the socket calls the peer.
    var peer: [UInt8] { prefix.first ?? [] }
    /// Whether the body, at its beginning, has the name of a stopping verb in it: seen without reading it.
    var mayStop: Bool {
        guard case .success(let bytes) = body else { return false }
        var window: UInt32 = 0
        for byte in bytes.prefix(RequestFraming.mostLookedAt) {
            // In small letters.
            window = window << 8 | UInt32(byte | 0x20)
            if RequestFraming.stops.contains(window) { return true }
        }
        return false
    }

    private static let mostLookedAt = 512
    private static let stops = ["hold", "stop", "halt"].map { $0.utf8.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }

    /// Bytes of the body.
    var bodySize: Int { if case .success(let bytes) = body { bytes.count } else { 0 } }

    /// Reads the parts [peer, body] (DEALER) or [peer, empty, body] (REQ); nil when there is nobody to answer.
    package init?(parts: [[UInt8]], discardedParts: Int) {
        guard let peer = parts.first else { return nil }
        let isFramed = parts.count > 2 && parts[1].isEmpty
        prefix = isFramed ? [peer, []] : [peer]
        let bodies = parts.dropFirst(prefix.count)
        if bodies.count == 1, discardedParts == 0, let body = bodies.first {
            // A body that is too long is not kept while it waits for its refusal.
            self.body = Result { () throws(RequestError) in
                try RequestDecoder.checkSize(body.count)
                return body
            }
        } else {
            self.body = .failure(
                RequestError(
                    .badFraming,
                    "a request is one part, or an empty part and one; \(parts.count + discardedParts - 1) came"))
        }
    }
}
