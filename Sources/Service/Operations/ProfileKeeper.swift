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
    private let tell: @Sendable (_ robot: String, _ event: RobotEvent) -> Void

    init(
        registry: ProfileRegistry, robots: [ActiveRobot], log: Logger, succeeding: Succeeding,
        tell: @escaping @Sendable (_ robot: String, _ event: RobotEvent) -> Void
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
    func reload() async throws(RequestError) -> ReloadAnswer {
        let changes: [ProfileRegistry.Change]
        do throws(ProfileError) { changes = try registry.reload() } catch { throw RequestError(.failed, "\(error)") }
        for change in changes { await take(change) }
        var inForce: [ReloadAnswer.Robot] = []
        for robot in robots {
            let waiting = await succeeding.waiting(robot)
            inForce.append(
                .init(robot: robot.name, inForce: robot.profile.contentHash, waiting: waiting?.contentHash))
        }
        return ReloadAnswer(
            changes: changes.map(\.description),
            failures: registry.failures.map { .init(file: $0.file, problem: "\($0.error)") }, robots: inForce)
    }

    private func take(_ change: ProfileRegistry.Change) async {
        switch change {
        case .added(let name):
            log.notice("there is a profile \(name) now")
            // A file that was gone and is back.
            guard let robot = robot(name), let profile = registry[name] else { return }
            await succeed(robot, by: profile)
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
            await refuse(robot, "\(failure.error)", file: failure.file)
        }
    }

    private func robot(_ name: String) -> ActiveRobot? { robots.first { $0.name == name } }

    private func succeed(_ robot: ActiveRobot, by profile: RobotProfile) async {
        guard profile.contentHash != robot.profile.contentHash else {
            await succeeding.giveUp(robot)
            log.notice("the profile is again the one in force", metadata: ["robot": "\(robot.name)"])
            return report(.inForce, profile, of: robot)
        }
        do {
            try await succeeding.begin(robot, profile)
        } catch {
            log.error("the new profile cannot be used: \(error)", metadata: ["robot": "\(robot.name)"])
            return await refuse(robot, "\(error)")
        }
        log.notice("the profile has changed; it takes over when the robot holds", metadata: ["robot": "\(robot.name)"])
        report(.waiting, profile, of: robot)
    }

    private func refuse(_ robot: ActiveRobot, _ problem: String, file: String? = nil) async {
        await succeeding.giveUp(robot)
        report(.refused, nil, of: robot, problem, file: file)
    }

    private func report(
        _ state: RobotEvent.ProfileChange.State, _ profile: RobotProfile?, of robot: ActiveRobot,
        _ problem: String? = nil, file: String? = nil
    ) {
        let change = RobotEvent.ProfileChange(
            state, profile: profile?.contentHash, inForce: robot.profile.contentHash, problem: problem, file: file)
        tell(robot.name, .profile(change))
    }
}

extension ProfileRegistry.Change {
    /// The change as `reload` tells it.
    fileprivate var description: ReloadAnswer.Change {
        switch self {
        case .added(let name): .init("added", profile: name)
        case .replaced(let name): .init("replaced", profile: name)
        case .removed(let name): .init("removed", profile: name)
        case .refused(let failure, let name):
            .init("refused", profile: name, file: failure.file, problem: "\(failure.error)")
        }
    }
}
