import ArgumentParser
import Foundation
import Wire

/// Says a text to a robot.
struct SayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "say", abstract: "Have a robot carry out a text.",
        discussion: "Example: kmmctl say \"walk forward, then wave with the right hand\"")

    @Argument(help: "What shall be done.")
    var text: String
    @Option(help: "Name of the robot; without it the daemon's default one.")
    var robot: String?
    @Flag(help: "Take the place of what is planned, instead of following it.")
    var replace = false
    @Option(help: "Length of all actions together, seconds.")
    var duration: Double?
    @Option(help: "Seed of the random choices.")
    var seed: Int64?
    @Option(name: .customLong("repeat"), help: "How many times the text is carried out.")
    var repeats: Int64?
    @Option(help: "Give up when the motion has not begun after so many milliseconds.")
    var deadline: Int64?
    @Flag(help: "Wait until the motion is over.")
    var wait = false
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let events = wait ? try connection.events() : nil
        var body: [JSONValue.Member] = [.init("text", .string(text))]
        if replace { body.append(.init("mode", "replace")) }
        if let duration { body.append(.init("duration_s", .number(duration))) }
        if let seed { body.append(.init("seed", .integer(seed))) }
        if let repeats { body.append(.init("repeat", .integer(repeats))) }
        let reply = try connection.ask("say", robot: robot, body: body, deadline: deadline)
        if connection.json {
            print(reply.text)
        } else {
            // A text that says to stop did so at once.
            if let verb = reply["verb"]?.string {
                print("\(verb) takes effect with frame \(reply["frame"]?.integer ?? 0)")
            }
            let actions = reply["segments"]?.array?.compactMap { $0["text"]?.string } ?? []
            if !actions.isEmpty {
                print(
                    "\(reply["command"]?.string ?? "?") \(reply["state"]?.string ?? "?") for",
                    "\(reply["robot"]?.string ?? "?"):", actions.joined(separator: " | "))
            }
        }
        guard let events, let command = reply["command"]?.string else { return }
        try follow(command, events)
    }

    private func follow(_ command: String, _ events: EventSubscription) throws {
        while true {
            guard let (_, event) = try events.next(milliseconds: 1000), event["command"]?.string == command else {
                continue
            }
            if connection.json { print(event.text) } else { print(EventLine(event)) }
            let state = CommandState(rawValue: event["state"]?.string ?? "")
            guard let state, state.isFinal else { continue }
            if state == .done { return }
            throw ControlError.ended(command: command, state: state.rawValue, reason: event["reason"]?.string)
        }
    }
}

/// An event as a line for people.
struct EventLine: CustomStringConvertible {
    let event: JSONValue

    init(_ event: JSONValue) { self.event = event }

    var description: String {
        var parts = [event["command"]?.string ?? event["robot"]?.string ?? "", event["event"]?.string ?? ""]
        if let state = event["state"]?.string, event["event"]?.string == "robot" { parts[1] = state }
        if let frame = event["frame"]?.integer { parts.append("frame \(frame)") }
        if let latency = event["latency_ms"]?.number { parts.append("after \(Int(latency)) ms") }
        for segment in event["segments"]?.array ?? [] {
            let seconds = segment["duration_s"]?.number.map { String(format: " %.1f s", $0) } ?? ""
            parts.append("[\(segment["text"]?.string ?? "")\(seconds)]")
        }
        if let reason = event["reason"]?.string { parts.append(reason) }
        return parts.joined(separator: "  ")
    }
}
