import ArgumentParser
import JSON
import Robots

/// Lists the profiles of the folder.
struct ProfileList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The profiles at hand.",
        discussion: """
            Files that cannot be used are listed after the others, with the reason; exit status 2 then.

            Example:
              kmmctl profile list --json | jq -r '.profiles[].name'
            """)

    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var folder: ProfileOptions

    func run() throws {
        let registry: ProfileRegistry
        do { registry = try ProfileRegistry(directory: folder.folder) } catch {
            throw ControlError.badInput("\(error)")
        }
        let profiles = registry.names.compactMap { registry[$0] }
        if json {
            print(
                JSONValue.object([
                    .init("profiles", .array(profiles.map(\.summary))),
                    .init(
                        "failures",
                        .array(
                            registry.failures.map { ["file": .string($0.file), "reason": .string("\($0.error)")] })),
                ]).formatted())
        } else {
            let rows = profiles.map { profile in
                [
                    profile.name, profile.displayName, "\(profile.jointNames.count)", profile.shownMass,
                    profile.maker, profile.licence,
                ]
            }
            print(TextTable(["name", "robot", "joints", "mass", "maker", "licence"], rows).text)
            for failure in registry.failures { print("\(failure.file): cannot be used\n  \(failure.error)") }
        }
        if !registry.failures.isEmpty { throw ExitCode(2) }
    }
}

extension RobotProfile {
    /// Mass of the whole robot, kg.
    var mass: Double { bodies.reduce(0) { $0 + $1.mass } }

    var shownMass: String { "\((10 * mass).rounded() / 10) kg" }

    fileprivate var summary: JSONValue {
        [
            "name": .string(name), "display_name": .string(displayName), "maker": .string(maker),
            "licence": .string(licence), "joints": JSONValue(jointNames.count), "mass_kg": .number(mass),
            "floating": .bool(hasFloatingRoot), "rate_hz": .number(stream.rate), "profile": .string(contentHash),
        ]
    }
}

/// Rows of text in columns of even width.
struct TextTable {
    private let rows: [[String]]

    init(_ head: [String], _ rows: [[String]]) { self.rows = [head] + rows }

    var text: String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
