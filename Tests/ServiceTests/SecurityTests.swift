import Glibc
import Messaging
import Service
import ServiceCore
import Testing
import Wire

/// A folder of keys that vanishes, and clients with roles.
private struct TestKeys {
    let folder: KeyFolder
    let server: CurveKeyPair

    init() throws {
        var path = Array("/tmp/kmmd-keys-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&path))
        folder = KeyFolder(
            path: String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) + "/keys")
        server = try folder.makeServer().keys
    }

    func client(_ name: String, _ role: Role) throws -> Socket.Security {
        let pair = try CurveKeyPair.make()
        try folder.add(AllowedClient(name: name, role: role, key: pair.publicKey))
        return .client(pair, server: server.publicKey)
    }
}

@Suite struct KeyFolderTests {
    @Test func `clients are added, listed and revoked`() throws {
        let keys = try TestKeys()
        _ = try keys.client("anna", .command)
        _ = try keys.client("bert", .observe)
        #expect(try keys.folder.clients().map(\.name) == ["anna", "bert"])
        #expect(try keys.folder.clients().map(\.role) == [.command, .observe])
        try keys.folder.revoke("anna")
        #expect(try keys.folder.clients().map(\.name) == ["bert"])
        #expect(throws: KeyError.self) { try keys.folder.revoke("anna") }
    }

    @Test func `the server's keys are made once`() throws {
        let keys = try TestKeys()
        let again = try keys.folder.makeServer()
        #expect(again.keys == keys.server)
        #expect(!again.isNew)
    }

    @Test func `a secret that others may read is refused`() throws {
        let keys = try TestKeys()
        chmod(keys.folder.serverFile, 0o644)
        #expect(throws: KeyError.self) { try keys.folder.server() }
    }

    @Test func `a credential of systemd comes before the folder`() throws {
        let (keys, other) = (try TestKeys(), try TestKeys())
        let environment = ["CREDENTIALS_DIRECTORY": other.folder.path]
        #expect(try KeyFolder(path: keys.folder.path, environment: environment).server() == other.server)
    }

    @Test(arguments: ["../x", "", "a b", "a/b", ".", String(repeating: "x", count: 65)])
    func `a name that is no file's is refused`(name: String) throws {
        let keys = try TestKeys()
        let key = try CurveKeyPair.make().publicKey
        #expect(throws: KeyError.self) { try keys.folder.add(AllowedClient(name: name, role: .observe, key: key)) }
        #expect(throws: KeyError.self) { try keys.folder.revoke(name) }
    }

    @Test func `one key is one client, and a name is taken once`() throws {
        let keys = try TestKeys()
        let key = try CurveKeyPair.make().publicKey
        try keys.folder.add(AllowedClient(name: "anna", role: .observe, key: key))
        #expect(throws: KeyError.self) { try keys.folder.add(AllowedClient(name: "bert", role: .operator, key: key)) }
        #expect(throws: KeyError.self) { _ = try keys.client("anna", .operator) }
    }

    @Test(
        arguments: [
            "", "{", #"{"role":"king","public":"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"}"#,
            #"{"role":"observe","public":"rq"}"#, #"{"role":"observe"}"#,
        ])
    func `a broken file is named, and the list before it stays`(text: String) async throws {
        let keys = try TestKeys()
        let anna = try keys.client("anna", .observe)
        try await TestDaemon.run(keys: keys.folder) { daemon in
            let file = keys.folder.path + "/clients/broken.json"
            let descriptor = open(file, O_WRONLY | O_CREAT, 0o644)
            _ = write(descriptor, text, text.utf8.count)
            close(descriptor)
            let error = #expect(throws: KeyError.self) { try daemon.accessControl.reload() }
            #expect(error?.path == file)
            let reply = try await daemon.client(anna).ask(#"{"type":"robots"}"#)
            #expect(reply["ok"] == true)
        }
    }
}

@Suite struct SecurityTests {
    @Test func `a role may do what it may, and no more`() async throws {
        let keys = try TestKeys()
        let roles: [(Role, Socket.Security)] = try Role.allCases.map { ($0, try keys.client($0.rawValue, $0)) }
        try await TestDaemon.run(keys: keys.folder) { daemon in
            for (role, security) in roles {
                let client = try daemon.client(security)
                let priority = try daemon.priorityClient(security)
                func code(_ client: TestClient, _ type: String, _ body: String = "{}") async throws -> String? {
                    try await client.ask(#"{"type":"\#(type)","body":\#(body)}"#)["error"]?["code"]?.string
                }
                for type in ["hello", "status", "robots", "robot"] { #expect(try await code(client, type) == nil) }
                let mayCommand = role >= .command
                #expect((try await code(client, "say", #"{"text":"wave"}"#) == "forbidden") != mayCommand)
                for type in ["hold", "stop"] { #expect((try await code(priority, type) == "forbidden") != mayCommand) }
                for type in ["hold", "resume", "stop"] {
                    #expect((try await code(client, type) == "forbidden") != mayCommand)
                }
                #expect((try await code(priority, "reset") == "forbidden") == (role < .operator))
                #expect((try await code(client, "reload") == "forbidden") == (role < .operator))
                #expect(
                    (try await code(client, "record", #"{"action":"stop"}"#) == "forbidden") == (role < .operator))
            }
        }
    }

    @Test func `strangers get no answer and are counted, on every socket`() async throws {
        let keys = try TestKeys()
        let anna = try keys.client("anna", .observe)
        let stranger = Socket.Security.client(try CurveKeyPair.make(), server: keys.server.publicKey)
        try await TestDaemon.run(keys: keys.folder) { daemon in
            let endpoints = daemon.endpoints
            for (name, endpoint) in endpoints.all {
                for security in [stranger, nil] {
                    let before = daemon.accessControl.counts.authenticationFailures
                    var options = Socket.Options()
                    options.security = security
                    let isListener = name == "events" || name == "stream"
                    let socket = try Socket(isListener ? .subscribe : .dealer, options: options, in: daemon.context)
                    defer { socket.close() }
                    try socket.connect(endpoint)
                    // Whom the daemon has turned away by now has nowhere to send to.
                    if isListener { try socket.subscribe("") } else { try? socket.send([Array("walk".utf8)]) }
                    for _ in 0..<3000 where daemon.accessControl.counts.authenticationFailures == before {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(daemon.accessControl.counts.authenticationFailures > before, "\(name)")
                    #expect(try socket.receive() == nil)
                }
            }
            let status = try await daemon.client(anna).ask(#"{"type":"status"}"#)
            #expect(status["counts"]?["accepted"] == 0)
            #expect((status["counts"]?["refused_clients"]?.integer ?? 0) >= 10)
        }
    }

    @Test func `with a key one hears events and references`() async throws {
        let keys = try TestKeys()
        let anna = try keys.client("anna", .observe)
        try await TestDaemon.run(keys: keys.folder) { daemon in
            for endpoint in [daemon.endpoints.events, daemon.endpoints.stream] {
                var options = Socket.Options()
                options.security = anna
                let socket = try Socket(.subscribe, options: options, in: daemon.context)
                defer { socket.close() }
                try socket.connect(endpoint)
                try socket.subscribe("")
                #expect(try socket.waitUntilReadable(milliseconds: 60_000))
            }
        }
    }

    @Test func `a revoked key may nothing more, also where it is connected`() async throws {
        let keys = try TestKeys()
        let (anna, bert) = (try keys.client("anna", .operator), try keys.client("bert", .operator))
        try await TestDaemon.run(keys: keys.folder) { daemon in
            let client = try daemon.client(anna)
            #expect(try await client.ask(#"{"type":"robots"}"#)["ok"] == true)
            try keys.folder.revoke("anna")
            #expect(try daemon.accessControl.reload() == 1)
            #expect(try await client.ask(#"{"type":"robots"}"#)["error"]?["code"] == "forbidden")
            #expect(try await daemon.client(bert).ask(#"{"type":"robots"}"#)["ok"] == true)
        }
    }

    @Test func `a client that asks too often is told so, others and the stopping verbs are not bound`() async throws {
        try await TestDaemon.run(rateLimit: 5) { daemon in
            let (busy, calm) = (try daemon.client(), try daemon.client())
            for _ in 0..<200 { try busy.send(#"{"type":"robots"}"#) }
            var refusals: [JSONValue] = []
            for _ in 0..<200 { if let error = try await busy.reply()["error"] { refusals.append(error) } }
            #expect(refusals.count > 100)
            #expect(refusals.allSatisfy { $0["code"] == "rate_limited" && $0["retryable"] == true })
            #expect(try await busy.ask(#"{"type":"halt"}"#)["ok"] == true)
            #expect(try await calm.ask(#"{"type":"robots"}"#)["ok"] == true)
        }
    }

    @Test func `a bucket fills at its rate up to two seconds of it`() {
        var limiter = RateLimiter(rate: 10)
        func taken(_ count: Int, _ client: String, at time: Int64) -> Int {
            (0..<count).filter { _ in limiter.take(.key(client), at: time) }.count
        }
        #expect(taken(100, "a", at: 0) == 20)
        #expect(taken(100, "a", at: 500_000_000) == 5)
        #expect(taken(100, "b", at: 500_000_000) == 20)
        // Names of connections are no text: those that differ only in what is none are still two clients.
        #expect((0..<40).filter { _ in limiter.take(.connection(socket: "command", [0, 0x80]), at: 0) }.count == 20)
        #expect((0..<40).filter { _ in limiter.take(.connection(socket: "command", [0, 0x81]), at: 0) }.count == 20)
        #expect(taken(100, "a", at: 100_000_000_000) == 20)
        // Time that jumps back gives nothing.
        #expect(taken(1, "a", at: 0) == 0)
        // Names invented by the million cost no memory, and nobody is locked out by them.
        for index in 0..<10_000 { _ = limiter.take(.key("x\(index)"), at: 100_000_000_000) }
        #expect(taken(1, "c", at: 100_000_000_001) == 1)
    }
}
