internal import KMM
public import Logging
internal import Messaging
internal import Planning
internal import Publishing
internal import Retargeting
internal import Robots
public import ServiceCore
internal import Tensors
internal import TextEncoding
internal import Wire

/// The daemon: the parts wired together, from start to clean end.
public struct MotionService: Sendable {
    private let configuration: ServiceConfiguration
    private let file: String?
    private let needsHTTP: Bool
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
        self.configuration = configuration.configuration
        file = configuration.file
        needsHTTP = configuration.origin(of: "http.endpoint") != .builtIn
        self.readAgain = readAgain
        self.output = output
        self.environment = environment
        self.log = log
        notify = NotifySocket(environment: environment)
    }

    /// Starts, serves until SIGTERM or SIGINT, and comes to a clean end.
    public func run() async throws(StartError) {
        if let file { log.notice("configured by \(file)") }
        let (registry, profiles) = try activeProfiles()
        let configuration = try configuration.addingSinks(of: profiles)
        try configuration.validate()
        let context: Context
        let loop: ZMQLoop
        let priorityLoop: ZMQLoop
        let doorLoop: ZMQLoop
        let planningLoop: ZMQLoop
        let signalBell: WakeUp
        let reloadBell: WakeUp
        do throws(MessagingError) {
            context = try Context()
            loop = try ZMQLoop(name: "kmmd messaging")
            priorityLoop = try ZMQLoop(name: "kmmd priority")
            doorLoop = try ZMQLoop(name: "kmmd doors")
            planningLoop = try ZMQLoop(name: "kmmd planner")
            signalBell = try WakeUp()
            reloadBell = try WakeUp()
        } catch {
            throw .socket(name: "command", error)
        }
        defer {
            loop.stop()
            doorLoop.stop()
            priorityLoop.stop()
            planningLoop.stop()
        }
        Signals.ring(signalBell, reload: reloadBell)
        let ending = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

        let robots = profiles.map { profile in
            ActiveRobot(profile: profile, channel: RobotChannel(rate: Int(profile.stream.rate.rounded())))
        }
        guard let list = RobotList(robots) else { throw .invalidConfiguration("no robot is configured") }
        let identity = DaemonIdentity(model: configuration.model)
        let inbox = PlannerInbox()
        let recorder = Recorder(
            folder: configuration.recordingsDirectory, robots: robots, identity: identity, log: log)
        let clips = ClipLibrary(folder: configuration.clipsDirectory)
        let sources = try StateSources(configuration.sources, robots: list, log: log)
        let times = WorkTimes()
        let doors = try await openDoors(configuration, on: doorLoop, in: context)
        let answers = AnswerMemory()
        let server = CommandServer(
            loop: loop, context: context, doors: doors, identity: identity,
            robots: list, planner: inbox, answers: answers,
            journal: configuration.stateDirectory.map(Journal.init(folder:)), clips: clips,
            sources: sources, times: times, log: log
        ) { SegmentSplitter.split($0) }
        let priority = PriorityServer(
            loop: priorityLoop, context: context, doors: doors, robots: list, answers: answers, recorder: recorder,
            log: log
        ) { verb, robot in
            Task { await server.stopped(verb, robot: robot) }
        }
        await server.adopt(rateLimit: configuration.rateLimit, atEnd: configuration.atEnd)
        await server.listen(to: signalBell) { ending.continuation.yield() }

        // Sockets come first: a second daemon fails at once, and early clients hear `not_ready`.
        var endpoints = configuration.endpoints
        let feed = LiveFeed()
        let progress = Dashboard.Progress()
        let parts = Parts(
            doors: doors, times: times, feed: feed, progress: progress, server: server, priority: priority,
            inbox: inbox, recorder: recorder)
        do throws(StartError) {
            endpoints = try await server.open(endpoints)
            endpoints.priority = try await priority.open(endpoints.priority)
            let metrics = Metrics(identity: identity, robots: list, server: server, doors: doors, times: times)
            try await openWeb(configuration, metrics, feed, progress)
            let planner = try loadPlanner(robots, on: planningLoop, parts)
            try await warmUp(planner)
            Signals.beginServing()
            let publisher = try Publisher(
                robots: robots, sinks: configuration.sinks, epoch: identity.epoch, context: context,
                security: doors, endpoint: endpoints.stream)
            endpoints.stream = publisher.endpoint
            await serve(
                parts, planner, publisher, robots: robots, registry: registry, reloadBell: reloadBell,
                endpoints: endpoints, until: ending.stream)
        } catch {
            await close(parts)
            throw error
        }
        await close(parts)
        log.notice("ended")
    }

    private struct Parts: Sendable {
        let doors: Doorkeeper
        let times: WorkTimes
        let feed: LiveFeed
        let progress: Dashboard.Progress
        let server: CommandServer
        let priority: PriorityServer
        let inbox: PlannerInbox
        let recorder: Recorder
    }

    private func close(_ parts: Parts) async {
        parts.inbox.finish()
        parts.feed.end()
        await parts.progress.web?.close()
        await parts.server.close()
        await parts.priority.close()
        await parts.doors.close()
    }

    // MARK: Start

    private func openDoors(
        _ configuration: ServiceConfiguration, on loop: ZMQLoop, in context: Context
    ) async throws(StartError) -> Doorkeeper {
        guard configuration.keysDirectory == nil || Context.has("curve") else {
            throw .keys("the installed libzmq was built without CURVE")
        }
        for (name, endpoint) in configuration.exposed {
            log.warning(
                "open to other hosts without encryption", metadata: ["socket": "\(name)", "endpoint": "\(endpoint)"])
        }
        let folder = configuration.keysDirectory.map { KeyFolder(path: $0, environment: environment) }
        let doors: Doorkeeper
        do throws(KeyError) {
            doors = try Doorkeeper(loop: loop, folder: folder, log: log)
        } catch {
            throw .keys("\(error)")
        }
        try await doors.open(in: context)
        return doors
    }

    private func openWeb(
        _ configuration: ServiceConfiguration, _ metrics: Metrics, _ feed: LiveFeed, _ progress: Dashboard.Progress
    ) async throws(StartError) {
        guard let endpoint = configuration.httpEndpoint, let address = HTTPAddress(endpoint) else { return }
        let access = try configuration.stateDirectory.map { folder throws(StartError) in
            try AccessToken.load(in: folder)
        }
        let hosts = configuration.httpHosts.split(separator: ",").map { $0.filter { !$0.isWhitespace }.lowercased() }
        let site = Dashboard(
            guardian: WebGuard(address: address.host, hosts: hosts, token: access?.token), metrics: metrics,
            robots: metrics.robots, server: metrics.server, feed: feed, progress: progress)
        do {
            let web = try await WebServer(address: address.host, port: address.port, site: site)
            progress.web = web
            log.notice("http: http://\(address.host):\(web.port)")
            if let access { log.notice("commands over http need the token in \(access.file)") }
        } catch {
            // A second daemon on this host that nobody told where to serve it goes without.
            guard needsHTTP else { return log.warning("no dashboard and no metrics: \(endpoint): \(error)") }
            throw .invalidConfiguration("\(endpoint) cannot be used: \(error)")
        }
        await metrics.server.attach { topic, body in Dashboard.tell(topic, body, to: feed) }
        progress.site = site
    }

    private func activeProfiles() throws(StartError) -> (ProfileRegistry, [RobotProfile]) {
        let registry: ProfileRegistry
        do throws(ProfileError) {
            registry = try ProfileRegistry(directory: configuration.profilesDirectory)
        } catch {
            throw .profiles(error)
        }
        for failure in registry.failures { log.error("\(failure.error)", metadata: ["file": "\(failure.file)"]) }
        var profiles: [RobotProfile] = []
        for name in configuration.robots {
            guard var profile = registry[name] else {
                let failure = registry.failures.first { $0.file.hasSuffix("/\(name).json") }
                throw .unknownRobot(name, known: registry.names, reason: failure.map { "\($0.error)" })
            }
            if let rate = configuration.rates[name] { profile.stream.rate = rate }
            guard MotionService.rates.contains(profile.stream.rate) else {
                throw .unknownRobot(name, known: [], reason: MotionService.rateReason)
            }
            profiles.append(profile)
        }
        return (registry, profiles)
    }

    private static let rates = 30.0...500
    private static let rateReason = "/stream/rate has to lie between 30 and 500 Hz"

    private typealias Planner = MotionPlanner<TimedSource<MotionGenerator>, TimedRetargeting<Retargeter>>

    private func loadPlanner(
        _ robots: [ActiveRobot], on loop: ZMQLoop, _ parts: Parts
    ) throws(StartError) -> Planner {
        notify.send("STATUS=loading the models")
        let start = Clock.monotonic()
        // A second thread helps such small matrices little, and waits for a core when others work on the machine.
        Compute.setThreads(1)
        let generator: MotionGenerator
        do {
            generator = try MotionGenerator(directory: configuration.modelsDirectory, model: configuration.model)
        } catch {
            throw .models(directory: configuration.modelsDirectory, reason: "\(error)")
        }
        var lanes: [(robot: ActiveRobot, retargeting: TimedRetargeting<Retargeter>)] = []
        for robot in robots {
            do {
                let retargeter = try Retargeter(robot.profile)
                lanes.append((robot, TimedRetargeting(base: retargeter, times: parts.times.retargeting)))
            } catch {
                throw .unknownRobot(robot.name, known: [], reason: "\(error)")
            }
        }
        log.info("model \(configuration.model) loaded in \((Clock.monotonic() - start) / 1_000_000) ms")
        return Planner(
            loop: loop, source: TimedSource(base: generator, times: parts.times.generation), robots: lanes,
            inbox: parts.inbox, report: CommandReport(server: parts.server, recorder: parts.recorder),
            clips: ClipLibrary(folder: configuration.clipsDirectory), log: log)
    }

    private func warmUp(_ planner: Planner) async throws(StartError) {
        do {
            try await planner.warmUp()
        } catch {
            throw .models(directory: configuration.modelsDirectory, reason: "\(error)")
        }
    }

    // MARK: Life

    private func serve(
        _ parts: Parts, _ planner: Planner, _ publisher: Publisher, robots: [ActiveRobot],
        registry: ProfileRegistry, reloadBell: WakeUp,
        endpoints: ServiceConfiguration.Endpoints, until ending: AsyncStream<Void>
    ) async {
        let (server, recorder) = (parts.server, parts.recorder)
        let replayer = Replayer(recorder: recorder, log: log)
        await recorder.onFailure { name, problem in
            let details: [JSONValue.Member] = [
                .init("event", "recording"), .init("recording", .string(name)), .init("problem", .string(problem)),
            ]
            Task { for robot in robots { await server.tell(robot.name, details) } }
        }
        await replayer.onEnd { robot, details in Task { await server.tell(robot, details) } }
        await server.attach(RecordingVerbs(recorder: recorder, replayer: replayer))
        let keeper = ProfileKeeper(
            registry: registry, robots: robots, log: log, succeeding: succeeding(planner, publisher, parts.times)
        ) { await server.tell($0, $1) }
        let reloader = Reloader(
            read: readAgain, started: configuration, doors: parts.doors, server: server, keeper: keeper, output: output,
            log: log)
        await server.attach { () throws(RequestError) in try await reloader.reload() }
        await server.listen(to: reloadBell) { Task { await reload(reloader) } }
        await server.listen(to: publisher.bell) { server.assumeIsolated { $0.takeMarks() } }
        await server.becomeReady {
            [
                .init("lateness", publisher.lateness.json), .init("real_time", .bool(publisher.isRealTime)),
                .init("refused_frames", .integer(Int64(publisher.refusedFrames))),
                .init("sinks", .array(publisher.sinks.map(\.json))),
            ]
        }
        let planning = Task { await planner.run() }
        let ticking = Task {
            // Wakes the planner as the timelines play away.
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(40))
                parts.inbox.nudge()
                await server.keepWatch()
            }
        }
        let feeding = Task { await feedWatchdog(publisher) }
        for (name, endpoint) in endpoints.all { log.notice("\(name): \(endpoint)") }
        for sink in publisher.sinks { log.notice("\(sink.format.rawValue) of \(sink.robot): \(sink.endpoint)") }
        parts.progress.publisher = publisher
        let showing = Task { await parts.progress.site?.run() }
        let watching = Task { await watch(publisher.sinks, server) }
        let reading = Task { await keeper.run() }
        log.notice("ready: \(robots.map(\.name).joined(separator: ", "))")
        notify.send("READY=1", "STATUS=serving \(robots.map(\.name).joined(separator: ", "))")

        for await _ in ending { break }

        notify.send("STOPPING=1", "STATUS=coming to rest")
        log.notice("coming to rest")
        await server.beginShutdown()
        await rest(robots)
        ticking.cancel()
        feeding.cancel()
        watching.cancel()
        reading.cancel()
        showing.cancel()
        parts.progress.publisher = nil
        parts.inbox.finish()
        await planning.value
        await recorder.close()
        publisher.stop()
    }

    private func succeeding(
        _ planner: Planner, _ publisher: Publisher, _ times: WorkTimes
    ) -> ProfileKeeper.Succeeding {
        ProfileKeeper.Succeeding { [rates = configuration.rates] robot, profile in
            var profile = profile
            if let rate = rates[robot.name] { profile.stream.rate = rate }
            guard MotionService.rates.contains(profile.stream.rate) else {
                throw StartError.unknownRobot(robot.name, known: [], reason: MotionService.rateReason)
            }
            let succession = try publisher.succession(of: robot, to: profile)
            await planner.succeed(
                robot.name, by: succession,
                retargeting: TimedRetargeting(base: try Retargeter(profile), times: times.retargeting))
        } giveUp: { robot in
            await planner.keepProfile(of: robot.name)
        } waiting: { robot in
            await planner.waitingProfile(of: robot.name)
        }
    }

    /// Reads everything again, as SIGHUP asks.
    private func reload(_ reloader: Reloader) async {
        notify.send("RELOADING=1", "MONOTONIC_USEC=\(Clock.monotonic() / 1000)")
        log.notice("reading configuration, keys and profiles again")
        do { _ = try await reloader.reload() } catch { log.error("\(error.message)") }
        notify.send("READY=1")
    }

    /// Waits until every robot stands, but not for ever.
    private func rest(_ robots: [ActiveRobot]) async {
        let deadline = Clock.monotonic() + 8_000_000_000
        for robot in robots {
            let first = robot.channel.status.frame
            while Clock.monotonic() < deadline {
                let status = robot.channel.status
                // Two frames, so that the edit has surely been applied.
                if status.frame >= first + 2, status.isSettled { break }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Tells when a sink's receiver is lost and found.
    private func watch(_ sinks: [SinkReport], _ server: CommandServer) async {
        var problems: [String?] = sinks.map { _ in nil }
        while !sinks.isEmpty, !Task.isCancelled {
            for (index, sink) in sinks.enumerated() where sink.problem != problems[index] {
                problems[index] = sink.problem
                let name = "\(sink.format.rawValue) of \(sink.robot)"
                if let problem = sink.problem {
                    log.warning("\(name): \(problem)", metadata: ["endpoint": "\(sink.endpoint)"])
                } else {
                    log.notice("\(name): reached", metadata: ["endpoint": "\(sink.endpoint)"])
                }
                await server.tell(sink)
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Tells the watchdog that all is well, as long as the publisher advances.
    private func feedWatchdog(_ publisher: Publisher) async {
        guard let interval = notify.watchdogInterval else { return }
        var ticks = -1
        while !Task.isCancelled {
            let now = publisher.ticks
            if now != ticks { notify.send("WATCHDOG=1") }
            ticks = now
            try? await Task.sleep(for: .nanoseconds(interval))
        }
    }
}
