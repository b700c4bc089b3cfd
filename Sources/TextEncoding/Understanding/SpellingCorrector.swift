/// Puts misspelled words right, towards the words of the lexicon.
struct SpellingCorrector: Sendable {
    /// Words shorter than this are left alone: too much lies near them.
    private static let shortest = 4
    /// From this length on two mistakes are forgiven.
    private static let long = 8

    private let known: Set<String>
    private let counts: [String: Int]
    private let english: @Sendable (String) -> Bool
    /// The words of the lexicon by length, the most frequent first.
    private let candidates: [Int: [String]]

    /// - Parameters:
    ///   - words: The lexicon's words with how often each occurs.
    ///   - english: Whether a word is some other word of the language, and so no mistake.
    init(words: [String: Int], english: @escaping @Sendable (String) -> Bool) {
        known = Set(words.keys)
        counts = words
        self.english = english
        let sorted = words.keys.filter { $0.count >= 3 }.sorted { (-(words[$0] ?? 0), $0) < (-(words[$1] ?? 0), $1) }
        candidates = Dictionary(grouping: sorted, by: \.count)
    }

    /// Whether it is a word of the lexicon.
    func knows(_ word: String) -> Bool { known.contains(word) }

    /// Whether it is a word at all.
    func isWord(_ word: String) -> Bool { known.contains(word) || english(word) }

    /// The words that were meant: the word itself, another one, or two that were written as one.
    func corrected(_ word: String) -> [String] {
        guard word.count >= Self.shortest, !known.contains(word), !english(word),
            word.allSatisfy({ $0.isASCII && $0.isLetter })
        else { return [word] }
        let letters = Array(word.utf8)
        if let near = nearest(letters, mistakes: 1) { return [near] }
        for index in word.indices.dropFirst(3) {
            let (first, second) = (String(word[..<index]), String(word[index...]))
            if second.count >= 2, known.contains(first), known.contains(second) { return [first, second] }
        }
        return [word.count >= Self.long ? nearest(letters, mistakes: 2) ?? word : word]
    }

    /// The most frequent word of the lexicon that so many mistakes make of it.
    private func nearest(_ letters: [UInt8], mistakes: Int) -> String? {
        var best: (word: String, count: Int)?
        for length in letters.count - mistakes...letters.count + mistakes {
            // The most frequent comes first.
            let found = (candidates[length] ?? []).first { candidate in
                SpellingDistance.of(letters, Array(candidate.utf8), limit: mistakes) != nil
            }
            if let found, (counts[found] ?? 0) > best?.count ?? -1 { best = (found, counts[found] ?? 0) }
        }
        return best?.word
    }
}
