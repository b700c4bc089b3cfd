import ArgumentParser
import Foundation
import Wire

/// Says a text to a robot.
struct SayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "say", abstract: "Have a robot carry out a text.",
        discussion: """
            Examples:
              kmmctl say walk forward, then wave with the right hand
              kmmctl say --replace --wait "turn around (slowly)"

            Quotes are needed only around what the shell takes for itself, such as brackets and apostrophes.
            `kmmctl actions` lists what can be asked for, `kmmctl actions TEXT` says what is understood.
            """)

    @Argument(help: "What shall be done.", completion: Completion.actions)
    var text: [String]
    @Option(help: "Name of the robot; without it the daemon's default one.", completion: Completion.robots)
    var robot: String?
    @Flag(help: "Take the place of what is planned, instead of following it.")
    var replace = false
    @Option(help: "Length of all actions together, seconds.")
    var duration: Double?
    @Option(help: "Seed of the random choices.")
    var seed: Int64?
    @Option(name: .customLong("repeat"), help: "How many times the text is carried out.")
    var repeats: Int?
    @Option(help: "Give up when the motion has not begun after so many milliseconds.")
    var deadline: Int64?
    @Option(
        help:
            "What becomes of a text that is not understood: strict, warn or any; without it what the daemon is set to.")
    var policy: PolicyArgument?
    @Flag(help: "Wait until the motion is over.")
    var wait = false
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        let events = wait ? try connection.events() : nil
        var say = Say(text: text.joined(separator: " "))
        if replace { say.mode = .replace }
        (say.duration, say.seed, say.repeats) = (duration, seed, repeats ?? 1)
        say.policy = policy.flatMap { Say.Policy(rawValue: $0.rawValue) }
        let answer = try connection.ask(.say(say), robot: robot, deadline: deadline) { (answer: CommandAnswer) in
            // A text that says to stop did so at once.
            if let stopped = answer.stopped { print(stopped.line) }
            guard !answer.segments.isEmpty else { return }
            let actions = answer.segments.map(\.text).joined(separator: " | ")
            print("\(answer.command) \(Terminal.state(answer.state.rawValue)) for \(answer.robot): \(actions)")
            for segment in answer.segments { if let doubt = segment.doubt { print("  \(doubt)") } }
        }
        guard let events else { return }
        try connection.follow(answer.command, events)
    }
}

extension ConnectionOptions {
    /// Shows what becomes of a command until it is over.
    ///
    /// - Throws: `ControlError.ended` when it was not carried out.
    func follow(_ command: String, _ events: EventSubscription) throws {
        while true {
            guard let (_, value) = try events.next(milliseconds: 1000),
                let event = try? value.decoded(as: CommandEvent.self), event.command == command
            else { continue }
            if json { print(value.text) } else { print(EventLine(value)) }
            // A pipe would keep them back.
            fflush(nil)
            guard case .state(let state, let details) = event.content, state.isFinal else { continue }
            if state == .done { return }
            throw ControlError.ended(command: command, state: state.rawValue, reason: details.reason)
        }
    }
}

/// An event as a line for people.
struct EventLine: CustomStringConvertible {
    let description: String

    init(_ value: JSONValue) {
        var parts: [String]
        if let event = try? value.decoded(as: CommandEvent.self) {
            parts = [event.command, Terminal.state(event.name)]
            if let frame = event.frame { parts.append("frame \(frame)") }
            switch event.content {
            case .spliced(let splice): parts.append("after \(Int(splice.latencyMs)) ms")
            case .state(_, let details):
                for segment in details.segments ?? [] {
                    let seconds = segment.duration.map { String(format: " %.1f s", $0) } ?? ""
                    parts.append("[\(segment.text)\(seconds)]")
                }
                if let reason = details.reason { parts.append(reason) }
                parts += (details.achieved ?? []).map { "[\($0.segment + 1): \($0.goal.reached)]" }
            case .segment, .underrun, .rejected: break
            }
        } else if let event = try? value.decoded(as: Other.self) {
            parts = [event.robot ?? "", event.event == "robot" ? event.state ?? "" : event.event]
            if let frame = event.frame { parts.append("frame \(frame)") }
            if let reason = event.reason ?? event.problem { parts.append(reason) }
        } else {
            parts = [value.text]
        }
        description = parts.joined(separator: "  ")
    }

    /// What events of robots, sources and the journal have in common.
    private struct Other: Decodable {
        var event: String
        var robot: String?
        var state: String?
        var frame: Int64?
        var reason: String?
        var problem: String?
    }
}

extension GoalDescription {
    /// Where an action has led, for people.
    fileprivate var reached: String {
        var parts: [String] = []
        if let distance { parts.append(String(format: "went %.2f m", distance) + (direction.map { " \($0)" } ?? "")) }
        if let turn { parts.append(String(format: "turned %.0f°", turn)) }
        if let steps { parts.append("\(steps) steps") }
        return parts.isEmpty ? "done" : parts.joined(separator: ", ")
    }
}

extension ActionDescription {
    /// What of the words is in doubt; nil when all is clear.
    fileprivate var doubt: String? {
        var parts: [String] = []
        for action in actions ?? [] where action.likeness < 0.8 {
            parts.append(String(format: "%@ is meant? %.0f %% sure", action.action, 100 * action.likeness))
        }
        if let leftOut, !leftOut.isEmpty { parts.append("left out: \(leftOut.joined(separator: " "))") }
        return parts.isEmpty ? nil : "\(text): " + parts.joined(separator: "; ")
    }
}
