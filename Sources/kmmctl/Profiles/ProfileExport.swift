import ArgumentParser
import Foundation
import Robots

/// Writes a profile's robot for other programs.
struct ProfileExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a profile's robot as MJCF or URDF without meshes.",
        discussion: """
            For MuJoCo (.xml, with the profile's poses as key frames) or RViz and the like (.urdf).

            Example:
              kmmctl profile export booster_t1 -o t1.xml
            """)

    @Argument(help: "A profile file, or the name of a profile in the folder.", completion: Completion.robots)
    var profile: String
    @Option(
        name: .shortAndLong, help: "The .xml (MJCF) or .urdf to write.",
        completion: .file(extensions: ["xml", "urdf"]))
    var output: String
    @OptionGroup var folder: ProfileOptions

    func validate() throws {
        guard output.hasSuffix(".xml") || output.hasSuffix(".urdf") else {
            throw ValidationError("-o has to end in .xml (MJCF) or .urdf")
        }
    }

    func run() throws {
        let profile = try folder.load(profile)
        let text = output.hasSuffix(".urdf") ? profile.urdf : profile.mjcf
        do { try Data(text.utf8).write(to: URL(filePath: output), options: .atomic) } catch {
            throw ControlError.badInput("\(output): cannot be written: \(error.localizedDescription)")
        }
    }
}
