import ArgumentParser
import Foundation
import Wire

/// The commands that are one verb each.
enum VerbCommands {
    static let all: [any ParsableCommand.Type] = [
        SayCommand.self, PlayCommand.self, StatusCommand.self, CancelCommand.self, HoldCommand.self, ResumeCommand.self,
        StopCommand.self,
        HaltCommand.self, ResetCommand.self, RobotsCommand.self, RobotCommand.self, HelloCommand.self,
        ReloadCommand.self,
        RecordCommand.self, ReplayCommand.self, PeopleCommand.self, FollowCommand.self, CalibrateCommand.self,
    ]
}

/// Gives a command up.
struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Give a command up.",
        discussion: """
            Example:
              kmmctl cancel c-000012
            """)

    @Argument(help: "The command's name, such as c-000001.")
    var command: String
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.cancel(command: command)) { (answer: CancelAnswer) in
            print("\(answer.command) \(answer.state.rawValue)")
        }
    }
}

/// Comes to rest, keeps the plan.
struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Come to rest at the nearest balanced pose; `resume` goes on.",
        discussion: """
            Example:
              kmmctl hold && sleep 5 && kmmctl resume
            """)
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform(.hold) }
}

/// Clears the queue, goes to the stand pose.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Clear the queue and go to the stand pose.",
        discussion: """
            Examples:
              kmmctl stop
              kmmctl stop --robot booster_t1
            """)
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform(.stop) }
}

/// Stops wherever the body is, and latches.
struct HaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "The shortest limited stop, wherever the body is; only `reset` ends it.",
        discussion: """
            This is no emergency stop: kmmd is not safety-rated.

            Example:
              kmmctl halt && kmmctl reset
            """)
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform(.halt) }
}

/// Ends a halt.
struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "End a halt.",
        discussion: """
            Example:
              kmmctl halt && kmmctl reset
            """)
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform(.reset) }
}

/// Goes on after a hold.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on after a hold.",
        discussion: """
            Example:
              kmmctl hold && sleep 5 && kmmctl resume
            """)
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform(.resume) }
}

/// What the stopping verbs have in common.
struct StopOptions: ParsableArguments {
    @Option(help: "Name of the robot; without it the daemon's default one.", completion: Completion.robots)
    var robot: String?
    @OptionGroup var connection: ConnectionOptions

    func perform(_ verb: Verb) throws {
        try connection.ask(verb, robot: robot) { (answer: RestAnswer) in print(answer.line) }
    }
}

extension RestAnswer {
    /// The answer for people.
    var line: String { "\(verb) takes effect with frame \(frame ?? 0)" }
}

/// Lists the robots.
struct RobotsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "robots", abstract: "The names of the robots.",
        discussion: """
            Example:
              kmmctl robots --host robot.local
            """)
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.robots) { (answer: RobotsAnswer) in
            for robot in answer.robots { print(robot) }
        }
    }
}

/// Says who the daemon is.
struct HelloCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hello", abstract: "Who the daemon is, and how far its clock is from ours.",
        discussion: """
            Example:
              kmmctl hello --host robot.local --key anna.key.json
            """)
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.hello) { (answer: HelloAnswer) in
            print("kmmd \(answer.build), model \(answer.model), robots: \(answer.robots.joined(separator: ", "))")
            if let skew = answer.clockSkewMs { print(String(format: "clock difference: %.1f ms", skew)) }
            if let warning = answer.clockWarning { print(warning) }
        }
    }
}

/// Shows how things are.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How the daemon and its robots are.",
        discussion: """
            Examples:
              kmmctl status
              kmmctl status --json | jq .robots
            """)
    @Option(help: "Name of one robot; without it all.", completion: Completion.robots)
    var robot: String?
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.status(command: nil), robot: robot) { (answer: StatusAnswer) in
            print(answer.ready ? "ready" : "not ready", String(format: "for %.0f s", answer.uptime))
            let lateness = answer.publisher.lateness
            print(
                "publisher: \(lateness.ticks) ticks, late by up to \(lateness.p50Us ?? 0) us (p50),",
                "\(lateness.p99Us ?? 0) us (p99), \(lateness.maxUs) us (worst)")
            for robot in answer.robots {
                print(
                    "\(robot.robot): \(Terminal.state(robot.state))\(robot.held ? ", held" : ""), frame \(robot.frame),",
                    "\(robot.framesAhead) frames ahead")
                for command in robot.queue ?? [] {
                    print("  \(command.command) \(Terminal.state(command.state.rawValue)): \(command.text)")
                }
            }
        }
    }
}
