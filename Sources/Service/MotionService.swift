internal import KMM
public import Logging
internal import Messaging
internal import Publishing
internal import Robots
public import ServiceCore
internal import ServiceLifecycle
internal import Tensors
internal import UnixSignals
internal import Wire

/// The daemon as a process: it reads what there is, loads the model, and serves until a signal ends it.
public struct MotionService: Sendable {
    private let loaded: LoadedConfiguration
    private let readAgain: @Sendable () throws(ConfigurationError) -> LoadedConfiguration
    private let output: LogOutput
    private let environment: [String: String]
    private let notify: NotifySocket
    private let log: Logger

    /// Creates a daemon; nothing happens before `run()`. `output` is what `log` writes to.
    public init(
        configuration: LoadedConfiguration, environment: [String: String], log: Logger, output: LogOutput,
        readingAgain readAgain: @escaping @Sendable () throws(ConfigurationError) -> LoadedConfiguration
    ) {
        loaded = configuration
        self.readAgain = readAgain
        self.output = output
        self.environment = environment
        self.log = log
        notify = NotifySocket(environment: environment)
    }

    /// Starts, serves until SIGTERM or SIGINT, and comes to a clean end.
    public func run() async throws(StartError) {
        ProcessResources.prepare()
        if let file = loaded.file { log.notice("configured by \(file)") }
        let registry = try registry()
        let profiles = try loaded.configuration.profiles(in: registry)
        let configuration = try loaded.configuration.addingSinks(of: profiles)
        try configuration.validate()
        let signals = await Signals()
        let texts = TextReading(configuration)
        // Sockets come first: a second daemon fails at once, and early clients hear `not_ready`.
        let daemon = try await MotionDaemon(
            configuration, profiles: profiles, identity: DaemonIdentity(model: configuration.model),
            environment: environment, needsHTTP: loaded.origin(of: "http.endpoint") != .builtIn, log: log,
            suggestions: { texts.suggestions }
        ) { (say) throws(RequestError) in try texts.read(say) }
        let planner: MotionDaemon.Planner<MotionGenerator>
        do {
            planner = try await loadPlanner(of: daemon, texts)
        } catch {
            await daemon.close()
            throw error
        }
        let host = MotionDaemon.Host(
            profiles: registry, read: readAgain, output: output, notify: notify, hangups: signals.hangups
        ) { phase in tell(phase, of: daemon) }
        signals.beginServing()
        do {
            try await daemon.serviceGroup(of: planner, in: host, gracefulShutdownSignals: [.sigterm, .sigint]).run()
        } catch {
            log.error("a part of the daemon failed: \(error)")
        }
        daemon.stopThreads()
        log.notice("ended")
    }

    private func registry() throws(StartError) -> ProfileRegistry {
        let registry: ProfileRegistry
        do throws(ProfileError) {
            registry = try ProfileRegistry(directory: loaded.configuration.profilesDirectory)
        } catch {
            throw .profiles(error)
        }
        for failure in registry.failures { log.error("\(failure.error)", metadata: ["file": "\(failure.file)"]) }
        return registry
    }

    private func loadPlanner(
        of daemon: MotionDaemon, _ texts: TextReading
    ) async throws(StartError) -> MotionDaemon.Planner<MotionGenerator> {
        let configuration = daemon.configuration
        notify.send("STATUS=loading the models")
        let start = Clock.monotonic()
        // A second thread helps such small matrices little, and waits for a core when others work on the machine.
        Compute.setThreads(1)
        async let tables = TextReading.tables(configuration)
        do {
            let generator = try MotionGenerator(directory: configuration.modelsDirectory, model: configuration.model)
            try texts.load(configuration, try await tables, encoder: generator.encoder)
            log.info("model \(configuration.model) loaded in \((Clock.monotonic() - start) / 1_000_000) ms")
            return try await daemon.planner(of: generator)
        } catch let error as StartError {
            throw error
        } catch {
            throw .models(directory: configuration.modelsDirectory, reason: "\(error)")
        }
    }

    /// Tells the log and the service manager how far the daemon has come.
    private func tell(_ phase: MotionDaemon.Phase, of daemon: MotionDaemon) {
        let robots = daemon.robots.all.map(\.name).joined(separator: ", ")
        switch phase {
        case .serving:
            for (name, endpoint) in daemon.endpoints.all { log.notice("\(name): \(endpoint)") }
            for sink in daemon.publisher.sinks {
                log.notice("\(sink.format) of \(sink.robot): \(sink.endpoint)")
            }
            log.notice("ready: \(robots)")
            notify.send("READY=1", "STATUS=serving \(robots)")
        case .ending:
            notify.send("STOPPING=1", "STATUS=coming to rest")
            log.notice("coming to rest")
        }
    }
}
