import ArgumentParser
import Foundation
import JSON
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
        discussion: """
            The daemon's flags come before what is shown.

            Examples:
              kmmctl config show --origin
              kmmctl config show --json
            """)

    @Option(help: "Configuration file; the default is that of kmmd.")
    var config: String?
    @Flag(help: "Also show where each value comes from.")
    var origin = false
    @OptionGroup var output: JSONOption

    func run() throws {
        let loaded: LoadedConfiguration
        do {
            loaded = try LoadedConfiguration(file: config, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw ControlError.badInput("\(error)")
        }
        var lines = Setting.all.map { ($0.name, $0.value(in: loaded.configuration), "\(loaded.origin(of: $0.name))") }
        for robot in loaded.configuration.robots {
            let settings = loaded.configuration.settings(of: robot)
            if settings.isEmpty { lines.append(("robots.\(robot)", .object([]), "\(loaded.origin(of: "robots"))")) }
            for setting in settings {
                let name = "robots.\(robot).\(setting.key)"
                lines.append((name, setting.value, "\(loaded.origin(of: name))"))
            }
        }
        guard !output.json else {
            let settings = lines.map { name, value, source in
                JSONValue.Member(name, ["value": value, "origin": .string(source)])
            }
            return print(JSONValue.object(settings).text)
        }
        let widths = (lines.map(\.0.count).max() ?? 0, lines.map(\.1.text.count).max() ?? 0)
        for (name, value, source) in lines.map({ ($0, $1.text, $2) }) {
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
        commandName: "check", abstract: "Check a configuration file; exit status 2 when something is wrong with it.",
        discussion: """
            Example:
              kmmctl config check /etc/kmmd/kmmd.json && kmmctl reload
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String
    @OptionGroup var output: JSONOption

    func run() throws {
        let findings = LoadedConfiguration.findings(in: file)
        if output.json {
            let list = findings.map { ["place": .string($0.place), "problem": .string($0.problem)] as JSONValue }
            print((["file": .string(file), "ok": .bool(list.isEmpty), "findings": .array(list)] as JSONValue).text)
            if !findings.isEmpty { throw ExitCode(2) }
            return
        }
        guard findings.isEmpty else { throw ControlError.badInput(findings.map(\.description).joined(separator: "\n")) }
        print("\(file): good")
    }
}
