internal import CZeroMQ

/// A key of CURVE, libzmq's encryption and authentication: 32 bytes, written as 40 characters of Z85.
public struct CurveKey: Hashable, Sendable, CustomStringConvertible {
    /// The key as 40 characters of Z85.
    public let text: String
    /// Bytes of a key.
    public static let size = 32

    /// Reads the written form; nil when it is none.
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: CurveKey.size)
        guard text.utf8.count == 40, zmq_z85_decode(&bytes, text) != nil else { return nil }
        self.text = text
    }

    /// The key of 32 bytes; nil for another count.
    public init?(bytes: [UInt8]) {
        var text = [CChar](repeating: 0, count: 41)
        guard bytes.count == CurveKey.size, zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
        self.text = CurveKey.text(text)
    }

    /// The key as 40 characters of Z85.
    public var description: String { text }

    fileprivate static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix(40).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// A secret key and the public one that goes with it.
public struct CurveKeyPair: Hashable, Sendable {
    /// The key that others may know.
    public let publicKey: CurveKey
    /// The key that only its owner may know.
    public let secretKey: CurveKey

    /// Makes a new pair.
    public static func make() throws(MessagingError) -> CurveKeyPair {
        var (publicText, secretText) = ([CChar](repeating: 0, count: 41), [CChar](repeating: 0, count: 41))
        guard zmq_curve_keypair(&publicText, &secretText) == 0,
            let publicKey = CurveKey(CurveKey.text(publicText)), let secretKey = CurveKey(CurveKey.text(secretText))
        else { throw .last("zmq_curve_keypair") }
        return CurveKeyPair(publicKey: publicKey, secretKey: secretKey)
    }

    /// The pair of a secret key.
    public init(secretKey: CurveKey) throws(MessagingError) {
        var publicText = [CChar](repeating: 0, count: 41)
        guard zmq_curve_public(&publicText, secretKey.text) == 0, let publicKey = CurveKey(CurveKey.text(publicText))
        else { throw .last("zmq_curve_public") }
        self.init(publicKey: publicKey, secretKey: secretKey)
    }

    private init(publicKey: CurveKey, secretKey: CurveKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }
}

extension Socket {
    /// How a socket's connections are encrypted, and who may make them.
    public enum Security: Hashable, Sendable {
        /// The side that clients have to know; every one of them is asked about under the domain (see ``Authenticator``).
        case server(CurveKeyPair, domain: String)
        /// A client that knows the server's public key.
        case client(CurveKeyPair, server: CurveKey)
    }
}
