/// What stands in front of the first action of a text and asks for nothing: whom it speaks to, and why.
///
/// "hello robbie, wave", "because it is cold, rub your hands", "we are stuck, so walk on the spot", "my knee hurts. Sit down!"
struct Preamble {
    /// Whether the lexicon holds a word.
    var isKnown: (String) -> Bool
    /// Whether words are clearly an action.
    var isAction: ([String]) -> Bool

    /// The text without it.
    func removed(from text: String) -> String {
        let pieces = Self.pieces(of: text)
        guard pieces.count > 1 else { return text }
        var kept = ""
        var isBehindReason = false
        for (number, piece) in pieces.enumerated() {
            var words = Phrase.words(String(piece.text))
            if isBehindReason, words.first == "so" { words.removeFirst() }
            let isLast = pieces[(number + 1)...].allSatisfy { Phrase.words(String($0.text)).isEmpty }
            if !isLast, !words.isEmpty, leadsUp(words) {
                isBehindReason = true
                continue
            }
            let rest = isBehindReason ? Self.withoutSo(piece.text) : piece.text
            kept += rest + piece.end
            isBehindReason = isBehindReason && words.isEmpty
        }
        return kept
    }

    private func leadsUp(_ words: [String]) -> Bool {
        if Self.reasons.contains(where: words.starts(with:)) { return true }
        if let first = words.first, Self.conditions.contains(first) { return false }
        if let first = words.first, ["to", "for"].contains(first), words.count > 1 {
            // "for two seconds, …" says how long, "to the left, …" where.
            if first == "to" { return !Self.articles.contains(words[1]) }
            return !words.contains { NumberWords.mayBegin($0) && !["a", "an"].contains($0) } && !isAction(words)
        }
        if words.first == "as", let subject = words.dropFirst().first, Self.others.contains(subject) { return true }
        if Phrase(words).isTalk { return true }
        if isAction(words) { return false }
        if let first = words.first, Self.greetings.contains(first), words.count <= 3 { return true }
        if words.count == 1, let name = words.first, !isKnown(name) || Framing.isPerson(name),
            name.first?.isLetter == true
        {
            return true
        }
        return false
    }

    private static let reasons: [[String]] = [
        ["because"], ["since"], ["so", "that"], ["in", "order", "to"], ["now", "that"], ["seeing", "that"],
        ["given", "that"], ["just", "because"], ["cause"], ["cos"],
    ]
    private static let others: Set = ["it", "i", "we", "there", "everyone", "everybody", "nobody"]
    private static let greetings: Set = [
        "hello", "hi", "hey", "ok", "okay", "dear", "yo", "alright", "good", "listen", "greetings", "well", "great",
        "nice",
        "thanks", "cool", "perfect", "attention", "your", "excellent", "bravo", "welcome",
        "quick", "careful",
    ]
    private static let conditions: Set = ["when", "if", "whenever", "while", "until", "unless"]
    private static let articles: Set = ["the", "your", "my", "a", "an", "this", "that", "left", "right"]

    private static func withoutSo(_ text: Substring) -> Substring {
        let rest = text.drop(while: \.isWhitespace)
        return rest.lowercased().hasPrefix("so ") ? rest.dropFirst(3) : rest
    }

    /// The text parted at its marks, each with the one behind it.
    private static func pieces(of text: String) -> [(text: Substring, end: Substring)] {
        var pieces: [(text: Substring, end: Substring)] = []
        var start = text.startIndex
        for index in text.indices where ",:;!?.\n–—".contains(text[index]) {
            guard index >= start else { continue }
            let next = text.index(after: index)
            let isInside = next < text.endIndex && !text[next].isWhitespace && ".,:".contains(text[index])
            // "1. wave": the number of a list.
            let isNumber =
                !text[start..<index].isEmpty && text[start..<index].allSatisfy { $0.isNumber || $0.isWhitespace }
            if isInside || isNumber { continue }
            pieces.append((text[start..<index], text[index..<next]))
            start = next
        }
        pieces.append((text[start...], text[text.endIndex...]))
        return pieces
    }
}
