import ArgumentParser
import Foundation
import Service
import Wire

/// The daemon's configuration.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show and check the daemon's configuration.",
        subcommands: [ConfigShow.self, ConfigCheck.self])
}

/// Shows what a daemon would be configured to.
struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show every setting as a daemon started here would have it.",
        discussion: "The daemon's flags come before what is shown.")

    @Option(help: "Configuration file; the default is that of kmmd.")
    var config: String?
    @Flag(help: "Also show where each value comes from.")
    var origin = false

    func run() throws {
        let loaded: LoadedConfiguration
        do {
            loaded = try LoadedConfiguration(file: config, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw ControlError.badInput("\(error)")
        }
        var lines = Setting.all.map { ($0.name, $0.value(in: loaded.configuration).text, loaded.origin(of: $0.name)) }
        for robot in loaded.configuration.robots {
            let settings = loaded.configuration.settings(of: robot)
            if settings.isEmpty { lines.append(("robots.\(robot)", "{}", loaded.origin(of: "robots"))) }
            for setting in settings {
                let name = "robots.\(robot).\(setting.key)"
                lines.append((name, setting.value.text, loaded.origin(of: name)))
            }
        }
        let widths = (lines.map(\.0.count).max() ?? 0, lines.map(\.1.count).max() ?? 0)
        for (name, value, source) in lines {
            let columns = name.padding(toLength: widths.0, withPad: " ", startingAt: 0) + "  "
            print(
                columns
                    + (origin ? value.padding(toLength: widths.1, withPad: " ", startingAt: 0) + "  \(source)" : value))
        }
    }
}

/// Checks a file.
struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a configuration file; exit status 2 when something is wrong with it.")

    @Argument(help: "The file.")
    var file: String

    func run() throws {
        let findings = LoadedConfiguration.findings(in: file)
        guard findings.isEmpty else { throw ControlError.badInput(findings.map(\.description).joined(separator: "\n")) }
        print("\(file): good")
    }
}
