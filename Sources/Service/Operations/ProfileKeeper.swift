internal import Logging
internal import Robots
internal import ServiceCore
internal import Wire

/// Reads the profiles again when their files change or when it is asked to, and has the robots go over to those that are
/// good; what is wrong with the others is told.
actor ProfileKeeper {
    /// What goes over to another profile.
    struct Succeeding: Sendable {
        /// Prepares a robot for another profile, which takes over when the robot holds; throws where it cannot.
        let begin: @Sendable (ActiveRobot, RobotProfile) async throws -> Void
        /// Lets the profile stay that a robot has.
        let giveUp: @Sendable (ActiveRobot) async -> Void
        /// The profile that waits for a robot to hold.
        let waiting: @Sendable (ActiveRobot) async -> RobotProfile?
    }

    private var registry: ProfileRegistry
    private let robots: [ActiveRobot]
    private let log: Logger
    private let succeeding: Succeeding
    /// Publishes an event of a robot.
    private let tell: @Sendable (_ robot: String, _ details: [JSONValue.Member]) -> Void

    init(
        registry: ProfileRegistry, robots: [ActiveRobot], log: Logger, succeeding: Succeeding,
        tell: @escaping @Sendable (_ robot: String, _ details: [JSONValue.Member]) -> Void
    ) {
        self.registry = registry
        self.robots = robots
        self.log = log
        self.succeeding = succeeding
        self.tell = tell
    }

    /// Looks once a second until the task is cancelled.
    func run() async {
        var isLost = false
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do throws(ProfileError) {
                for change in try registry.reloadIfChanged() { await take(change) }
                isLost = false
            } catch {
                if !isLost { log.error("\(error)") }
                isLost = true
            }
        }
    }

    /// Reads the profiles now.
    ///
    /// - Returns: What has changed since they were last read, the files that cannot be used, and by which profile each
    ///   robot is driven.
    func reload() async throws(RequestError) -> [JSONValue.Member] {
        let changes: [ProfileRegistry.Change]
        do throws(ProfileError) { changes = try registry.reload() } catch { throw RequestError(.failed, "\(error)") }
        for change in changes { await take(change) }
        var inForce: [JSONValue] = []
        for robot in robots {
            let waiting = await succeeding.waiting(robot)
            inForce.append([
                "robot": .string(robot.name), "in_force": .string(robot.profile.contentHash),
                "waiting": JSONValue(waiting?.contentHash),
            ])
        }
        let failures = registry.failures.map { failure -> JSONValue in
            ["file": .string(failure.file), "problem": .string("\(failure.error)")]
        }
        return [
            .init("changes", .array(changes.map(\.json))), .init("failures", .array(failures)),
            .init("robots", .array(inForce)),
        ]
    }

    private func take(_ change: ProfileRegistry.Change) async {
        switch change {
        case .added(let name): log.notice("there is a profile \(name) now")
        case .removed(let name):
            log.notice("the profile \(name) is gone")
            guard let robot = robot(name) else { return }
            await refuse(robot, "the file of the profile is gone")
        case .replaced(let name):
            guard let robot = robot(name), let profile = registry[name] else { return }
            await succeed(robot, by: profile)
        case .refused(let failure, let name):
            log.error("\(failure.error)", metadata: ["file": "\(failure.file)"])
            guard let name, let robot = robot(name) else { return }
            await refuse(robot, "\(failure.error)", [.init("file", .string(failure.file))])
        }
    }

    private func robot(_ name: String) -> ActiveRobot? { robots.first { $0.name == name } }

    private func succeed(_ robot: ActiveRobot, by profile: RobotProfile) async {
        guard profile.contentHash != robot.profile.contentHash else {
            await succeeding.giveUp(robot)
            log.notice("the profile is again the one in force", metadata: ["robot": "\(robot.name)"])
            return report(robot, profile, "in_force")
        }
        do {
            try await succeeding.begin(robot, profile)
        } catch {
            log.error("the new profile cannot be used: \(error)", metadata: ["robot": "\(robot.name)"])
            return await refuse(robot, "\(error)")
        }
        log.notice("the profile has changed; it takes over when the robot holds", metadata: ["robot": "\(robot.name)"])
        report(robot, profile, "waiting")
    }

    private func refuse(_ robot: ActiveRobot, _ problem: String, _ details: [JSONValue.Member] = []) async {
        await succeeding.giveUp(robot)
        report(robot, nil, "refused", problem, details)
    }

    private func report(
        _ robot: ActiveRobot, _ profile: RobotProfile?, _ state: String, _ problem: String? = nil,
        _ details: [JSONValue.Member] = []
    ) {
        tell(
            robot.name,
            [
                .init("event", "profile"), .init("state", .string(state)),
                .init("profile", JSONValue(profile?.contentHash)),
                .init("in_force", .string(robot.profile.contentHash)), .init("problem", JSONValue(problem)),
            ] + details)
    }
}

extension ProfileRegistry.Change {
    /// The change as the wire shows it.
    fileprivate var json: JSONValue {
        switch self {
        case .added(let name): ["change": "added", "profile": .string(name)]
        case .replaced(let name): ["change": "replaced", "profile": .string(name)]
        case .removed(let name): ["change": "removed", "profile": .string(name)]
        case .refused(let failure, let name):
            [
                "change": "refused", "profile": JSONValue(name), "file": .string(failure.file),
                "problem": .string("\(failure.error)"),
            ]
        }
    }
}
