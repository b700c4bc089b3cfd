import ArgumentParser
import Foundation
import JSON
import Robots

/// Says what is wrong with profiles.
struct ProfileCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with profiles, where, and what would be right.",
        discussion: """
            Exit status: 0 good, 1 warnings under --strict, 2 errors.

            Example:
              kmmctl profile check RobotProfiles/*.json
            """)

    @Argument(
        help: "Profile files, or names of profiles in the folder.", completion: .file(extensions: ["json"]))
    var files: [String]
    @Flag(help: "Warnings count too.")
    var strict = false
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var folder: ProfileOptions

    func run() throws {
        let paths = files.map(folder.path(of:))
        // Shells put it among `RobotProfiles/*.json`.
        func isSchema(_ path: String) -> Bool { path.split(separator: "/").last == "schema.json" }
        let reports = paths.filter { !isSchema($0) }.map(Report.init)
        for path in paths.filter(isSchema) {
            FileHandle.standardError.write(Data("\(path): passed by, it is the schema of profiles and not one\n".utf8))
        }
        if json {
            print(JSONValue.array(reports.map(\.json)).formatted())
        } else {
            for report in reports { print(report.text) }
        }
        let worst = reports.map { $0.status(strict: strict) }.max() ?? 0
        if worst > 0 { throw ExitCode(worst) }
    }

    /// What was found in one file.
    private struct Report {
        let file: String
        let findings: [ProfileFinding]

        init(file: String) {
            self.file = file
            do throws(ProfileError) { findings = try RobotProfile.examine(file: file).findings } catch {
                findings = error.findings
            }
        }

        func count(_ severity: ProfileFinding.Severity) -> Int { findings.count { $0.severity == severity } }

        func status(strict: Bool) -> Int32 { count(.error) > 0 ? 2 : strict && count(.warning) > 0 ? 1 : 0 }

        var text: String {
            let counts = ProfileFinding.Severity.allCases.compactMap { severity in
                let count = count(severity)
                return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
            }
            let verdict = count(.error) == 0 ? "good" : "cannot be used"
            let lines = ["\(file): " + ([verdict] + counts).joined(separator: ", ")] + findings.map { "  \($0)" }
            return lines.joined(separator: "\n")
        }

        var json: JSONValue {
            [
                "file": .string(file), "ok": .bool(count(.error) == 0), "errors": JSONValue(count(.error)),
                "warnings": JSONValue(count(.warning)),
                "findings": .array(
                    findings.map {
                        [
                            "severity": .string($0.severity.rawValue), "path": .string($0.path),
                            "problem": .string($0.problem), "remedy": .string($0.remedy),
                        ]
                    }),
            ]
        }
    }
}
