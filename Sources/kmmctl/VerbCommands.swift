import ArgumentParser
import Foundation
import Wire

/// Gives a command up.
struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "Give a command up.")

    @Argument(help: "The command's name, such as c-000001.")
    var command: String
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let reply = try connection.ask("cancel", body: [.init("command", .string(command))])
        print(connection.json ? reply.text : "\(command) \(reply["state"]?.string ?? "")")
    }
}

/// Comes to rest, keeps the plan.
struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Come to rest at the nearest balanced pose; `resume` goes on.")
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform("hold") }
}

/// Clears the queue, goes to the stand pose.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Clear the queue and go to the stand pose.")
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform("stop") }
}

/// Stops wherever the body is, and latches.
struct HaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "The shortest limited stop, wherever the body is; only `reset` ends it.",
        discussion: "This is no emergency stop: kmmd is not safety-rated.")
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform("halt") }
}

/// Ends a halt.
struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reset", abstract: "End a halt.")
    @OptionGroup var target: StopOptions
    func run() throws { try target.perform("reset") }
}

/// Goes on after a hold.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Go on after a hold.")
    @OptionGroup var target: StopOptions
    func run() throws {
        target.show(try target.connection.ask("resume", robot: target.robot), "resume")
    }
}

/// What the stopping verbs have in common.
struct StopOptions: ParsableArguments {
    @Option(help: "Name of the robot; without it the daemon's default one.")
    var robot: String?
    @OptionGroup var connection: ConnectionOptions

    func perform(_ verb: String) throws { show(try connection.askPriority(verb, robot: robot), verb) }

    func show(_ reply: JSONValue, _ verb: String) {
        print(connection.json ? reply.text : "\(verb) takes effect with frame \(reply["frame"]?.integer ?? 0)")
    }
}

/// Lists the robots.
struct RobotsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "robots", abstract: "The names of the robots.")
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let reply = try connection.ask("robots")
        if connection.json { return print(reply.text) }
        for robot in reply["robots"]?.array ?? [] { print(robot.string ?? "") }
    }
}

/// Says who the daemon is.
struct HelloCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hello", abstract: "Who the daemon is, and how far its clock is from ours.")
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let reply = try connection.ask("hello")
        if connection.json { return print(reply.text) }
        let robots = reply["robots"]?.array?.compactMap(\.string).joined(separator: ", ") ?? ""
        print("kmmd \(reply["build"]?.string ?? "?"), model \(reply["model"]?.string ?? "?"), robots: \(robots)")
        if let skew = reply["clock_skew_ms"]?.number { print(String(format: "clock difference: %.1f ms", skew)) }
        if let warning = reply["clock_warning"]?.string { print(warning) }
    }
}

/// Shows how things are.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How the daemon and its robots are.")
    @Option(help: "Name of one robot; without it all.")
    var robot: String?
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let reply = try connection.ask("status", robot: robot)
        if connection.json { return print(reply.text) }
        let uptime = reply["uptime_s"]?.number ?? 0
        print(reply["ready"]?.bool == true ? "ready" : "not ready", String(format: "for %.0f s", uptime))
        let lateness = reply["publisher"]?["lateness"]
        print(
            "publisher: \(lateness?["ticks"]?.integer ?? 0) ticks, late by up to",
            "\(lateness?["p50_us"]?.integer ?? 0) us (p50), \(lateness?["p99_us"]?.integer ?? 0) us (p99),",
            "\(lateness?["max_us"]?.integer ?? 0) us (worst)")
        for robot in reply["robots"]?.array ?? [] {
            let held = robot["held"]?.bool == true ? ", held" : ""
            print(
                "\(robot["robot"]?.string ?? "?"): \(robot["state"]?.string ?? "?")\(held),",
                "frame \(robot["frame"]?.integer ?? 0), \(robot["frames_ahead"]?.integer ?? 0) frames ahead")
            for command in robot["queue"]?.array ?? [] {
                print(
                    "  \(command["command"]?.string ?? "") \(command["state"]?.string ?? ""): \(command["text"]?.string ?? "")"
                )
            }
        }
    }
}
