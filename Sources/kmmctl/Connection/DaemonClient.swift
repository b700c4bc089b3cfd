import ArgumentParser
import Foundation
import Messaging
import Service
import Wire

/// Where the daemon is; the same defaults and environment variables as its own.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Host of the daemon, where its endpoints have their usual ports; KMMD_HOST names it too.")
    var host = ProcessInfo.processInfo.environment["KMMD_HOST"] ?? ""
    @Option(
        name: .customLong("endpoint-command"),
        help: ArgumentHelp("Endpoint of requests and replies.", visibility: .hidden))
    var givenCommand: String?
    @Option(
        name: .customLong("endpoint-priority"),
        help: ArgumentHelp("Endpoint of hold, stop, halt and reset.", visibility: .hidden))
    var givenPriority: String?
    @Option(name: .customLong("endpoint-events"), help: ArgumentHelp("Endpoint of events.", visibility: .hidden))
    var givenEvents: String?
    @Option(
        name: .customLong("endpoint-stream"),
        help: ArgumentHelp("Endpoint of the joint references.", visibility: .hidden))
    var givenStream: String?
    @Option(
        help: "File of this client's keys (see `kmmctl keys`); KMMD_KEY names it too.",
        completion: .file(extensions: ["json"]))
    var key = ProcessInfo.processInfo.environment["KMMD_KEY"] ?? ""
    @Option(help: "How long to wait for an answer, seconds.")
    var timeout = 3.0
    @Flag(help: "Print the daemon's JSON as it is.")
    var json = false

    var endpointCommand: String { givenCommand ?? onHost(ConnectionOptions.defaults.command) }
    var endpointPriority: String { givenPriority ?? onHost(ConnectionOptions.defaults.priority) }
    var endpointEvents: String { givenEvents ?? onHost(ConnectionOptions.defaults.events) }
    var endpointStream: String { givenStream ?? onHost(ConnectionOptions.defaults.stream) }

    /// The endpoint of that port on the daemon's host.
    private func onHost(_ endpoint: String) -> String {
        guard !host.isEmpty, endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else {
            // A daemon that is bound to all addresses is reached at this host's own.
            return endpoint.replacing("tcp://0.0.0.0:", with: "tcp://127.0.0.1:")
        }
        return "tcp://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host)" + endpoint[colon...]
    }

    private static let defaults = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment)
        .endpoints

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout has to lie in 0 to 3600 s") }
    }

    /// Asks, and prints what `show` makes of the answer, or with --json the daemon's JSON as it is.
    ///
    /// - Throws: ``ControlError`` when the daemon refuses or nobody answers.
    @discardableResult
    func ask<Answer: Decodable>(
        _ verb: Verb, robot: String? = nil, deadline: Int64? = nil, show: (Answer) -> Void
    ) throws -> Answer {
        var request = Request(verb, id: UUID().uuidString.lowercased(), robot: robot)
        request.sentNanoseconds = Int64(Date().timeIntervalSince1970 * 1e9)
        request.deadline = deadline.map(Request.Deadline.init(milliseconds:))
        let endpoint = verb.isPriority ? endpointPriority : endpointCommand
        let reply: JSONValue
        do {
            reply = try DaemonClient(endpoint: endpoint, security: security()).ask(request, timeout: timeout)
        } catch ControlError.noAnswer(let endpoint, let seconds, nil) {
            let advice = Greeting(of: endpoint)?.advice(hasKey: !key.isEmpty, endpoint: endpoint)
            throw ControlError.noAnswer(endpoint: endpoint, seconds: seconds, advice: advice)
        }
        let answer: Answer
        do { answer = try reply.decoded() } catch { throw ControlError.badAnswer("\(error)") }
        if json { print(reply.text) } else { show(answer) }
        return answer
    }

    /// How the sockets are encrypted; nil without a key.
    func security() throws -> Socket.Security? {
        guard !key.isEmpty else { return nil }
        do { return try KeyFile(key).client() } catch {
            throw ControlError.badInput("\(error)")
        }
    }

    /// A socket that hears the messages of some topics.
    func subscribe(to endpoint: String, topics: [String]) throws -> Socket {
        let security = try security()
        do throws(MessagingError) {
            var options = Socket.Options()
            options.security = security
            let socket = try Socket(.subscribe, options: options, in: try Context())
            try socket.connect(endpoint)
            for topic in topics { try socket.subscribe(topic) }
            return socket
        } catch {
            throw ControlError.messaging(error)
        }
    }

    /// Listens to events; none is missed after this.
    func events() throws -> EventSubscription { try EventSubscription(self) }
}

/// One connection to a command socket.
final class DaemonClient {
    private let endpoint: String
    private let socket: Socket

    init(endpoint: String, security: Socket.Security?) throws {
        self.endpoint = endpoint
        do throws(MessagingError) {
            var options = Socket.Options()
            options.onlyToConnectedPeers = true
            options.security = security
            socket = try Socket(.dealer, options: options, in: try Context())
            try socket.connect(endpoint)
        } catch {
            throw ControlError.messaging(error)
        }
    }

    deinit { socket.close() }

    func ask(_ request: Request, timeout: Double) throws -> JSONValue {
        let bytes = request.json.encoded
        let deadline = Date().addingTimeInterval(timeout)
        while true {
            do {
                try socket.send([bytes])
                break
            } catch MessagingError.wouldBlock {
                // Not connected yet: a command is never left in a queue to be carried out late.
                guard Date() < deadline else { throw ControlError.noAnswer(endpoint: endpoint, seconds: timeout) }
                usleep(2000)
            } catch {
                throw ControlError.messaging(error)
            }
        }
        let left = max(0, deadline.timeIntervalSinceNow)
        guard try socket.waitUntilReadable(milliseconds: Int(left * 1000)), let message = try socket.receive(),
            let answer = message.parts.last
        else { throw ControlError.noAnswer(endpoint: endpoint, seconds: timeout) }
        let reply: JSONValue
        do { reply = try JSONValue(parsing: answer) } catch { throw ControlError.badAnswer("\(error)") }
        let envelope: Reply.Envelope
        do { envelope = try reply.decoded() } catch { throw ControlError.badAnswer("\(error)") }
        if let error = envelope.error { throw ControlError.refused(code: error.code, message: error.message) }
        guard envelope.ok else { throw ControlError.badAnswer("it is not `ok` and has no `error`") }
        for warning in envelope.warnings ?? [] {
            FileHandle.standardError.write(Data("kmmctl: \(warning)\n".utf8))
        }
        return reply
    }
}

/// A subscription to the events socket.
final class EventSubscription {
    private let socket: Socket

    /// Subscribes, and waits until the daemon knows of it, so that no later event is missed.
    fileprivate init(_ connection: ConnectionOptions) throws {
        // Subscriptions arrive in order, and the retained profiles answer the last one.
        socket = try connection.subscribe(to: connection.endpointEvents, topics: ["event.", "robot.", "profile."])
        guard try socket.waitUntilReadable(milliseconds: Int(connection.timeout * 1000)) else {
            let endpoint = connection.endpointEvents
            let advice = Greeting(of: endpoint)?.advice(hasKey: !connection.key.isEmpty, endpoint: endpoint)
            throw ControlError.noAnswer(endpoint: endpoint, seconds: connection.timeout, advice: advice)
        }
    }

    deinit { socket.close() }

    /// The next event, or nil when none comes in time.
    func next(milliseconds: Int) throws -> (topic: String, event: JSONValue)? {
        guard try socket.waitUntilReadable(milliseconds: milliseconds), let message = try socket.receive(),
            message.parts.count == 2, let event = try? JSONValue(parsing: message.parts[1])
        else { return nil }
        return (String(decoding: message.parts[0], as: UTF8.self), event)
    }
}
