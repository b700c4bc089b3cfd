internal import Logging
package import Planning
internal import Publishing
package import Robots
internal import ServiceCore
package import ServiceLifecycle
package import UnixSignals
internal import Wire

extension MotionDaemon {
    /// What the process brings that the daemon runs in.
    package struct Host: Sendable {
        /// All profiles, which are read again when their files change.
        var profiles: ProfileRegistry
        /// Reads the configuration as at the start.
        var read: @Sendable () throws(ConfigurationError) -> LoadedConfiguration
        /// What the log writes to.
        var output: LogOutput
        /// The service manager.
        var notify: NotifySocket
        /// Wishes of the system to read everything again.
        var hangups: AsyncStream<Void>
        /// How long the robots may take to come to rest at the end.
        var patience: Duration
        /// Hears how far the daemon has come.
        var hear: @Sendable (Phase) -> Void

        /// Joins these.
        package init(
            profiles: ProfileRegistry,
            read: @escaping @Sendable () throws(ConfigurationError) -> LoadedConfiguration,
            output: LogOutput, notify: NotifySocket, hangups: AsyncStream<Void>, patience: Duration = .seconds(8),
            hear: @escaping @Sendable (Phase) -> Void
        ) {
            self.profiles = profiles
            self.read = read
            self.output = output
            self.notify = notify
            self.hangups = hangups
            self.patience = patience
            self.hear = hear
        }
    }

    /// How far a daemon has come.
    package enum Phase: Sendable {
        /// Commands are taken.
        case serving
        /// It was told to end, and the robots come to rest.
        case ending
    }

    /// The daemon as a list of services. They begin together, and end one after the other from the last to the first: what
    /// comes later in the list needs what comes before.
    package func services<Source: MotionSource>(
        of planner: Planner<Source>, in host: Host
    ) -> [any ServiceLifecycle.Service] {
        let profiles = ProfileKeeper(
            registry: host.profiles, robots: robots.all, log: log, succeeding: succeeding(planner), tell: events.tell)
        let reloader = Reloader(
            read: host.read, started: configuration, accessControl: accessControl, server: server, keeper: profiles,
            output: host.output, log: log)
        var services: [any ServiceLifecycle.Service] = open
        services += [
            events.service(server),
            personEvents.service(server),
            OpenPart { await recorder.close() },
            ClosureService {
                await withTaskCancellationOrGracefulShutdownHandler {
                    await planner.run()
                } onCancelOrGracefulShutdown: {
                    inbox.finish()
                }
            },
            reloads.service(reloader),
            untilShutdown { await profiles.run() },
            untilShutdown { await followHangups(host, reloader) },
        ]
        if let site { services.append(untilShutdown { await site.run() }) }
        if let interval = host.notify.watchdogInterval {
            services.append(untilShutdown { await feedWatchdog(host.notify, every: interval) })
        }
        services += [untilShutdown { await beat() }, ClosureService { await serve(host) }]
        return services
    }

    /// Work that is simply left off at the end.
    private func untilShutdown(_ work: @escaping @Sendable () async -> Void) -> ClosureService {
        ClosureService { await cancelWhenGracefulShutdown { await work() } }
    }

    /// The group that runs the services until it is told to shut down, or a signal says so.
    package func serviceGroup<Source: MotionSource>(
        of planner: Planner<Source>, in host: Host, gracefulShutdownSignals signals: [UnixSignal] = []
    ) -> ServiceGroup {
        // Whatever ends too early or fails: the robots come to rest.
        let services = services(of: planner, in: host).map { service in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        return ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: signals, logger: log))
    }

    // MARK: Services

    /// Takes commands until the daemon shall end, and brings the robots to rest then.
    private func serve(_ host: Host) async {
        publisher.start()
        await server.becomeReady()
        host.hear(.serving)
        try? await gracefulShutdown()
        host.hear(.ending)
        await server.beginShutdown()
        await withTaskGroup { group in
            for robot in robots.all {
                let first = robot.channel.status.frame
                group.addTask {
                    // Two frames, so that the edit has surely been applied.
                    await robot.channel.wait(atMost: host.patience) { $0.frame >= first + 2 && $0.isSettled }
                }
            }
        }
    }

    /// Looks after what time itself brings: timelines that play away, deadlines, sensors that fall silent, receivers that
    /// are lost and found.
    private func beat() async {
        var problems: [String?] = publisher.sinks.map { _ in nil }
        var memory = MemoryKeeper()
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(40))
            memory.look(at: Clock.monotonic())
            inbox.nudge()
            await server.keepWatch()
            for (index, sink) in publisher.sinks.enumerated() where sink.problem != problems[index] {
                problems[index] = sink.problem
                await tell(sink)
            }
        }
    }

    private func tell(_ sink: SinkReport) async {
        let name = "\(sink.format) of \(sink.robot)"
        if let problem = sink.problem {
            log.warning("\(name): \(problem)", metadata: ["endpoint": "\(sink.endpoint)"])
        } else {
            log.notice("\(name): reached", metadata: ["endpoint": "\(sink.endpoint)"])
        }
        await server.tell(sink)
    }

    /// Tells the watchdog that all is well, as long as the publisher advances.
    private func feedWatchdog(_ notify: NotifySocket, every interval: Int64) async {
        var ticks = -1
        while !Task.isCancelled {
            let now = publisher.ticks
            if now != ticks { notify.send("WATCHDOG=1") }
            ticks = now
            try? await Task.sleep(for: .nanoseconds(interval))
        }
    }

    private func followHangups(_ host: Host, _ reloader: Reloader) async {
        for await _ in host.hangups {
            host.notify.send("RELOADING=1", "MONOTONIC_USEC=\(Clock.monotonic() / 1000)")
            log.notice("reading configuration, keys and profiles again")
            do { _ = try await reloader.reload() } catch { log.error("\(error.message)") }
            host.notify.send("READY=1")
        }
    }

    private func succeeding<Source: MotionSource>(_ planner: Planner<Source>) -> ProfileKeeper.Succeeding {
        ProfileKeeper.Succeeding { robot, profile in
            let profile = try configuration.configured(profile)
            let reload = try publisher.reload(of: robot, to: profile)
            await planner.succeed(robot.name, by: reload, retargeting: try retargeting(profile))
        } giveUp: { robot in
            await planner.keepProfile(of: robot.name)
        } waiting: { robot in
            await planner.waitingProfile(of: robot.name)
        }
    }
}
