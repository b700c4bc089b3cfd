import ArgumentParser
import Foundation
import HumanMotion
import MotionData

struct TrainAuthor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "author", abstract: "Show what `train prepare --actions` makes of an authored action.",
        discussion: """
            The file of an action is described in Documentation/authoring.md. The output has the layout of AMASS.

            Example:
              kmmctl train author Actions/act_tired.json --data prepared -o tired.npz
            """)

    @Argument(help: "File of the action.")
    var action: String

    @Option(help: "Prepared data set whose people stand and walk underneath.")
    var data: String

    @Option(help: "Seed of what is drawn.")
    var seed: UInt64 = 1

    @Option(name: .shortAndLong, help: "The .npz to write.")
    var output: String

    func run() throws {
        let action = try AuthoredAction(contentsOf: URL(fileURLWithPath: action))
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        guard var made = ActionStudio(data).clip(of: action, seed: seed) else {
            throw ValidationError(
                "no training clip of the data set shows a person who \(action.base == .walk ? "walks" : "stands")")
        }
        made.clip.text = made.captions.first ?? ""
        try AMASS.write(made.clip, path: output)
        print("\(output): \(made.clip.frames.count) frames, \"\(made.captions.joined(separator: "\", \""))\"")
    }
}
