/// Answers libzmq's questions which clients may connect (ZAP, ZeroMQ RFC 27), for all sockets of a context.
///
/// Make it before the sockets that it guards: libzmq refuses everyone while nobody answers. Belongs to one thread.
public final class Authenticator {
    /// Someone who wants to connect.
    public struct Candidate: Hashable, Sendable {
        /// The client's public key; it has proved that it knows the secret one.
        public var key: CurveKey
        /// The domain of the socket.
        public var domain: String
        /// The address that it comes from.
        public var address: String
    }

    /// The socket to watch on the loop.
    public let socket: Socket

    /// Begins to take questions.
    public init(in context: Context) throws(MessagingError) {
        socket = try Socket(.reply, in: context)
        try socket.bind("inproc://zeromq.zap.01")
    }

    /// Answers what waits; `admit` says who may come in. Messages of those who do carry their key as `user`.
    public func answer(_ admit: (Candidate) -> Bool) throws(MessagingError) {
        while let request = try socket.receive(maximumParts: 7)?.parts {
            // Version, request id, domain, address, identity, mechanism, credentials.
            guard request.count >= 6 else { continue }
            let key = request.count == 7 ? CurveKey(bytes: request[6]) : nil
            let isKnown =
                key.map { key in
                    admit(Candidate(key: key, domain: Self.text(request[2]), address: Self.text(request[3])))
                } ?? false
            let (status, reason, user) = isKnown ? ("200", "OK", key?.text ?? "") : ("400", "not allowed", "")
            // An answer to each of the mechanisms: NULL and PLAIN bring no key.
            try socket.send([request[0], request[1]] + [status, reason, user, ""].map { Array($0.utf8) })
        }
    }

    /// Ends it; from now on nobody can connect.
    public func close() { socket.close() }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
