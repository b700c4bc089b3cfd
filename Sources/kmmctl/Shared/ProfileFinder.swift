import Foundation
import Robots
import Service

/// The profile of a robot in a folder, or in that of the installation.
func findProfile(_ robot: String, in folder: String?) throws -> RobotProfile {
    let configuration = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment)
    let folder = folder ?? configuration.profilesDirectory
    let registry: ProfileRegistry
    do { registry = try ProfileRegistry(directory: folder) } catch { throw ControlError.badInput("\(error)") }
    if let profile = registry[robot] { return profile }
    let broken = registry.failures.map { "\n\($0.file): \($0.error)" }.joined()
    let hint = Suggestion.text(for: robot, among: registry.names) ?? ""
    throw ControlError.badInput(
        "there is no robot \"\(robot)\" in \(folder); \(hint.isEmpty ? "" : hint + " ")"
            + "`kmmctl profile list` shows all \(registry.names.count)\(broken)")
}
