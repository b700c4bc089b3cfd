/// What shall happen first, which the robot cannot know: "jump when I say go", "clap if you are happy".
enum Condition {
    static func isTold(_ words: [String]) -> Bool {
        let bare = Framing.unframed(words)
        if bare.contains(where: days.contains) { return true }
        if zip(bare, bare.dropFirst()).contains(where: {
            ["on", "next", "every"].contains($0) && weekdays.contains($1)
        }) {
            return true
        }
        if bare.indices.contains(where: { isHour(bare, at: $0) }) { return true }
        return bare.indices.dropFirst().contains { index in
            guard openings.contains(bare[index]), bare[index - 1] != "as", index + 2 < bare.count,
                subjects.contains(bare[index + 1])
            else { return false }
            // "nod when you clap" is at once.
            return !(bare[index] == "when" && MotionVerb.lookUp(bare[index + 2]) != nil && bare[index + 1] == "you")
        }
    }

    /// "at 8 pm", "at noon".
    private static func isHour(_ words: [String], at index: Int) -> Bool {
        guard words[index] == "at", let next = words[(index + 1)...].first else { return false }
        return ["noon", "midnight"].contains(next)
            || next.first?.isNumber == true && ["am", "pm", "oclock"].contains(words[(index + 2)...].first ?? "")
    }

    private static let days: Set = ["tomorrow", "tonight", "yesterday"]
    private static let weekdays: Set = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    private static let openings: Set = ["if", "when", "whenever", "unless", "every", "each"]
    private static let subjects: Set = [
        "you", "i", "we", "he", "she", "it", "they", "the", "a", "an", "someone", "somebody", "anyone", "anybody", "my",
        "your", "everyone", "people", "there", "time",
    ]
}
