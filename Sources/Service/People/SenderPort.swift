internal import Glibc
internal import LivePeople
internal import ServiceCore

/// The port of one source of people, and those who send to it. Belongs to the senders' thread.
final class SenderPort {
    /// Why a port cannot be had.
    struct Failure: Error {
        var reason: String
    }

    /// Datagrams read before other ports get their turn, most senders of a port, and time between tries to connect, ns.
    private static let (packetsPerTurn, mostSenders, retry): (Int, Int, Int64) = (256, 16, 2_000_000_000)

    private struct Sender {
        var name: String
        var decoder: any PersonDecoder
        var lastHeard: Int64
    }

    let source: PersonSource
    /// The bound or listening socket, or the one that asks a server; −1 for a connection of ours.
    private var port: Int32 = -1
    /// Senders of datagrams by address, and connections by descriptor.
    private var senders: [String: Sender] = [:]
    private var connections: [Int32: Sender] = [:]
    private var lastTry: Int64 = 0
    /// Whom is asked.
    private var server = sockaddr_in()

    init(_ source: PersonSource) throws(Failure) {
        self.source = source
        switch source.transport {
        case .datagrams: port = try Self.open(source, SOCK_DGRAM, binds: true)
        case .server:
            port = try Self.open(source, SOCK_STREAM, binds: true)
            guard listen(port, 4) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        case .asked:
            // Not connected: what was asked for may come from another port of the server.
            server = try Self.address(source, SOCK_DGRAM)
            port = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            guard port >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        case .client, .subscription: break
        }
    }

    /// The address that a source names.
    private static func address(_ source: PersonSource, _ kind: __socket_type) throws(Failure) -> sockaddr_in {
        var hints = addrinfo()
        (hints.ai_family, hints.ai_socktype) = (AF_INET, Int32(kind.rawValue))
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(source.host, "\(source.port)", &hints, &found) == 0, let first = found,
            let address = first.pointee.ai_addr
        else { throw Failure(reason: "\"\(source.host)\" is no address") }
        defer { freeaddrinfo(found) }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }
    }

    private static func open(_ source: PersonSource, _ kind: __socket_type, binds: Bool) throws(Failure) -> Int32 {
        var address = try Self.address(source, kind)
        let descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        var (yes, room): (Int32, Int32) = (1, 1 << 20)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let size = socklen_t(MemoryLayout<sockaddr_in>.size)
                return binds ? bind(descriptor, address, size) : connect(descriptor, address, size)
            }
        }
        guard status == 0 || (!binds && errno == EINPROGRESS) else {
            let reason = String(cString: strerror(errno))
            Glibc.close(descriptor)
            throw Failure(reason: reason)
        }
        return descriptor
    }

    /// What is to be polled.
    var descriptors: [Int32] { (port >= 0 ? [port] : []) + connections.keys }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        (port, connections, senders) = (-1, [:], [:])
    }

    /// Connects, or asks, where that is due.
    func prepare(at time: Int64) {
        guard time - lastTry > Self.retry else { return }
        switch source.transport {
        case .client where connections.isEmpty:
            lastTry = time
            guard let descriptor = try? Self.open(source, SOCK_STREAM, binds: false) else { return }
            connections[descriptor] = Sender(name: source.text, decoder: source.makeDecoder(), lastHeard: time)
        case .asked:
            lastTry = time
            let decoder = senders[source.text]?.decoder as? NatNetDecoder ?? NatNetDecoder()
            for request in decoder.requests { send(NatNetDecoder.bytes(of: request)) }
        default: break
        }
    }

    private func send(_ bytes: [UInt8]) {
        withUnsafePointer(to: &server) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let size = socklen_t(MemoryLayout<sockaddr_in>.size)
                _ = sendto(port, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, size)
            }
        }
    }

    /// Reads what waits at one of the descriptors.
    func read(_ descriptor: Int32, _ buffer: inout [UInt8], _ people: People) {
        if descriptor != port { return readConnection(descriptor, &buffer, people) }
        switch source.transport {
        case .server: accept()
        default: readDatagrams(&buffer, people)
        }
    }

    private func accept() {
        let descriptor = Glibc.accept(port, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let now = Clock.monotonic()
        if connections.count >= Self.mostSenders {
            guard let idle = Self.idle(connections, at: now) else {
                Glibc.close(descriptor)
                return
            }
            drop(idle)
        }
        connections[descriptor] = Sender(
            name: "\(source.text)#\(descriptor)", decoder: source.makeDecoder(), lastHeard: now)
    }

    private func readConnection(_ descriptor: Int32, _ buffer: inout [UInt8], _ people: People) {
        guard var sender = connections[descriptor] else { return }
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { drop(descriptor) }
            return
        }
        sender.lastHeard = Clock.monotonic()
        people.take(
            Array(buffer[..<count]), with: &sender.decoder, source: source.format.rawValue, sender: sender.name,
            at: sender.lastHeard)
        connections[descriptor] = sender
    }

    private func drop(_ descriptor: Int32) {
        Glibc.close(descriptor)
        connections[descriptor] = nil
    }

    private func readDatagrams(_ buffer: inout [UInt8], _ people: People) {
        for _ in 0..<Self.packetsPerTurn {
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    recvfrom(port, &buffer, buffer.count, 0, address, &size)
                }
            }
            guard count > 0 else { return }
            if source.transport == .asked {
                guard address.sin_addr.s_addr == server.sin_addr.s_addr else { continue }
                take(Array(buffer[..<count]), from: source.text, people)
                continue
            }
            // Two senders on one port are two people's, never mixed.
            let name = "\(source.text)<\(address.sin_addr.s_addr):\(address.sin_port)"
            take(Array(buffer[..<count]), from: name, people)
        }
    }

    /// Who has to make room: the one that was silent longest, if anyone was. Who sends is not pushed out by who comes.
    private static func idle<Key>(_ senders: [Key: Sender], at time: Int64) -> Key? {
        let eldest = senders.min { $0.value.lastHeard < $1.value.lastHeard }
        return eldest.flatMap { time - $0.value.lastHeard > People.silence ? $0.key : nil }
    }

    private func take(_ packet: [UInt8], from name: String, _ people: People) {
        let now = Clock.monotonic()
        if senders[name] == nil, senders.count >= Self.mostSenders {
            guard let idle = Self.idle(senders, at: now) else { return }
            senders[idle] = nil
        }
        var sender = senders[name] ?? Sender(name: name, decoder: source.makeDecoder(), lastHeard: now)
        sender.lastHeard = now
        people.take(packet, with: &sender.decoder, source: source.format.rawValue, sender: name, at: now)
        senders[name] = sender
    }
}
