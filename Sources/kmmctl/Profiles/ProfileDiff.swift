import ArgumentParser
import Robots

/// Compares two profiles.
struct ProfileDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What differs between two profiles.",
        discussion: """
            Bodies, joints and mapped joints are compared by name, whatever their order. Exit status: 0 nothing \
            differs, 1 something does, 2 a profile cannot be read.
            """)

    @Argument(help: "A profile file, or the name of a profile in the folder.")
    var old: String
    @Argument(help: "The other one.")
    var new: String
    @OptionGroup var folder: ProfileOptions

    func run() throws {
        let differences = ProfileDifference.between(try folder.load(old), try folder.load(new))
        for difference in differences { print(difference) }
        if !differences.isEmpty { throw ExitCode(1) }
    }
}
