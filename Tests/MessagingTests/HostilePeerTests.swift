import Glibc
import Messaging
import Synchronization
import Testing

/// A peer that speaks ZMTP 3.0 (rfc.zeromq.org/spec/23) by hand and keeps to no rule beyond the handshake.
private final class RawPeer {
    private let descriptor: Int32

    init?(port: UInt16, kind: String, name: String? = nil) {
        descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        var greeting = [UInt8](repeating: 0, count: 64)
        (greeting[0], greeting[9], greeting[10]) = (0xFF, 0x7F, 3)
        greeting.replaceSubrange(12..<16, with: Array("NULL".utf8))
        send(greeting)
        let type = Array("Socket-Type".utf8)
        let body: [UInt8] =
            [5] + Array("READY".utf8) + [UInt8(type.count)] + type + [0, 0, 0, UInt8(kind.utf8.count)]
            + Array(kind.utf8)
            + (name.map { [8] + Array("Identity".utf8) + [0, 0, 0, UInt8($0.utf8.count)] + Array($0.utf8) } ?? [])
        send([4, UInt8(body.count)] + body)
        // The other side's greeting and READY.
        var seen = 0
        var bytes = [UInt8](repeating: 0, count: 256)
        while seen < 66 {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return nil }
            seen += count
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    static func frame(_ body: [UInt8]) -> [UInt8] {
        body.count < 256
            ? [0, UInt8(body.count)] + body
            : [2] + (0..<8).map { UInt8(truncatingIfNeeded: body.count >> (56 - 8 * $0)) } + body
    }

    static let ping: [UInt8] = [4, 7, 4] + Array("PING".utf8) + [0, 0]

    /// Sends what the system takes.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Sends until the system takes no more.
    func flood(_ bytes: [UInt8]) { for _ in 0..<200 where !send(bytes) { return } }

    /// Whether the other side has closed the connection, within some seconds.
    func isClosed(tries: Int = 100) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        for _ in 0..<tries {
            guard poll(&item, 1, 100) > 0 else { continue }
            let count = recv(descriptor, &byte, 1, 0)
            if count == 0 || count < 0 && errno != EAGAIN { return true }
        }
        return false
    }

    /// Whether these bytes come next, within some seconds.
    func hears(_ bytes: [UInt8]) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var (heard, buffer) = ([UInt8](), [UInt8](repeating: 0, count: bytes.count))
        while heard.count < bytes.count, poll(&item, 1, 5000) > 0 {
            let count = recv(descriptor, &buffer, bytes.count - heard.count, 0)
            guard count > 0 else { break }
            heard += buffer.prefix(count)
        }
        return heard == bytes
    }

    /// Breaks the connection off, so that the other side sees a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

private func port(of endpoint: String) -> UInt16 { endpoint.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }

@Suite struct HostilePeerTests {
    @Test(
        arguments: [(Socket.Kind.router, "DEALER"), (.pull, "PUSH"), (.observingPublish, "SUB")],
        [[], RawPeer.ping])
    func `peers that flood a socket nobody reads, with or without heartbeats, and break off, do no harm`(
        _ kinds: (bound: Socket.Kind, peer: String), heartbeat: [UInt8]
    ) throws {
        let context = try Context()
        let socket = try Socket(kinds.bound, in: context)
        let endpoint = try socket.bind("tcp://127.0.0.1:*")
        let message = (0..<50).flatMap { RawPeer.frame([1, $0] + [UInt8](repeating: 7, count: 40)) + heartbeat }
        for _ in 0..<20 {
            let peer = try #require(RawPeer(port: port(of: endpoint), kind: kinds.peer))
            peer.flood(message)
            peer.reset()
        }
        // libzmq's own heartbeats would come after two seconds.
        usleep(2_500_000)
        var count = 0
        while try socket.skip() { count += 1 }
        #expect(count > 1000)
        let polite = try #require(RawPeer(port: port(of: endpoint), kind: kinds.peer))
        #expect(polite.send(RawPeer.frame([1, 9])))
        #expect(try socket.waitUntilReadable(milliseconds: 60_000))
    }

    @Test(arguments: [Socket.Kind.publish, .observingPublish])
    func `a subscriber with long topics is dropped, and the others go on`(kind: Socket.Kind) throws {
        let context = try Context()
        let publisher = try Socket(kind, in: context)
        let endpoint = try publisher.bind("tcp://127.0.0.1:*")
        let greedy = try #require(RawPeer(port: port(of: endpoint), kind: "SUB"))
        greedy.send(RawPeer.frame([1] + [UInt8](repeating: 65, count: 999_000)))
        #expect(greedy.isClosed())
        let subscriber = try Socket(.subscribe, in: context)
        try subscriber.connect(endpoint)
        let topic = String(repeating: "t", count: 200)
        try subscriber.subscribe(topic)
        var isHeard = false
        for _ in 0..<6000 where !isHeard {
            try publisher.send([Array(topic.utf8)])
            isHeard = try subscriber.waitUntilReadable(milliseconds: 10)
        }
        #expect(isHeard)
    }

    @Test(arguments: [Socket.Kind.publish, .observingPublish])
    func `a subscriber that asks on and on is dropped at once, and one that asks for a few topics is not`(
        kind: Socket.Kind
    ) throws {
        let context = try Context()
        let publisher = try Socket(kind, in: context)
        let budget = try PeerBudget { socket, _ in #expect(socket == "stream") }
        defer { budget.stop() }
        let monitor = try PeerMonitor(of: publisher, as: "stream", in: context, budget: budget)
        let endpoint = try publisher.bind("tcp://127.0.0.1:*")
        let polite = try #require(RawPeer(port: port(of: endpoint), kind: "SUB"))
        let greedy = try #require(RawPeer(port: port(of: endpoint), kind: "SUB"))
        while try monitor.next() != nil {}
        polite.send(RawPeer.frame([1] + Array("event.".utf8)))
        var isOver = false
        for number in 0..<10_000 where !isOver {
            let topics = (0..<50).flatMap { RawPeer.frame([1, UInt8(truncatingIfNeeded: number), $0]) }
            isOver = !greedy.send(topics)
            usleep(100)
            while try monitor.next() != nil {}
            try publisher.send([[0]])
        }
        #expect(greedy.isClosed())
        #expect(polite.send(RawPeer.ping))
    }

    @Test func `a client that sends faster than is taken is dropped, and one that asks now and then is not`() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let budget = try PeerBudget { socket, reason in
            #expect(socket == "command")
            if case .backlog = reason { return }
            Issue.record("dropped for another reason")
        }
        defer { budget.stop() }
        let monitor = try PeerMonitor(of: router, as: "command", in: context, budget: budget)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let polite = try #require(RawPeer(port: port(of: endpoint), kind: "DEALER"))
        let greedy = try #require(RawPeer(port: port(of: endpoint), kind: "DEALER"))
        while try monitor.next() != nil {}
        polite.send(RawPeer.frame([1]))
        let row = [[UInt8]](repeating: RawPeer.frame([2]), count: 10_000).flatMap(\.self)
        var isOver = false
        for _ in 0..<10_000 where !isOver {
            isOver = !greedy.send(row) && greedy.isClosed(tries: 1)
            while try monitor.next() != nil {}
        }
        #expect(isOver)
        // What had come by then waits, and no more than that.
        var (fromPolite, fromGreedy) = (0, 0)
        while let message = try router.receive() {
            if message.parts.last == [1] { fromPolite += 1 } else { fromGreedy += 1 }
        }
        #expect(fromPolite == 1)
        #expect(fromGreedy > 50_000 && fromGreedy < 1_000_000)
        // Taken in time, as much and more is no harm.
        for _ in 0..<1500 {
            polite.send(RawPeer.frame([UInt8](repeating: 1, count: 1000)))
            #expect(try router.waitUntilReadable(milliseconds: 10_000))
            while try router.waitUntilReadable(milliseconds: 0) { _ = try router.receive() }
            _ = try router.skip()
        }
        #expect(!polite.isClosed(tries: 1))
    }

    @Test func `while a socket nobody reads is flooded, a newcomer that asks once is let be and answered`() throws {
        let context = try Context()
        var options = Socket.Options()
        options.backlog = 1 << 16
        let router = try Socket(.router, options: options, in: context)
        let budget = try PeerBudget { _, _ in }
        defer { budget.stop() }
        let monitor = try PeerMonitor(of: router, as: "priority", in: context, budget: budget)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let row = [[UInt8]](repeating: RawPeer.frame([2]), count: 10_000).flatMap(\.self)
        // Each leaves a limit's worth behind: together far more than may wait.
        for _ in 0..<8 {
            let greedy = try #require(RawPeer(port: port(of: endpoint), kind: "DEALER"))
            var isOver = false
            for _ in 0..<10_000 where !isOver {
                isOver = !greedy.send(row) && greedy.isClosed(tries: 1)
                while try monitor.next() != nil {}
            }
            #expect(isOver)
        }
        let polite = try #require(RawPeer(port: port(of: endpoint), kind: "DEALER"))
        while try monitor.next() != nil {}
        polite.send(RawPeer.frame([1]))
        usleep(200_000)
        while try monitor.next() != nil {}
        var asked: [UInt8]?
        while let message = try router.receive() { if message.parts.last == [1] { asked = message.parts.first } }
        try router.send([#require(asked), [3]])
        #expect(polite.hears(RawPeer.frame([3])))
    }

    @Test func `after a subscriber that asked on and on newcomers may ask for a few topics`() throws {
        let context = try Context()
        let publisher = try Socket(.publish, in: context)
        let budget = try PeerBudget { _, _ in }
        defer { budget.stop() }
        let monitor = try PeerMonitor(of: publisher, as: "events", in: context, budget: budget)
        let endpoint = try publisher.bind("tcp://127.0.0.1:*")
        let topics = (0..<100).flatMap { RawPeer.frame([1, $0] + [UInt8](repeating: 7, count: 40)) }
        func newcomer(asks bytes: [UInt8]) throws -> RawPeer {
            let peer = try #require(RawPeer(port: port(of: endpoint), kind: "SUB"))
            while try monitor.next() != nil {}
            peer.send(bytes)
            return peer
        }
        let many = try newcomer(asks: topics)
        #expect(!many.isClosed(tries: 2))
        let greedy = try newcomer(asks: [])
        for _ in 0..<100 where greedy.send(topics) {}
        #expect(greedy.isClosed())
        let few = try newcomer(asks: Array(topics.prefix(1000)))
        let again = try newcomer(asks: topics)
        #expect(again.isClosed(tries: 10))
        #expect(!few.isClosed(tries: 1) && !many.isClosed(tries: 1))
    }

    @Test func `clients that take each other's name over and send on leave no connections behind`() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let budget = try PeerBudget { _, _ in }
        defer { budget.stop() }
        let monitor = try PeerMonitor(of: router, as: "command", in: context, budget: budget) {
            Self.clogged.add(1, ordering: .relaxed)
        }
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        var peers: [RawPeer] = []
        for _ in 0..<80 {
            peers.append(try #require(RawPeer(port: port(of: endpoint), kind: "DEALER", name: "same")))
            for peer in peers.suffix(4) { peer.send((0..<20).flatMap { _ in RawPeer.frame([1, 2, 3]) }) }
            _ = try router.waitUntilReadable(milliseconds: 5)
            while try router.skip() {}
            while try monitor.next() != nil {}
        }
        // Those that are gone are the ones that can be told: the others may yet be quiet clients.
        peers.removeFirst(76)
        for _ in 0..<100 where Self.clogged.load(ordering: .relaxed) == 0 {
            usleep(100_000)
            while try monitor.next() != nil {}
        }
        #expect(Self.clogged.load(ordering: .relaxed) > 0)
        try router.rebind(endpoint)
        // The router closes them while it is used.
        for _ in 0..<100 {
            usleep(20_000)
            while try monitor.next() != nil {}
            _ = try router.skip()
            peers.removeAll { $0.isClosed(tries: 1) }
            if peers.isEmpty { break }
        }
        #expect(peers.isEmpty)
        let polite = try #require(RawPeer(port: port(of: endpoint), kind: "DEALER", name: "same"))
        #expect(polite.send(RawPeer.frame([9])))
        #expect(try router.waitUntilReadable(milliseconds: 5000))
    }

    private static let clogged = Atomic(0)

    @Test(arguments: [(Socket.Kind.publish, "SUB", true), (.router, "DEALER", false)])
    func `a socket has so many connections at most`(_ kind: Socket.Kind, peer: String, staysFirst: Bool) throws {
        let context = try Context()
        let socket = try Socket(kind, in: context)
        let budget = try PeerBudget(mostConnections: 4) { _, reason in
            if case .subscriptions = reason { Issue.record("nobody subscribed") }
        }
        defer { budget.stop() }
        let monitor = try PeerMonitor(of: socket, as: "x", in: context, budget: budget)
        let endpoint = try socket.bind("tcp://127.0.0.1:*")
        var peers: [RawPeer] = []
        for _ in 0..<5 {
            peers.append(try #require(RawPeer(port: port(of: endpoint), kind: peer)))
            usleep(50_000)
            while try monitor.next() != nil {}
        }
        // Those who listen stay; of those who ask the eldest gives way, whose client connects again.
        #expect(peers[staysFirst ? 4 : 0].isClosed())
        for index in 1..<4 { #expect(peers[index].send(RawPeer.ping)) }
    }
}
