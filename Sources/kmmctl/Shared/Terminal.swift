import Foundation

/// Colours and progress, where a person looks on.
enum Terminal {
    /// A colour of the terminal.
    enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case grey = 90
    }

    /// Whether the standard output is a terminal that shall have colours (https://no-color.org).
    static let hasColours =
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// The text in a colour, where there are colours.
    static func paint(_ text: String, _ colour: Colour?) -> String {
        guard hasColours, let colour else { return text }
        return "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
    }

    /// The state of a command or a robot in the colour that it has on the dashboard.
    static func state(_ state: String) -> String {
        switch state {
        case "playing", "done", "ready": paint(state, .green)
        case "ramping", "stopping", "generating", "queued": paint(state, .yellow)
        case "halted", "failed", "expired", "interrupted": paint(state, .red)
        case "cancelled", "preempted": paint(state, .grey)
        default: paint(state, .blue)
        }
    }

    /// Clears the screen for a new picture of how things are.
    static func clear() { if isatty(STDOUT_FILENO) == 1 { print("\u{1b}[H\u{1b}[2J", terminator: "") } }
}
