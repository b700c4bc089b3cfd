import ArgumentParser
import Foundation
import Wire

/// Has the daemon read its robot profiles again.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Read the robot profiles again.",
        discussion: "A changed profile takes over when its robot holds. Exit status 1 when a file cannot be used.")
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let reply = try connection.ask("reload")
        let failures = reply["failures"]?.array ?? []
        if connection.json {
            print(reply.text)
        } else {
            for change in reply["changes"]?.array ?? [] where change["problem"] == nil {
                print("\(change["profile"]?.string ?? "?"): \(change["change"]?.string ?? "?")")
            }
            for robot in reply["robots"]?.array ?? [] {
                let isWaiting = robot["waiting"]?.string != nil
                print(
                    "\(robot["robot"]?.string ?? "?"):", isWaiting ? "a new profile waits for it to hold" : "up to date"
                )
            }
            for failure in failures {
                let line = "\(failure["file"]?.string ?? "?"): \(failure["problem"]?.string ?? "?")\n"
                FileHandle.standardError.write(Data(line.utf8))
            }
        }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}
