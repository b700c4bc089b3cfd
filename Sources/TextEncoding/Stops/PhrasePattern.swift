/// A phrase in a small notation: `(a|b)` one of the words, `[a|b]` one of them or none, `%doing` a word such as "walking",
/// `%number` a number, `*` all words to the end of the clause.
struct PhrasePattern {
    private enum Part {
        case word(Set<String>, isOptional: Bool)
        case doing
        case number
        case rest
    }

    private let parts: [Part]

    init(_ notation: String) {
        parts = notation.split(separator: " ").map { part in
            switch part {
            case "%doing": return .doing
            case "%number": return .number
            case "*": return .rest
            default:
                let words = part.filter { !"()[]".contains($0) }.split(separator: "|").map(String.init)
                return .word(Set(words), isOptional: part.hasPrefix("["))
            }
        }
    }

    /// Patterns of a table, one a line.
    static func table(_ lines: String) -> [PhrasePattern] {
        lines.split(whereSeparator: \.isNewline).map { .init(String($0)) }
    }

    /// How many words the phrase takes from the beginning of `words`, the most that it can; nil when they do not begin with it.
    func match(_ words: ArraySlice<String>) -> Int? { match(parts[...], words) }

    private func match(_ parts: ArraySlice<Part>, _ words: ArraySlice<String>) -> Int? {
        guard let part = parts.first else { return 0 }
        let rest = parts.dropFirst()
        func taking(_ count: Int) -> Int? { match(rest, words.dropFirst(count)).map { $0 + count } }
        switch part {
        case .word(let wanted, let isOptional):
            if let word = words.first, wanted.contains(word), let count = taking(1) { return count }
            return isOptional ? match(rest, words) : nil
        case .doing: return words.first.map(PhrasePattern.isDoing) == true ? taking(1) : nil
        case .number:
            return NumberWords.leadingNumber(of: words).flatMap { taking($0.count) }
        case .rest: return words.count
        }
    }

    /// "walking", "dancin", but no "thing".
    private static func isDoing(_ word: String) -> Bool {
        if let verb = MotionVerb.lookUp(word) { return verb.form == .gerund }
        return word.count > 4 && word.hasSuffix("ing") && !things.contains(word)
    }

    private static let things: Set = [
        "thing", "something", "anything", "nothing", "everything", "string", "spring", "swing", "sling", "ceiling",
        "building", "railing", "morning", "evening", "wedding", "clothing", "king", "ring", "wing", "painting",
        "opening",
    ]
}
