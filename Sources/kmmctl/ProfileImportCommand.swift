import ArgumentParser
import Foundation
import JSON
import Robots

/// A robot profile from a URDF or MJCF file, in one step.
struct ProfileImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a robot profile from a URDF or MJCF file.",
        discussion: """
            Finds out which body is which, computes the human map, soles, collision capsules, a balanced stand pose and \
            limits that the file lacks, writes the profile, checks it and tries three short motions. What was \
            recognised wrongly is put right with --map, like --map foot_left=l_ankle_2.

            Parts: \(BodyRole.allCases.map(\.rawValue).joined(separator: " ")).
            """)

    @Argument(
        help: "The description: .urdf, or .xml of MuJoCo.", completion: .file(extensions: ["urdf", "xml"]))
    var file: String
    @Option(help: "Name of the profile, as people will type it: small letters, digits and underscores.")
    var name: String
    @Option(name: .shortAndLong, help: "The profile to write.", completion: .file(extensions: ["json"]))
    var output: String
    @Option(help: "A part of the body and the body of the robot that is it; may be repeated.")
    var map: [String] = []
    @Option(
        help: "An earlier profile of the robot, whose hand edits are kept.", completion: .file(extensions: ["json"]))
    var from: String?
    @Option(
        help: "Another description, for velocity and effort limits that the first lacks.",
        completion: .file(extensions: ["urdf", "xml"]))
    var rates: String?
    @Option(help: "Name of the robot for people.")
    var displayName: String?
    @Option(help: "Who makes the robot.")
    var maker: String?
    @Option(help: "Licence of the description (SPDX).")
    var licence: String?
    @Option(help: "Repository of the description, owner/name.")
    var repository: String?
    @Option(help: "Commit of the description.")
    var commit: String?
    @Option(help: "Path of the description in its repository.")
    var sourceFile: String?
    @Flag(help: "Print the report as JSON.")
    var json = false
    @OptionGroup var profiles: ProfileOptions

    func run() throws {
        var made: ProfileImport
        var lost: [String] = []
        do {
            made = try ProfileImport(
                RobotDescription(file: file), identity: identity(), rates: rates.map { try RobotDescription(file: $0) },
                map: parts())
            if let from { lost = made.carryOver(try RobotProfile(file: from)) }
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ControlError.badInput("\(error)")
        }
        let profile = made.profile
        let findings = profile.validate()
        guard !findings.contains(where: { $0.severity == .error }) else {
            throw ControlError.badInput(findings.map(\.description).joined(separator: "\n"))
        }
        do { try Data(profile.text.utf8).write(to: URL(filePath: output)) } catch {
            throw ControlError.badInput("\(output): \(error.localizedDescription)")
        }
        if json { reportJSON(made, findings, lost) } else { report(made, findings, lost) }
    }

    private func identity() -> ProfileImport.Identity {
        ProfileImport.Identity(
            name: name, displayName: displayName, maker: maker ?? "unknown", licence: licence ?? "unknown",
            repository: repository ?? "unknown", commit: commit ?? "unknown",
            file: sourceFile ?? URL(filePath: file).lastPathComponent)
    }

    private func parts() throws -> [BodyRole: String] {
        var parts: [BodyRole: String] = [:]
        for text in map {
            let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2, let role = BodyRole(rawValue: sides[0]) else {
                throw ValidationError(
                    "--map \(text): expected PART=BODY, where PART is one of "
                        + BodyRole.allCases.map(\.rawValue).joined(separator: ", "))
            }
            parts[role] = sides[1]
        }
        return parts
    }

    private func report(_ made: ProfileImport, _ findings: [ProfileFinding], _ lost: [String]) {
        let profile = made.profile
        print("\(output): \(profile.displayName), \(profile.jointNames.count) joints, \(profile.bodies.count) bodies")
        print("\nparts")
        for part in made.parts { print("  \(part)") }
        for (title, lines) in [
            ("notes", made.notes), ("not taken over from \(from ?? "")", lost), ("check", findings.map(\.description)),
        ] where !lines.isEmpty {
            print("\n\(title)")
            for line in lines { print("  \(line)") }
        }
        print("\nmotions")
        for (clip, trial) in trials(profile) {
            let title = clip.padding(toLength: 6, withPad: " ", startingAt: 0)
            switch trial {
            case .success(let trial): print("  \(title) \(trial.text)")
            case .failure(let error): print("  \(title) not tried: \(error)")
            }
        }
    }

    private func reportJSON(_ made: ProfileImport, _ findings: [ProfileFinding], _ lost: [String]) {
        let parts = made.parts.map { part -> JSONValue in
            ["part": .string(part.role.rawValue), "body": .string(part.body), "confidence": .number(part.confidence)]
        }
        let motions = trials(made.profile).map { clip, trial -> JSONValue in
            switch trial {
            case .success(let trial): trial.json
            case .failure(let error): ["clip": .string(clip), "good": false, "error": .string("\(error)")]
            }
        }
        let report: JSONValue = [
            "profile": .string(made.profile.name), "joints": JSONValue(made.profile.jointNames.count),
            "feet": .bool(made.profile.feet != nil), "hands": .bool(made.profile.hands != nil),
            "parts": .array(parts), "notes": .array(made.notes.map(JSONValue.string)),
            "lost": .array(lost.map(JSONValue.string)),
            "findings": .array(
                findings.map { ["severity": .string($0.severity.rawValue), "text": .string($0.description)] }),
            "motions": .array(motions),
        ]
        print(report.formatted())
    }

    /// Retargets the three clips that lie beside the shipped profiles.
    private func trials(_ profile: RobotProfile) -> [(clip: String, trial: Result<MotionTrial, any Error>)] {
        MotionTrial.clips.map { clip in
            let file = profiles.folder + "/motions/\(clip).bvh"
            return (
                clip,
                Result {
                    guard FileManager.default.isReadableFile(atPath: file) else {
                        throw ControlError.badInput("there is no \(file), which lies beside the shipped profiles")
                    }
                    return try MotionTrial(clip, file: file, on: profile)
                }
            )
        }
    }
}
