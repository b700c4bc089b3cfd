import Messaging
import Testing

@Suite struct CurveTests {
    // The pair of the example in ZeroMQ's zmq_curve(7).
    private let serverPublic = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
    private let serverSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

    @Test func `a secret key gives its public one`() throws {
        let pair = try CurveKeyPair(secretKey: #require(CurveKey(serverSecret)))
        #expect(pair.publicKey.text == serverPublic)
        let made = try CurveKeyPair.make()
        #expect(try CurveKeyPair(secretKey: made.secretKey) == made)
        #expect(try CurveKeyPair.make() != made)
    }

    @Test(arguments: ["", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf", "rq rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "é"])
    func `what is no key is told`(text: String) {
        #expect(CurveKey(text) == nil)
    }

    @Test func `bytes and text are the same key`() throws {
        let key = try #require(CurveKey(bytes: Array(1...32)))
        #expect(CurveKey(key.text) == key)
        #expect(CurveKey(bytes: [1, 2]) == nil)
    }

    @Test func `who has an allowed key is let in and known by it, others are not`() async throws {
        let context = try Context()
        let server = try CurveKeyPair.make()
        let (friend, stranger) = (try CurveKeyPair.make(), try CurveKeyPair.make())
        let authenticator = try Authenticator(in: context)
        defer { authenticator.close() }
        var options = Socket.Options()
        options.security = .server(server, domain: "command")
        let router = try Socket(.router, options: options, in: context)
        let monitor = try PeerMonitor(of: router, in: context)
        let endpoint = try router.bind("tcp://127.0.0.1:*")

        func client(_ security: Socket.Security?) throws -> Socket {
            var options = Socket.Options()
            options.security = security
            let socket = try Socket(.dealer, options: options, in: context)
            try socket.connect(endpoint)
            try socket.send([[1]])
            return socket
        }
        var asked: [Authenticator.Candidate] = []
        var events: [PeerMonitor.Event] = []
        func wait(until condition: () throws -> Bool) async throws -> Bool {
            for _ in 0..<6000 {
                try authenticator.answer { candidate in
                    asked.append(candidate)
                    return candidate.key == friend.publicKey
                }
                while let event = try monitor.next() { events.append(event) }
                if try condition() { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return false
        }

        let strange = try client(.client(stranger, server: server.publicKey))
        #expect(try await wait { events.contains(.refused) })
        strange.close()
        let plain = try client(nil)
        #expect(
            try await wait {
                events.contains { if case .handshakeFailed = $0 { true } else { false } }
            })
        plain.close()
        #expect(try router.receive() == nil)

        let known = try client(.client(friend, server: server.publicKey))
        var received: Socket.Received?
        #expect(
            try await wait {
                received = try received ?? router.receive()
                return received != nil
            })
        #expect(received?.parts.last == [1])
        #expect(received?.user == friend.publicKey.text)
        #expect(asked.contains { $0.key == stranger.publicKey && $0.domain == "command" && $0.address == "127.0.0.1" })
        known.close()
        monitor.close()
        router.close()
    }
}
