/// The daemon's names for commands: `c-000001` and on.
public enum CommandName {
    /// The name of the command with that number.
    public static func text(_ number: Int64) -> String {
        let digits = String(number)
        return "c-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// The number in a name; nil when the text is no such name.
    public static func number(_ text: String) -> Int64? {
        guard text.hasPrefix("c-"), text.utf8.count >= 8 else { return nil }
        return Int64(text.dropFirst(2)).flatMap { $0 > 0 ? $0 : nil }
    }
}
