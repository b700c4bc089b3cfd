/// What tells or asks something, so that nothing is to be done: "where are you from", "the door is open", "can robots dream".
enum Talk {
    /// Whether words without their frame are talk.
    static func isTalk(_ words: ArraySlice<String>) -> Bool {
        guard let first = words.first else { return false }
        let next = words.dropFirst().first ?? ""
        if openings.contains(first) { return true }
        if modals.contains(first) { return next != first }  // "can can" is a dance
        if first == "do" { return subjects.contains(next) }
        if opinions.contains(first) { return words.count > 1 && !(first == "like" && compared.contains(next)) }
        if first.hasSuffix("ing"), states.contains(next) { return true }  // "dancing is fun"
        return determiners.contains(first) && isStatement(words)
    }

    /// "it is cold in here", but not "it is walking".
    static func isAboutIt(_ words: [String]) -> Bool {
        words.count > 2 && words[0] == "it" && ["is", "was", "looks", "feels", "smells"].contains(words[1])
            && !words[2].hasSuffix("ing") && words[2] != "time" && words[2] != "your"
    }

    /// Words that open a question and no wording of an action.
    static let questions: Set = [
        "are", "is", "am", "was", "were", "did", "does", "who", "whose", "where", "when", "why", "which",
    ]

    /// "the door is open", but not "the left arm is raised".
    private static func isStatement(_ words: ArraySlice<String>) -> Bool {
        guard let verb = words.prefix(5).dropFirst().firstIndex(where: states.contains) else { return false }
        return !words[..<verb].contains(where: BodyPart.isOne)
    }

    private static let openings: Set = [
        "what", "where", "who", "whom", "whose", "when", "why", "which", "how", "is", "are", "was", "were", "did",
        "does", "am", "has", "had", "i", "my", "we", "there", "everyone", "everybody", "nobody", "today", "yesterday",
        "tomorrow",
    ]
    private static let modals: Set = ["can", "could", "will", "would", "should", "may", "might", "shall", "must"]
    private static let subjects: Set = ["you", "we", "they", "i", "people", "robots", "it", "he", "she"]
    private static let opinions: Set = [
        "like", "love", "think", "believe", "know", "guess", "hope", "wonder", "likes", "loves", "thinks", "knows",
    ]
    /// What stands behind "like" where it compares.
    private static let compared: Set = ["a", "an", "the", "you", "your", "this", "that", "someone", "somebody", "in"]
    private static let determiners: Set = [
        "the", "your", "my", "our", "this", "that", "these", "those", "some", "a", "an",
    ]
    private static let states: Set = ["is", "are", "was", "were", "has", "had", "did", "does", "will", "am"]
}

/// Parts of the body.
enum BodyPart {
    static func isOne(_ word: String) -> Bool { singular(of: word) != nil }

    /// "arm" of "arm" and of "arms"; nil for other words.
    static func singular(of word: String) -> String? { singular.contains(word) ? word : plurals[word] }

    /// "arms" of "arm".
    static func plural(of singular: String) -> String { singular == "foot" ? "feet" : singular + "s" }

    private static let singular: Set = [
        "arm", "hand", "leg", "foot", "knee", "elbow", "shoulder", "head", "hip", "wrist", "ankle", "fist", "heel",
        "thigh",
        "forearm", "palm", "toe", "chest", "torso", "chin", "neck", "waist", "back",
    ]
    private static let plurals = Dictionary(uniqueKeysWithValues: singular.map { (plural(of: $0), $0) })
}
