internal import HumanBody
package import Logging
package import Messaging
package import Planning
package import Publishing
package import Retargeting
package import Robots
package import ServiceCore
internal import ServiceLifecycle
package import TextEncoding
package import Wire

/// The parts of the daemon, each made with all that it needs. Once they are made the sockets are open, and requests are
/// answered with `not_ready`; ``serviceGroup(of:in:)`` makes what serves of them.
package struct MotionDaemon: Sendable {
    /// The sockets' surroundings.
    package let context: Context
    /// Where the sockets are bound.
    package let endpoints: ServiceConfiguration.Endpoints
    /// The robots, as configured.
    package let robots: RobotList
    /// Answers requests and tells events.
    package let server: CommandServer
    /// Publishes the references.
    package let publisher: Publisher
    /// Guards the sockets.
    package let accessControl: AccessControl

    let configuration: ServiceConfiguration
    let inbox = PlannerInbox()
    let outcomes: WakeUp
    let recorder: Recorder
    let events = RobotEvents()
    let reloads = ReloadRequests()
    let times = WorkTimes()
    let shownPeople = ShownPeople()
    /// Live people, and the robots that follow them.
    let people: PeopleVerbs
    let personEvents: PersonEvents
    /// What is shown over HTTP, if anything is.
    let site: Dashboard?
    let log: Logger
    private let loops: Loops
    /// What is open, in the order in which it was opened.
    let open: [OpenPart]

    /// Of the thread that hears who connects: who floods is known before much has come.
    private static let accessPriority: Int32 = 44

    /// The threads that own sockets, and the planner's.
    private struct Loops {
        let messaging: ZMQLoop
        let priority: ZMQLoop
        let events: ZMQLoop
        let accessControl: ZMQLoop
        let planner: ZMQLoop
        let people: ZMQLoop

        init() throws(MessagingError) {
            messaging = try ZMQLoop(name: "kmmd messaging")
            priority = try ZMQLoop(name: "kmmd priority")
            events = try ZMQLoop(name: "kmmd events")
            accessControl = try ZMQLoop(name: "kmmd access", priority: MotionDaemon.accessPriority)
            planner = try ZMQLoop(name: "kmmd planner")
            people = try ZMQLoop(name: "kmmd people")
        }

        func stop() { for loop in [messaging, events, accessControl, priority, planner, people] { loop.stop() } }
    }

    /// Makes the parts for robots of these profiles, each with the rate at which it is published, and opens the sockets.
    ///
    /// The configuration has been validated. In `environment` systemd says where its credentials are; `needsHTTP` makes an
    /// HTTP endpoint that cannot be had an error; `suggestions` are shown by the page,
    /// `splitter` gives the actions of a text. When it throws, nothing stays open.
    package init(
        _ configuration: ServiceConfiguration, profiles: [RobotProfile], identity: DaemonIdentity,
        environment: [String: String], needsHTTP: Bool, log: Logger,
        suggestions: @escaping @Sendable () -> [SuggestedAction] = { [] },
        splitter: @escaping @Sendable (Say) throws(RequestError) -> [Action]
    ) async throws(StartError) {
        self.configuration = configuration
        self.log = log
        let marks: WakeUp
        do throws(MessagingError) {
            context = try Context()
            loops = try Loops()
            marks = try WakeUp()
            outcomes = try WakeUp()
        } catch {
            throw .socket(name: "command", error)
        }
        var open: [OpenPart] = []
        do throws(StartError) {
            let active = profiles.map { profile in
                ActiveRobot(profile: profile, channel: RobotChannel(rate: Int(profile.stream.rate.rounded())))
            }
            guard let robots = RobotList(active) else { throw .invalidConfiguration("no robot is configured") }
            self.robots = robots
            let accessControl = try MotionDaemon.accessControl(
                configuration, environment: environment, on: loops.accessControl, log: log)
            self.accessControl = accessControl
            try await accessControl.open(in: context)
            open.append(OpenPart { await accessControl.close() })

            var endpoints = configuration.endpoints
            let publisher = try Publisher(
                robots: active, sinks: configuration.sinks, epoch: identity.epoch, context: context,
                security: accessControl,
                endpoint: endpoints.stream, wakeUps: Publisher.WakeUps(marks: marks, outcomes: outcomes))
            self.publisher = publisher
            open.append(OpenPart { publisher.stop() })
            endpoints.stream = publisher.endpoint

            let recorder = Recorder(
                folder: configuration.recordingsDirectory, robots: active, identity: identity, log: log,
                tell: events.tell)
            self.recorder = recorder
            let personEvents = PersonEvents()
            self.personEvents = personEvents
            let heard = People(recorder: recorder, tell: personEvents.tell)
            let following: Following
            do throws(MessagingError) {
                following = try Following(people: heard, shown: shownPeople, tell: personEvents.tell)
            } catch {
                throw .socket(name: "people", error)
            }
            open.append(OpenPart { following.stop() })
            let people = PeopleVerbs(people: heard, following: following)
            self.people = people
            let feed = LiveFeed()
            let answers = AnswerMemory()
            let eventSocket = EventSocket(loop: loops.events, context: context, accessControl: accessControl)
            open.append(OpenPart { await eventSocket.close() })
            endpoints.events = try await eventSocket.open(endpoints.events)
            let server = CommandServer(
                loop: loops.messaging, context: context, accessControl: accessControl, identity: identity,
                robots: robots,
                planner: inbox, answers: answers, events: eventSocket,
                journal: configuration.stateDirectory.map(Journal.init(folder:)),
                clips: ClipLibrary(folder: configuration.clipsDirectory),
                sources: try StateSources(configuration.sources, robots: robots, log: log),
                recording: RecordingVerbs(
                    recorder: recorder, replayer: Replayer(recorder: recorder, log: log, tell: events.tell)),
                people: people,
                reload: reloads.perform, marks: marks, rateLimit: configuration.rateLimit, atEnd: configuration.atEnd,
                times: times, publisherReport: { publisher.report },
                listener: { topic, body in Dashboard.tell(topic, body, to: feed) }, log: log, splitter: splitter)
            self.server = server
            open.append(OpenPart { await server.close() })
            endpoints = try await server.open(endpoints)
            let priority = PriorityServer(
                loop: loops.priority, context: context, accessControl: accessControl, robots: robots, answers: answers,
                recorder: recorder, log: log
            ) { verb, robot in
                Task { await server.stopped(verb, robot: robot) }
            }
            open.append(OpenPart { await priority.close() })
            endpoints.priority = try await priority.open(endpoints.priority)
            let peopleServer = PeopleServer(
                loop: loops.people, people: heard, accessControl: accessControl, log: log)
            open.append(OpenPart { await peopleServer.close() })
            endpoints.people = try await peopleServer.open(endpoints.people, configuration.people, in: context)
            let senders = try SenderThread(configuration.people, people: heard, log: log)
            open.append(OpenPart { senders.stop() })
            self.endpoints = endpoints

            let metrics = Metrics(
                identity: identity, robots: robots, server: server, accessControl: accessControl, times: times,
                publisher: publisher, people: people)
            let web = try await Website(
                configuration, metrics, feed, shownPeople, suggestions: suggestions, isNeeded: needsHTTP, log: log)
            site = web?.dashboard
            open.append(
                OpenPart {
                    feed.end()
                    await web?.server.close()
                })
            self.open = open
        } catch {
            for part in open.reversed() { await part.close() }
            loops.stop()
            throw error
        }
    }

    private static func accessControl(
        _ configuration: ServiceConfiguration, environment: [String: String], on loop: ZMQLoop, log: Logger
    ) throws(StartError) -> AccessControl {
        guard configuration.keysDirectory == nil || Context.has("curve") else {
            throw .keys("the installed libzmq was built without CURVE")
        }
        for (name, endpoint) in configuration.exposed {
            log.warning(
                "open to other hosts without encryption", metadata: ["socket": "\(name)", "endpoint": "\(endpoint)"])
        }
        let folder = configuration.keysDirectory.map { KeyFolder(path: $0, environment: environment) }
        do throws(KeyError) {
            return try AccessControl(loop: loop, folder: folder, log: log)
        } catch {
            throw .keys("\(error)")
        }
    }

    // MARK: The planner

    /// A planner that times its steps.
    package typealias Planner<Source: MotionSource> = MotionPlanner<TimedSource<Source>, TimedRetargeting<Retargeter>>

    /// Makes the planner of a source of motion, with a retargeter for every robot, and lets it make a little motion: that
    /// takes a while.
    package func planner<Source: MotionSource>(of source: sending Source) async throws -> Planner<Source> {
        var tracks: [(robot: ActiveRobot, retargeting: TimedRetargeting<Retargeter>)] = []
        for robot in robots.all { tracks.append((robot, try retargeting(robot.profile))) }
        let (heard, following) = (people.people, people.following)
        let followed = { @Sendable (robot: String) -> [HumanFrame] in
            following.person(of: robot).map(heard.lastSecond) ?? []
        }
        let planner = Planner(
            loop: loops.planner, source: TimedSource(base: source, times: times.generation), robots: tracks,
            inbox: inbox, outcomes: outcomes,
            report: CommandReport(server: server, recorder: recorder, people: shownPeople),
            clips: ClipLibrary(folder: configuration.clipsDirectory), followed: followed, log: log)
        try await planner.warmUp()
        return planner
    }

    func retargeting(_ profile: RobotProfile) throws(StartError) -> TimedRetargeting<Retargeter> {
        do {
            return TimedRetargeting(base: try Retargeter(profile), times: times.retargeting)
        } catch {
            throw .unknownRobot(profile.name, known: [], reason: "\(error)")
        }
    }

    /// Closes all that is open; for a daemon that is not going to serve.
    package func close() async {
        for part in open.reversed() { await part.close() }
        stopThreads()
    }

    /// Ends the threads, after all that they owned was closed.
    package func stopThreads() { loops.stop() }
}
