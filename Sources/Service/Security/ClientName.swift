/// Who asks: the ids of requests are a client's own, and so are the bounds on how often it may ask.
package enum ClientName: Hashable, Sendable {
    /// The owner of a key, on every connection and at every socket.
    case key(String)
    /// A client without a key that chose its routing id, on every connection and at every socket.
    case routingID([UInt8])
    /// A connection of a client without either.
    case connection(socket: String, [UInt8])
    /// Whoever shows the token over HTTP.
    case web

    /// The client behind a message; ids that the socket gave itself begin with a zero.
    package init(peer: [UInt8], user: String?, socket: String) {
        if let user {
            self = .key(user)
        } else if let first = peer.first, first != 0 {
            self = .routingID(peer)
        } else {
            self = .connection(socket: socket, peer)
        }
    }

    /// A text that means the same client also to another process; nil for a connection, which ends with this one.
    package var lasting: String? {
        switch self {
        case .key(let key): "key:" + key
        case .routingID(let bytes):
            "id:" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .connection: nil
        case .web: "http"
        }
    }

    /// The client of a text that ``lasting`` gave; nil for another text.
    package init?(lasting text: String) {
        if text == "http" {
            self = .web
        } else if text.hasPrefix("key:") {
            self = .key(String(text.dropFirst(4)))
        } else if text.hasPrefix("id:") {
            let digits = Array(text.utf8.dropFirst(3))
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
                UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            }
            guard !bytes.isEmpty, bytes.count * 2 == digits.count else { return nil }
            self = .routingID(bytes)
        } else {
            return nil
        }
    }
}
