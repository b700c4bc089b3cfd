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
            """)
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
