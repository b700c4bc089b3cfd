import ArgumentParser
import Foundation
import Wire

/// Has the daemon read its configuration, keys and robot profiles again.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Read configuration, keys and robot profiles again.",
        discussion: """
            Keys, the rate limit, the log level and what robots do at the end take effect at once, a changed profile when its \
            robot holds; other settings wait for the next start. Exit status 1 when a file cannot be used.

            Example:
              kmmctl config check /etc/kmmd/kmmd.json && kmmctl reload
            """)
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let answer = try connection.ask(.reload) { (answer: ReloadAnswer) in
            for change in answer.changes where change.problem == nil {
                print("\(change.profile ?? "?"): \(change.change)")
            }
            for robot in answer.robots {
                let state = robot.waiting == nil ? "up to date" : "a new profile waits for it to hold"
                print("\(robot.robot): \(state)")
            }
            for failure in answer.failures {
                FileHandle.standardError.write(Data("\(failure.file): \(failure.problem)\n".utf8))
            }
        }
        if !answer.failures.isEmpty { throw ExitCode(1) }
    }
}
