import ArgumentParser
import Foundation
import Geometry
import JSON
import Robots

/// A robot profile from a URDF, MJCF, SDF or Xacro file, in one step.
struct ProfileImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a robot profile from a URDF, MJCF, SDF or Xacro file.",
        discussion: """
            Finds out which body is which, computes the human map, soles, collision capsules, a balanced stand pose and \
            limits that the file lacks, checks the profile as the daemon does, tries three short motions, and writes it. \
            What was recognised wrongly is put right with --map, like --map foot_left=l_ankle_2, and how the robot lies \
            in its description with --up and --front, like --up y --front z.

            The last line is the verdict. Exit status: 0 good, 1 usable with the reservations that are named, 2 not \
            usable, and nothing is written.

            Examples:
              kmmctl profile import robot.urdf --name my_robot -o my_robot.json
              kmmctl profile import robot.xml --name my_robot -o my_robot.json --map foot_left=l_ankle_2

            Parts: \(BodyRole.allCases.map(\.rawValue).joined(separator: " ")).
            """)

    @Argument(
        help: "The description: .urdf, .xacro, .sdf, or .xml of MuJoCo.",
        completion: .file(extensions: ["urdf", "xml", "sdf", "xacro"]))
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
        help: "A part of the earlier profile whose hand edit is given up, like /joints/left_knee; may be repeated.")
    var take: [String] = []
    @Option(
        help: """
            Folder with a mesh of each body, NAME.stl, in metres in the body's frame, for descriptions whose own meshes \
            are not at hand.
            """, completion: .directory)
    var bodyMeshes: String?
    @Option(
        help: "Another description, for velocity and effort limits that the first lacks.",
        completion: .file(extensions: ["urdf", "xml"]))
    var rates: String?
    @Option(help: "What points up in the root body's frame: x, -x, y, -y, z or -z; found out when not given.")
    var up: String?
    @Option(help: "Where the robot looks in that frame: an axis, or an angle from x in degrees, seen from above.")
    var front: String?
    @Option(help: "Factor on all lengths: 0.001 for a file in millimetres.")
    var scale: Double?
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
        let (parts, orientation) = (try parts(), try orientation())
        let made: ProfileImport
        let merge: ProfileMerge?
        let document: JSONValue
        do {
            let old = try from.map { try RobotProfile(file: $0) }
            var description = try DescriptionFile.read(file)
            if let scale { description = description.scaled(by: scale) }
            made = try ProfileImport(
                description, identity: identity(old), rates: rates.map { try DescriptionFile.read($0) }, map: parts,
                orientation: orientation, bodyMeshes: bodyMeshes)
            let new = ProfileMerge.sealed(try JSONValue(parsing: Data(made.profile.text.utf8)))
            merge = try from.map {
                ProfileMerge(
                    try JSONValue(parsing: Data(contentsOf: URL(filePath: $0))), into: new, givingUp: Set(take))
            }
            document = merge?.json ?? new
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ControlError.badInput("not usable: \(error)")
        }
        let text = document.formatted() + "\n"
        // What the daemon does with the file.
        let (profile, findings) = try examine(text)
        let trials = trials(profile)
        let verdict = ImportVerdict(made, findings, trials)
        do { try Data(text.utf8).write(to: URL(filePath: output), options: .atomic) } catch {
            throw ControlError.badInput("\(output): \(error.localizedDescription)")
        }
        if json {
            reportJSON(made, findings, merge?.rows ?? [], trials, verdict)
        } else {
            report(made, findings, merge?.rows ?? [], trials)
            print("\n\(output): \(verdict.text)")
        }
        if verdict.exitStatus != 0 { throw ExitCode(verdict.exitStatus) }
    }

    /// The findings of the check that the daemon makes of a profile's file.
    private func examine(_ text: String) throws -> (RobotProfile, [ProfileFinding]) {
        do throws(ProfileError) {
            let (profile, findings) = try RobotProfile.examine(json: Data(text.utf8), file: output)
            if let profile { return (profile, findings) }
            throw ProfileError.invalid(findings.filter { $0.severity == .error })
        } catch {
            throw ControlError.badInput("not usable: the profile would be refused: \(error)")
        }
    }

    private func orientation() throws -> RobotOrientation {
        func axis(_ text: String) -> Vector3? {
            let axes = ["x": Vector3(1, 0, 0), "y": Vector3(0, 1, 0), "z": Vector3(0, 0, 1)]
            let sign = text.hasPrefix("-") ? -1.0 : 1
            return axes[text.trimmingPrefix { $0 == "-" || $0 == "+" }.lowercased()].map { $0 * sign }
        }
        let above = try up.map { text throws -> Vector3 in
            guard let axis = axis(text) else { throw ValidationError("--up \(text): expected x, -x, y, -y, z or -z") }
            return axis
        }
        let ahead = try front.map { text throws -> Vector3 in
            if let axis = axis(text) { return axis }
            guard let angle = Double(text), angle.isFinite, above == nil || above == Vector3(0, 0, 1) else {
                throw ValidationError("--front \(text): expected an axis, or degrees from x when z is up")
            }
            return Vector3(cos(angle * .pi / 180), sin(angle * .pi / 180), 0)
        }
        return RobotOrientation(up: above, front: ahead)
    }

    /// Who the robot is: as said here, else as an earlier profile says.
    private func identity(_ old: RobotProfile?) -> ProfileImport.Identity {
        var identity = ProfileImport.Identity(
            name: name, displayName: displayName ?? old?.displayName, maker: maker ?? old?.maker ?? "unknown",
            licence: licence ?? old?.licence ?? "unknown",
            repository: repository ?? old?.source.repository ?? "unknown",
            commit: commit ?? old?.source.commit ?? "unknown",
            file: sourceFile ?? URL(filePath: file).lastPathComponent)
        // Beside the profile, else where the shipped ones are.
        let folder = URL(filePath: output).deletingLastPathComponent()
        let shared = URL(filePath: profiles.folder + "/schema.json").standardizedFileURL
        if !FileManager.default.fileExists(atPath: folder.appending(path: "schema.json").path),
            FileManager.default.fileExists(atPath: shared.path)
        {
            identity.schemaReference = shared.absoluteString
        }
        return identity
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

    private typealias Trials = [(clip: String, trial: Result<MotionTrial, any Error>)]

    private func report(
        _ made: ProfileImport, _ findings: [ProfileFinding], _ rows: [ProfileMerge.Row], _ trials: Trials
    ) {
        let profile = made.profile
        print(
            "\(profile.displayName): \(made.kind.rawValue), \(profile.jointNames.count) joints, "
                + "\(profile.bodies.count) bodies")
        print("\nparts")
        for part in made.parts { print("  \(part)") }
        for (title, lines) in [
            ("notes", made.notes), ("joined with \(from ?? "")", rows.map(\.description)),
            ("check", findings.map(\.description)),
        ] where !lines.isEmpty {
            print("\n\(title)")
            for line in lines { print("  \(line)") }
        }
        print("\nmotions")
        for (clip, trial) in trials {
            let title = clip.padding(toLength: 6, withPad: " ", startingAt: 0)
            switch trial {
            case .success(let trial): print("  \(title) \(trial.text)")
            case .failure(let error): print("  \(title) not tried: \(error)")
            }
        }
    }

    private func reportJSON(
        _ made: ProfileImport, _ findings: [ProfileFinding], _ rows: [ProfileMerge.Row], _ trials: Trials,
        _ verdict: ImportVerdict
    ) {
        let parts = made.parts.map { part -> JSONValue in
            ["part": .string(part.role.rawValue), "body": .string(part.body), "confidence": .number(part.confidence)]
        }
        let motions = trials.map { clip, trial -> JSONValue in
            switch trial {
            case .success(let trial): trial.json
            case .failure(let error): ["clip": .string(clip), "good": false, "error": .string("\(error)")]
            }
        }
        let report: JSONValue = [
            "profile": .string(made.profile.name), "kind": .string(made.kind.rawValue),
            "verdict": verdict.json["verdict"] ?? .null, "reservations": verdict.json["reservations"] ?? .null,
            "joints": JSONValue(made.profile.jointNames.count),
            "feet": .bool(made.profile.feet != nil), "hands": .bool(made.profile.hands != nil),
            "parts": .array(parts), "notes": .array(made.notes.map(JSONValue.string)),
            "joined": .array(
                rows.map {
                    [
                        "place": .string($0.place), "outcome": .string($0.outcome.rawValue),
                        "details": .array($0.details.map(JSONValue.string)),
                    ]
                }),
            "findings": .array(
                findings.map { ["severity": .string($0.severity.rawValue), "text": .string($0.description)] }),
            "motions": .array(motions),
        ]
        print(report.formatted())
    }

    /// Retargets the three clips that lie beside the shipped profiles.
    private func trials(_ profile: RobotProfile) -> Trials {
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
