import Glibc
import Messaging
import Synchronization
import Testing

/// Answers every message with its own parts, on the loop's thread.
private actor Echo {
    nonisolated let loop: ZMQLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var socket: Socket?
    private var monitor: PeerMonitor?
    private(set) var discarded = 0
    private(set) var events: [PeerMonitor.Event] = []

    init(loop: ZMQLoop) { self.loop = loop }

    func bind(_ endpoint: String, in context: Context) throws -> String {
        let socket = try Socket(.router, in: context)
        let monitor = try PeerMonitor(of: socket, in: context)
        self.socket = socket
        self.monitor = monitor
        loop.watch(socket) { self.assumeIsolated { $0.drain() } }
        loop.watch(monitor.socket) { self.assumeIsolated { $0.drainMonitor() } }
        return try socket.bind(endpoint)
    }

    func close() {
        loop.unwatchAll()
        socket?.close()
        // Behind its socket: libzmq waits for ever to tell a monitor that nobody reads.
        monitor?.close()
    }

    private func drain() {
        while let message = try? socket?.receive() {
            discarded += message.discardedParts
            try? socket?.send(message.parts)
        }
    }

    private func drainMonitor() {
        while let event = try? monitor?.next() { events.append(event) }
    }

    func waitForEvent(_ wanted: PeerMonitor.Event) async throws -> Bool {
        for _ in 0..<6000 {
            if events.contains(wanted) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

private func received(_ socket: Socket, within milliseconds: Int = 60_000) throws -> [[UInt8]]? {
    guard try socket.waitUntilReadable(milliseconds: milliseconds) else { return nil }
    return try socket.receive()?.parts
}

private func withEcho(_ body: (Echo, String, Context) async throws -> Void) async throws {
    let context = try Context()
    let loop = try ZMQLoop(name: "test loop")
    let echo = Echo(loop: loop)
    let endpoint = try await echo.bind("tcp://127.0.0.1:*", in: context)
    do {
        try await body(echo, endpoint, context)
    } catch {
        await echo.close()
        loop.stop()
        throw error
    }
    await echo.close()
    loop.stop()
}

@Suite struct MessagingTests {
    @Test func `a router answers both shapes of client`() async throws {
        try await withEcho { _, endpoint, context in
            let request = try Socket(.request, in: context)
            try request.connect(endpoint)
            try request.send([Array("hello".utf8)])
            #expect(try received(request) == [Array("hello".utf8)])

            let dealer = try Socket(.dealer, in: context)
            try dealer.connect(endpoint)
            let body = [UInt8](repeating: 7, count: 100_000)
            try dealer.send([body])
            #expect(try received(dealer) == [body])
        }
    }

    @Test func `parts over the bound are discarded, the message is still answered`() async throws {
        try await withEcho { echo, endpoint, context in
            let dealer = try Socket(.dealer, in: context)
            try dealer.connect(endpoint)
            try dealer.send((0..<50).map { [UInt8($0)] })
            // The peer's name is the first of the four parts.
            #expect(try received(dealer) == [[0], [1], [2]])
            #expect(await echo.discarded == 47)
        }
    }

    @Test func `a message over a mebibyte drops its peer, is told from leaving, and others go on`() async throws {
        try await withEcho { echo, endpoint, context in
            let flood = try Socket(.dealer, in: context)
            try flood.connect(endpoint)
            // The monitor can tell only of a peer that it saw alive.
            #expect(try await echo.waitForEvent(.connected))
            try flood.send([[UInt8](repeating: 0, count: 10_000_000)])
            #expect(try await echo.waitForEvent(.dropped))
            flood.close()

            let polite = try Socket(.dealer, in: context)
            try polite.connect(endpoint)
            try polite.send([[1]])
            #expect(try received(polite) == [[1]])
            polite.close()
            #expect(try await echo.waitForEvent(.left))
        }
    }

    @Test(arguments: ["tcp://127.0.0.1:*", "ipc://@@", "ipc:///tmp/kmmd-messaging-test-\(getpid())"])
    func `an address in use is named`(endpoint: String) throws {
        let context = try Context()
        let first = try Socket(.router, in: context)
        // An abstract name of our own, so that parallel runs do not meet.
        let wanted = endpoint == "ipc://@@" ? "ipc://@kmmd-messaging-test-\(getpid())" : endpoint
        let bound = try first.bind(wanted)
        let second = try Socket(.router, in: context)
        #expect(throws: MessagingError.addressInUse(endpoint: bound)) { try second.bind(bound) }
    }

    @Test(arguments: ["", "tcp://", "hello", "tcp://127.0.0.1:port", "gopher://127.0.0.1:1"])
    func `an endpoint that is none is named`(endpoint: String) throws {
        let context = try Context()
        let socket = try Socket(.router, in: context)
        #expect(throws: MessagingError.invalidEndpoint(endpoint)) { try socket.bind(endpoint) }
    }

    @Test func `a reply to a client that left is an error, not silence`() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        try router.bind("inproc://router")
        #expect(throws: MessagingError.peerGone) { try router.send([[1, 2, 3], [4]]) }
    }

    @Test func `every subscriber of a topic is reported, also the second`() async throws {
        let context = try Context()
        let publisher = try Socket(.observingPublish, in: context)
        try publisher.bind("inproc://events")
        for _ in 0..<2 {
            let subscriber = try Socket(.subscribe, in: context)
            try subscriber.connect("inproc://events")
            try subscriber.subscribe("profile.")
            #expect(try received(publisher) == [[1] + Array("profile.".utf8)])
            try publisher.send([Array("profile.g1.".utf8), [9]])
            #expect(try received(subscriber) == [Array("profile.g1.".utf8), [9]])
        }
    }

    @Test func `jobs of an actor run on the loop's thread`() async throws {
        let loop = try ZMQLoop(name: "test loop")
        defer { loop.stop() }
        let echo = Echo(loop: loop)
        #expect(!loop.isCurrent)
        for _ in 0..<100 {
            #expect(await echo.runsOnItsLoop)
        }
    }

    @Test func `a wakeUp wakes the loop`() async throws {
        let loop = try ZMQLoop(name: "test loop")
        defer { loop.stop() }
        let wakeUp = try WakeUp()
        defer { wakeUp.close() }
        let heard = AsyncStream<Void>.makeStream()
        await Echo(loop: loop).listen(to: wakeUp) { heard.continuation.yield() }
        wakeUp.ring()
        var rings = heard.stream.makeAsyncIterator()
        #expect(await rings.next() != nil)
    }
}

extension Echo {
    fileprivate var runsOnItsLoop: Bool { loop.isCurrent }
    fileprivate func listen(to wakeUp: WakeUp, _ handler: @escaping @Sendable () -> Void) {
        loop.watch(wakeUp, onRing: handler)
    }
}
