import Logging
import Messaging
import Planning
import Publishing
import Retargeting
import Robots
import Service
import ServiceCore
import Testing
import TextEncoding
import Wire

/// The daemon's parts around a real retargeter and player, fed by `TestMotion`, on ports of their own.
struct TestDaemon {
    let context: Context
    let endpoints: ServiceConfiguration.Endpoints
    let robot: ActiveRobot
    /// All robots; `robot` is the first.
    let robots: [ActiveRobot]
    let server: CommandServer
    let publisher: Publisher
    let doors: Doorkeeper

    /// Runs `body` with a daemon, and brings it down whatever happens.
    static func run(
        twinRate: Int? = nil, clips: String? = nil, sources: [SourceConfiguration] = [], keys: KeyFolder? = nil,
        rateLimit: Double = 0,
        atEnd: ServiceConfiguration.AtEnd = .hold, _ body: (TestDaemon) async throws -> Void
    ) async throws {
        let root = #filePath.prefix(upTo: #filePath.range(of: "/Tests/")?.lowerBound ?? #filePath.endIndex)
        var profile = try RobotProfile(file: root + "/RobotProfiles/unitree_g1.json")
        var robots = [ActiveRobot(profile: profile, channel: RobotChannel(rate: 50))]
        if let twinRate {
            profile.name = "twin"
            robots.append(ActiveRobot(profile: profile, channel: RobotChannel(rate: twinRate)))
        }
        let robot = try #require(robots.first)
        let list = try #require(RobotList(robots))
        var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        let context = try Context()
        let loop = try ZMQLoop(name: "test messaging")
        let priorityLoop = try ZMQLoop(name: "test priority")
        let planningLoop = try ZMQLoop(name: "test planner")
        let doorLoop = try ZMQLoop(name: "test doors")
        let doors = try Doorkeeper(loop: doorLoop, folder: keys, log: log)
        try await doors.open(in: context)
        let inbox = PlannerInbox()
        let identity = DaemonIdentity(model: "test")
        let answers = AnswerMemory()
        let server = CommandServer(
            loop: loop, context: context, doors: doors, identity: identity, robots: list,
            planner: inbox, answers: answers, clips: ClipLibrary(folder: clips),
            sources: try StateSources(sources, robots: list, log: log), log: log
        ) { text in text.split(separator: ";").map { .init(text: String($0), duration: nil) } }
        let priority = PriorityServer(
            loop: priorityLoop, context: context, doors: doors, robots: list, answers: answers, log: log
        ) { verb, name in
            Task { await server.stopped(verb, robot: name) }
        }
        await server.adopt(rateLimit: rateLimit, atEnd: [robot.name: atEnd])
        var endpoints = ServiceConfiguration.Endpoints()
        endpoints.command = "tcp://127.0.0.1:*"
        endpoints.events = "tcp://127.0.0.1:*"
        endpoints.state = "tcp://127.0.0.1:*"
        endpoints = try await server.open(endpoints)
        endpoints.priority = try await priority.open("tcp://127.0.0.1:*")
        var lanes: [(robot: ActiveRobot, retargeting: Retargeter)] = []
        for robot in robots { lanes.append((robot, try Retargeter(robot.profile))) }
        let planner = MotionPlanner(
            loop: planningLoop, source: TestMotion(), robots: lanes, inbox: inbox,
            report: CommandReport(server: server),
            clips: ClipLibrary(folder: clips), log: log)
        let publisher = try Publisher(
            robots: robots, epoch: identity.epoch, context: context, security: doors, endpoint: "tcp://127.0.0.1:*")
        endpoints.stream = publisher.endpoint
        await server.listen(to: publisher.bell) { server.assumeIsolated { $0.takeMarks() } }
        await server.becomeReady { [.init("lateness", publisher.lateness.json)] }
        let planning = Task { await planner.run() }
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(20))
                inbox.nudge()
                await server.keepWatch()
            }
        }
        let daemon = TestDaemon(
            context: context, endpoints: endpoints, robot: robot, robots: robots, server: server, publisher: publisher,
            doors: doors)
        let result: Result<Void, any Error>
        do { result = .success(try await body(daemon)) } catch { result = .failure(error) }
        ticking.cancel()
        inbox.finish()
        await planning.value
        publisher.stop()
        await server.close()
        await priority.close()
        await doors.close()
        doorLoop.stop()
        loop.stop()
        priorityLoop.stop()
        planningLoop.stop()
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
