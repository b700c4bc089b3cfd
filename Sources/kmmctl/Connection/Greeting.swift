import Foundation

/// What a ZeroMQ socket at an endpoint says of itself before anything else (ZMTP 3.1, rfc.zeromq.org/spec/37): whether
/// anything listens there, and whether it asks for keys.
enum Greeting: Hashable {
    /// There is no host of that name.
    case unknownHost
    /// Nothing listens.
    case nobody
    /// Something else than ZeroMQ listens, or it does not answer.
    case stranger
    /// It speaks ZMTP with this mechanism: `NULL`, or `CURVE` where keys are needed.
    case mechanism(String)

    /// Bytes of a greeting, and where the mechanism stands in it.
    private static let (length, name) = (64, 12..<32)
    /// Signature and major version: with these alone the other side tells the rest of its own greeting, and has no mechanism
    /// of ours to refuse before that.
    private static let opening: [UInt8] = [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3]

    /// Asks the socket at an endpoint of `tcp://ADDRESS:PORT`; nil for one of another kind.
    init?(of endpoint: String, patience: Double = 1) {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return nil }
        let host = endpoint[endpoint.index(endpoint.startIndex, offsetBy: 6)..<colon].trimmingPrefix("[")
        let port = String(endpoint[endpoint.index(after: colon)...])
        let name = String(host.hasSuffix("]") ? host.dropLast() : host)
        guard let list = Greeting.addresses(of: name, port) else {
            self = .unknownHost
            return
        }
        defer { freeaddrinfo(list) }
        guard let descriptor = Greeting.connect(to: list, patience) else {
            self = .nobody
            return
        }
        defer { close(descriptor) }
        let opening = Greeting.opening
        guard send(descriptor, opening, opening.count, Int32(MSG_NOSIGNAL)) == opening.count else {
            self = .stranger
            return
        }
        var answer: [UInt8] = []
        while answer.count < Greeting.length {
            var part = [UInt8](repeating: 0, count: Greeting.length - answer.count)
            let count = recv(descriptor, &part, part.count, 0)
            guard count > 0 else { break }
            answer += part.prefix(count)
        }
        guard answer.count == Greeting.length, answer[0] == 0xff, answer[9] & 1 == 1 else {
            self = .stranger
            return
        }
        self = .mechanism(String(decoding: answer[Greeting.name].prefix { $0 != 0 }, as: UTF8.self))
    }

    private static func addresses(of host: String, _ port: String) -> UnsafeMutablePointer<addrinfo>? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        return getaddrinfo(host, port, &hints, &list) == 0 ? list : nil
    }

    private static func connect(to list: UnsafeMutablePointer<addrinfo>, _ patience: Double) -> Int32? {
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let address = next?.pointee {
            next = address.ai_next
            let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            guard descriptor >= 0 else { continue }
            var time = timeval(tv_sec: Int(patience), tv_usec: Int((patience - patience.rounded(.down)) * 1e6))
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
            }
            if Foundation.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
            close(descriptor)
        }
        return nil
    }

    /// Why a client got no answer, and what would help.
    func advice(hasKey: Bool, endpoint: String) -> String? {
        switch self {
        case .unknownHost: "the host of \(endpoint) is not known here; name it otherwise, or by its address"
        case .nobody: "nothing listens at \(endpoint); start the daemon with `kmmd`, or name its host with --host"
        case .stranger: "something listens at \(endpoint), but it is not kmmd"
        case .mechanism("CURVE") where !hasKey:
            "the daemon at \(endpoint) asks for a key: --key FILE, or KMMD_KEY (`kmmctl keys make NAME` makes one)"
        case .mechanism("CURVE"):
            "the daemon at \(endpoint) does not let this key in: it is revoked, or the daemon's own key has changed "
                + "(`kmmctl keys list` on its host)"
        case .mechanism where hasKey:
            "the daemon at \(endpoint) uses no keys: leave out --key, and KMMD_KEY"
        case .mechanism: nil
        }
    }
}
