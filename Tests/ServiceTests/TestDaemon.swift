import Logging
import Messaging
import Planning
import Publishing
import Robots
import Service
import ServiceCore
import ServiceLifecycle
import Testing
import TextEncoding
import Wire

/// The daemon as it is, but with `TestMotion` for a source of motion, on ports of its own.
struct TestDaemon {
    private let daemon: MotionDaemon
    let robot: ActiveRobot
    var context: Context { daemon.context }
    var endpoints: ServiceConfiguration.Endpoints { daemon.endpoints }
    /// All robots; `robot` is the first.
    var robots: [ActiveRobot] { daemon.robots.all }
    var server: CommandServer { daemon.server }
    var publisher: Publisher { daemon.publisher }
    var accessControl: AccessControl { daemon.accessControl }

    /// What a piece of text asks for: "hand: fist" a pose of the right hand, all else a motion.
    private static func action(_ text: String) -> Action {
        var action = Action(text: text)
        if let pose = text.firstRange(of: "hand: ").flatMap({ HandPose(rawValue: String(text[$0.upperBound...])) }) {
            (action.hands, action.movesBody) = ([HandCommand(pose: pose, side: .right)], false)
        }
        return action
    }

    /// Runs `body` with a daemon, and brings it down whatever happens.
    static func run(
        robot name: String = "unitree_g1", twinRate: Int? = nil, clips: String? = nil,
        sources: [SourceConfiguration] = [], keys: KeyFolder? = nil,
        rateLimit: Double = 0,
        atEnd: ServiceConfiguration.AtEnd = .hold, _ body: (TestDaemon) async throws -> Void
    ) async throws {
        let root = #filePath.prefix(upTo: #filePath.range(of: "/Tests/")?.lowerBound ?? #filePath.endIndex)
        let registry = try ProfileRegistry(directory: root + "/RobotProfiles")
        var profiles = [try #require(registry[name])]
        if let twinRate {
            profiles += profiles
            profiles[1].name = "twin"
            profiles[1].stream.rate = Double(twinRate)
        }
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        for endpoint in [\.command, \.priority, \.events, \.stream, \.state, \.people]
            as [WritableKeyPath<ServiceConfiguration.Endpoints, String>]
        {
            configuration.endpoints[keyPath: endpoint] = "tcp://127.0.0.1:*"
        }
        configuration.httpEndpoint = nil
        configuration.clipsDirectory = clips
        configuration.sources = sources
        configuration.keysDirectory = keys?.path
        configuration.rateLimit = rateLimit
        configuration.atEnd = [profiles[0].name: atEnd]
        var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        let daemon = try await MotionDaemon(
            configuration, profiles: profiles, identity: DaemonIdentity(model: "test"), environment: [:],
            needsHTTP: false, log: log
        ) { say in say.text.split(separator: ";").map { Self.action(String($0)) } }
        let planner = try await daemon.planner(of: TestMotion())
        let (phases, heard) = AsyncStream.makeStream(of: MotionDaemon.Phase.self)
        let host = MotionDaemon.Host(
            profiles: registry,
            read: { () throws(ConfigurationError) in throw ConfigurationError(findings: []) },
            output: LogOutput(LogSettings(), environment: [:]), notify: NotifySocket(environment: [:]),
            hangups: AsyncStream { _ in }, patience: .zero
        ) { heard.yield($0) }
        let group = daemon.serviceGroup(of: planner, in: host)
        let serving = Task { try await group.run() }
        for await _ in phases { break }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(TestDaemon(daemon: daemon, robot: daemon.robots.default)))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await serving.value
        daemon.stopThreads()
        try result.get()
    }

    func client(_ security: Socket.Security? = nil, routingID: String? = nil) throws -> TestClient {
        try TestClient(endpoints.command, context, security, routingID: routingID)
    }
    func priorityClient(_ security: Socket.Security? = nil, routingID: String? = nil) throws -> TestClient {
        try TestClient(endpoints.priority, context, security, routingID: routingID)
    }

    /// Waits until the robot has come to rest.
    func settle() async throws {
        for _ in 0..<3000 where !robot.channel.status.isSettled { try await Task.sleep(for: .milliseconds(20)) }
        #expect(robot.channel.status.isSettled)
    }

    /// Subscribes to the events of commands; the subscription stands when this returns.
    func events() async throws -> TestEvents {
        let events = try TestEvents(endpoints.events, context)
        _ = try #require(try await events.next { $0["robot"] != nil && $0["joint_names"] != nil })
        return events
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// Asks questions on a command socket.
final class TestClient {
    private var socket: Socket
    private let endpoint: String
    private let context: Context
    private let options: Socket.Options

    init(
        _ endpoint: String, _ context: Context, _ security: Socket.Security? = nil, routingID: String? = nil
    ) throws {
        var options = Socket.Options()
        options.security = security
        options.routingID = routingID.map { Array($0.utf8) }
        (self.endpoint, self.context, self.options) = (endpoint, context, options)
        socket = try Self.connected(endpoint, context, options)
    }

    private static func connected(_ endpoint: String, _ context: Context, _ options: Socket.Options) throws -> Socket {
        let socket = try Socket(.dealer, options: options, in: context)
        try socket.connect(endpoint)
        return socket
    }

    deinit { socket.close() }

    func send(_ text: String) throws { try socket.send([Array(text.utf8)]) }

    func reply(within seconds: Int = 60) async throws -> JSONValue {
        for _ in 0..<seconds * 100 {
            if let message = try socket.receive() { return try JSONValue(parsing: message.parts.last ?? []) }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure.noAnswer
    }

    func ask(_ text: String) async throws -> JSONValue {
        // A handshake that gets lost is given up after half a minute only: as clients should, one begins anew before.
        for _ in 0..<(options.security == nil ? 0 : 3) {
            try send(text)
            do { return try await reply(within: 10) } catch TestFailure.noAnswer {}
            socket.close()
            socket = try Self.connected(endpoint, context, options)
        }
        try send(text)
        return try await reply()
    }

    func say(_ text: String, _ extra: String = "") async throws -> String {
        let reply = try await ask(#"{"type":"say","body":{"text":"\#(text)"\#(extra)}}"#)
        return try #require(reply["command"]?.string, "\(reply.text)")
    }
}

enum TestFailure: Error { case noAnswer }

/// Listens to events.
final class TestEvents {
    private let socket: Socket

    init(_ endpoint: String, _ context: Context) throws {
        socket = try Socket(.subscribe, in: context)
        try socket.connect(endpoint)
        try socket.subscribe("event.")
        try socket.subscribe("robot.")
        try socket.subscribe("profile.")
        try socket.subscribe("source.")
        try socket.subscribe("person.")
    }

    deinit { socket.close() }

    /// The next event that satisfies the condition; the others are passed over.
    func next(where condition: (JSONValue) -> Bool) async throws -> JSONValue? {
        for _ in 0..<6000 {
            while let message = try socket.receive() {
                let event = try JSONValue(parsing: message.parts[1])
                if condition(event) { return event }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    /// The events of a command up to the named one.
    func upTo(_ last: String, of command: String) async throws -> [JSONValue] {
        var seen: [JSONValue] = []
        let found = try await next { event in
            guard event["command"]?.string == command else { return false }
            seen.append(event)
            return event["event"]?.string == last
        }
        #expect(found != nil, "no event \(last) after \(seen.map { $0["event"]?.string ?? "" })")
        return seen
    }
}
