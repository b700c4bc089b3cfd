import ArgumentParser
import Foundation
import Wire

/// Plays a motion file of the daemon.
struct PlayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play", abstract: "Have a robot carry out a motion file.",
        discussion: """
            The file lies in the daemon's folder of clips (`kmmd --clips FOLDER`) and holds a person's motion: BVH, or
            .npz as `kmmctl generate` and `kmmctl convert` write it. `kmmctl convert --from-robot NAME` makes one of a
            robot's own motion.

            Examples:
              kmmctl play dance.bvh
              kmmctl play dance.npz --replace --repeat 2 --wait
            """)

    @Argument(help: "Name of the file in the daemon's folder of clips.", completion: .file(extensions: ["npz", "bvh"]))
    var file: String
    @Option(help: "Name of the robot; without it the daemon's default one.", completion: Completion.robots)
    var robot: String?
    @Flag(help: "Take the place of what is planned, instead of following it.")
    var replace = false
    @Option(name: .customLong("repeat"), help: "How many times the file is carried out.")
    var repeats = 1
    @Flag(help: "Wait until the motion is over.")
    var wait = false
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let events = wait ? try connection.events() : nil
        var clip = Say(text: file)
        clip.mode = replace ? .replace : .append
        clip.repeats = repeats
        let answer = try connection.ask(.play(clip), robot: robot) { (answer: CommandAnswer) in
            print("\(answer.command) \(Terminal.state(answer.state.rawValue)) for \(answer.robot): \(file)")
        }
        if let events { try connection.follow(answer.command, events) }
    }
}

/// Says all that is static about one robot.
struct RobotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "robot", abstract: "A robot's joints with their limits, as a controller needs them.",
        discussion: "Example: kmmctl robot unitree_g1 --json")

    @Argument(help: "Name of the robot; without it the daemon's default one.", completion: Completion.robots)
    var robot: String?
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.robot, robot: robot) { (answer: StreamDescription) in
            print("\(answer.robot): \(answer.displayName), \(answer.rateHz) Hz, profile \(answer.profile)")
            let rows = answer.jointNames.indices.map { joint in
                [
                    answer.jointNames[joint],
                    String(format: "%.2f … %.2f", answer.jointLower[joint], answer.jointUpper[joint]),
                    String(format: "%.1f", answer.jointVelocity[joint]),
                    String(format: "%.0f", answer.jointAcceleration[joint]),
                    String(format: "%.0f", answer.jointJerk[joint]),
                ]
            }
            print(TextTable(["joint", "rad", "rad/s", "rad/s²", "rad/s³"], rows).text)
        }
    }
}
