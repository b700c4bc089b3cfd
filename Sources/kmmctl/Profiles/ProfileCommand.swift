import ArgumentParser
import Foundation
import JSON
import Robots
import Service

/// Robot profiles: the files that say all about a robot.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Import, check, tune, list, show, compare and export robot profiles.",
        subcommands: [
            ProfileImportCommand.self, ProfileCheck.self, ProfileList.self, ProfileShow.self, ProfileDiff.self,
            ProfileExport.self, ProfilePose.self, ProfileTune.self, ProfileSchema.self,
        ])
}

/// Where profiles are found by name.
struct ProfileOptions: ParsableArguments {
    @Option(help: "Folder of the robot profiles.")
    var profiles: String?

    var folder: String {
        profiles ?? ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment).profilesDirectory
    }

    /// Path of what was given as a file or as the name of a profile in the folder.
    func path(of profile: String) -> String {
        let isName = !profile.contains("/") && !profile.hasSuffix(".json")
        return isName ? folder + "/" + profile + ".json" : profile
    }

    /// The profile that was given as a file or as a name.
    func load(_ profile: String) throws -> RobotProfile {
        let path = path(of: profile)
        // A name that is unknown may be a slip, which is answered with the nearest ones.
        if path != profile, !FileManager.default.fileExists(atPath: path) {
            return try findProfile(profile, in: folder)
        }
        do {
            return try RobotProfile(file: path)
        } catch {
            throw ControlError.badInput("\(error)")
        }
    }
}

/// Prints the JSON Schema.
struct ProfileSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of profiles, for editors that complete and check.")

    func run() { print(RobotProfile.jsonSchema.formatted()) }
}
