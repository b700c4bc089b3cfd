import ArgumentParser
import Glibc
import Logging
import Publishing
import Service
import Wire

@main
struct Daemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kmmd",
        abstract: "Motion retargeting daemon: text in over ZeroMQ, robot joint trajectories out.",
        discussion: """
            Everything has a default; a configuration file comes before it, then environment variables (KMMD_MODELS, \
            KMMD_ROBOT, KMMD_ENDPOINT_COMMAND …), then flags; `kmmctl config show --origin` tells. kmmd is not \
            safety-rated: keep the robot's own emergency stop in hand.
            """,
        version: Release.version)

    @Option(
        help:
            "Configuration file, JSON; KMMD_CONFIG names it too. Default: kmmd.json in /etc/kmmd, for others than root in ~/.config/kmmd."
    )
    var config: String?
    @Option(help: "Folder of the trained weights.")
    var models: String?
    @Option(help: "Name of the model in it: free, or kmm.")
    var model: String?
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
    @Option(help: "Endpoint for live people (PULL).")
    var endpointPeople: String?
    @Option(
        help: ArgumentHelp(
            "A receiver of the references, as [ROBOT:]FORMAT[=ENDPOINT][,OPTION…]; may be repeated.",
            discussion: "Formats: \(SinkFormat.all.map(\.name).joined(separator: ", "))."))
    var sink: [String] = []
    @Option(
        help: ArgumentHelp(
            "Where a robot's measured state comes from, as [ROBOT:]FORMAT[=ENDPOINT]; may be repeated.",
            discussion: "Formats: \(SourceConfiguration.Format.allCases.map(\.rawValue).joined(separator: ", "))."))
    var source: [String] = []
    @Option(
        help: ArgumentHelp(
            "A sender of live people, as FORMAT://HOST:PORT[?OPTION=VALUE]; may be repeated.",
            discussion: "Formats: \(PersonSource.Format.allCases.map(\.rawValue).joined(separator: ", "))."))
    var people: [String] = []
    @Option(help: "Where the dashboard, metrics and health are served, as http://ADDRESS:PORT; empty for nowhere.")
    var http: String?
    @Option(help: "Folder of the keys that `kmmctl keys` makes; without it nothing is encrypted.")
    var keys: String?
    @Option(help: "Requests per second that one client may send to the command socket; 0 for no bound.")
    var rateLimit: String?
    @Flag(help: "Let sockets be bound to addresses that other hosts reach, unencrypted.")
    var allowPlaintext = false
    @Option(help: "Least severe level that is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel: String?
    @Option(help: "How lines of the log look: text, json, or auto for JSON under journald.")
    var logFormat: String?

    func run() async throws {
        let environment = Daemon.environment
        let (file, flags) = (config, flags)
        let read = { @Sendable () throws(ConfigurationError) in
            try LoadedConfiguration(file: file, environment: environment, flags: flags)
        }
        let loaded: LoadedConfiguration
        do throws(ConfigurationError) { loaded = try read() } catch {
            let log = Logger(label: "kmmd") { _ in LogOutput(LogSettings(), environment: environment) }
            for finding in error.findings { log.critical("kmmd cannot start: \(finding)") }
            throw ExitCode.failure
        }
        let output = LogOutput(loaded.configuration.log, environment: environment)
        let log = Logger(label: "kmmd") { _ in output }
        do {
            let service = MotionService(
                configuration: loaded, environment: environment, log: log, output: output, readingAgain: read)
            try await service.run()
        } catch {
            log.critical("kmmd cannot start: \(error)")
            throw ExitCode.failure
        }
    }

    /// The flags that were given, by the settings that they set.
    private var flags: LoadedConfiguration.Flags {
        let single: [(String, String, String?)] = [
            ("models", "models", models), ("model", "model", model), ("profiles", "profiles", profiles),
            ("state", "state", state),
            ("clips", "clips", clips), ("endpoints.command", "endpoint-command", endpointCommand),
            ("endpoints.priority", "endpoint-priority", endpointPriority),
            ("endpoints.events", "endpoint-events", endpointEvents),
            ("endpoints.stream", "endpoint-stream", endpointStream),
            ("endpoints.state", "endpoint-state", endpointState),
            ("endpoints.people", "endpoint-people", endpointPeople),
            ("http.endpoint", "http", http), ("security.keys", "keys", keys),
            ("security.rate_limit", "rate-limit", rateLimit),
            ("security.allow_plaintext", "allow-plaintext", allowPlaintext ? "true" : nil),
            ("log.level", "log-level", logLevel), ("log.format", "log-format", logFormat),
        ]
        let lists = [("robot", robot), ("sink", sink), ("source", source), ("people", people)]
        return single.compactMap { setting, flag, text in text.map { (setting, flag, $0) } }
            + lists.flatMap { name, texts in texts.map { (name, name, $0) } }
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
