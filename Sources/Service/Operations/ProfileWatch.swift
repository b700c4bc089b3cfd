internal import Logging
internal import Robots
internal import Wire

/// Reads the profiles again when their files change, and tells what is wrong with them, or what is new.
///
/// A daemon drives its robots by the profiles that it has started with.
struct ProfileWatch {
    var registry: ProfileRegistry
    let robots: [ActiveRobot]
    let log: Logger
    /// Publishes an event of a robot.
    let tell: @Sendable (_ robot: String, _ details: [JSONValue.Member]) async -> Void

    /// Looks once a second until the task is cancelled.
    mutating func run() async {
        var isLost = false
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do throws(ProfileError) {
                for change in try registry.reloadIfChanged() { await report(change) }
                isLost = false
            } catch {
                if !isLost { log.error("\(error)") }
                isLost = true
            }
        }
    }

    private func report(_ change: ProfileRegistry.Change) async {
        switch change {
        case .added(let name): log.notice("there is a profile \(name) now")
        case .removed(let name): log.notice("the profile \(name) is gone")
        case .replaced(let name):
            guard let robot = robots.first(where: { $0.name == name }), let profile = registry[name] else { return }
            let isInForce = profile.contentHash == robot.profile.contentHash
            log.notice(
                isInForce
                    ? "the profile \(name) is again the one in force"
                    : "the profile \(name) has changed and is good; the one from the start stays in force",
                metadata: ["robot": "\(name)"])
            await tell(
                name,
                [
                    .init("event", "profile"), .init("profile", .string(profile.contentHash)),
                    .init("in_force", .string(robot.profile.contentHash)), .init("problem", .null),
                ])
        case .refused(let failure, let name):
            log.error("\(failure.error)", metadata: ["file": "\(failure.file)"])
            guard let robot = robots.first(where: { $0.name == name }) else { return }
            await tell(
                robot.name,
                [
                    .init("event", "profile"), .init("profile", .null),
                    .init("in_force", .string(robot.profile.contentHash)), .init("file", .string(failure.file)),
                    .init("problem", .string("\(failure.error)")),
                ])
        }
    }
}
