import ArgumentParser
import Glibc
import Logging
import Service

@main
struct Daemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kmmd",
        abstract: "Motion retargeting daemon: text in over ZeroMQ, robot joint trajectories out.",
        discussion: """
            Everything has a default; environment variables (KMMD_MODELS, KMMD_PROFILES, KMMD_ROBOT, \
            KMMD_ENDPOINT_COMMAND …) come before it and flags before those. kmmd is not safety-rated: keep the \
            robot's own emergency stop in hand.
            """,
        version: "0.1.0")

    @Option(help: "Folder of the trained weights.")
    var models: String?
    @Option(help: "Folder of the robot profiles.")
    var profiles: String?
    @Option(help: "Folder of the journal; empty for none.")
    var state: String?
    @Option(help: "Folder of the motion files that `play` may name.")
    var clips: String?
    @Option(help: "A robot to drive; may be repeated, the first is the default one.")
    var robot: [String] = []
    @Option(help: "Endpoint of requests and replies (ROUTER).")
    var endpointCommand: String?
    @Option(help: "Endpoint of hold, stop, halt and reset (ROUTER).")
    var endpointPriority: String?
    @Option(help: "Endpoint of events (XPUB).")
    var endpointEvents: String?
    @Option(help: "Endpoint of the joint references (PUB).")
    var endpointStream: String?
    @Option(help: "Endpoint for measured robot state (PULL).")
    var endpointState: String?
    @Option(
        help: ArgumentHelp(
            "A receiver of the references, as [ROBOT:]FORMAT[=ENDPOINT][,OPTION…]; may be repeated.",
            discussion: "Formats: \(SinkConfiguration.Format.allCases.map(\.rawValue).joined(separator: ", "))."))
    var sink: [String] = []
    @Option(
        help: ArgumentHelp(
            "Where a robot's measured state comes from, as [ROBOT:]FORMAT[=ENDPOINT]; may be repeated.",
            discussion: "Formats: \(SourceConfiguration.Format.allCases.map(\.rawValue).joined(separator: ", "))."))
    var source: [String] = []
    @Flag(help: "Let sockets be bound to addresses that other hosts reach, unencrypted.")
    var allowPlaintext = false
    @Option(
        help: "Least severe level that is logged: trace, debug, info, notice, warning, error, critical.",
        transform: Daemon.level)
    var logLevel = Logger.Level.info

    func run() async throws {
        let environment = Daemon.environment
        var configuration = ServiceConfiguration(environment: environment)
        if let models { configuration.modelsDirectory = models }
        if let profiles { configuration.profilesDirectory = profiles }
        if let state { configuration.stateDirectory = state.isEmpty ? nil : state }
        if let clips { configuration.clipsDirectory = clips }
        if !robot.isEmpty { configuration.robots = robot }
        if let endpointCommand { configuration.endpoints.command = endpointCommand }
        if let endpointPriority { configuration.endpoints.priority = endpointPriority }
        if let endpointEvents { configuration.endpoints.events = endpointEvents }
        if let endpointStream { configuration.endpoints.stream = endpointStream }
        if let endpointState { configuration.endpoints.state = endpointState }
        let sinks = sink.isEmpty ? environment["KMMD_SINKS"]?.split(separator: ";").map(String.init) ?? [] : sink
        let sources =
            source.isEmpty ? environment["KMMD_SOURCES"]?.split(separator: ";").map(String.init) ?? [] : source
        if allowPlaintext { configuration.allowsPlaintext = true }

        var output = LogOutput(environment: environment)
        output.logLevel = logLevel
        let log = Logger(label: "kmmd") { [output] _ in output }
        do {
            configuration.sinks = try sinks.map { text throws(StartError) in try SinkConfiguration(text) }
            configuration.sources = try sources.map { text throws(StartError) in try SourceConfiguration(text) }
            try await MotionService(configuration: configuration, environment: environment, log: log).run()
        } catch {
            log.critical("kmmd cannot start: \(error)")
            throw ExitCode.failure
        }
    }

    private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else { throw ValidationError("there is no level \"\(name)\"") }
        return level
    }

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let split = text.firstIndex(of: "=") {
                variables[String(text[..<split])] = String(text[text.index(after: split)...])
            }
            next += 1
        }
        return variables
    }
}
