import ArgumentParser
import JSON
import Robots

/// Compares two profiles.
struct ProfileDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What differs between two profiles.",
        discussion: """
            Bodies, joints and mapped joints are compared by name, whatever their order. Exit status: 0 nothing \
            differs, 1 something does, 2 a profile cannot be read.

            Example:
              kmmctl profile diff unitree_g1 my_g1.json
            """)

    @Argument(help: "A profile file, or the name of a profile in the folder.", completion: Completion.robots)
    var old: String
    @Argument(help: "The other one.", completion: Completion.robots)
    var new: String
    @OptionGroup var folder: ProfileOptions
    @OptionGroup var printing: JSONOption

    func run() throws {
        let differences = ProfileDifference.between(try folder.load(old), try folder.load(new))
        if printing.json {
            print(JSONValue.object([.init("differences", .array(differences.map { .string("\($0)") }))]).text)
        } else {
            for difference in differences { print(difference) }
        }
        if !differences.isEmpty { throw ExitCode(1) }
    }
}
