/// Puts misspelled words right, towards the words that it knows.
///
/// A mistake is one letter too many, missing, wrong or swapped with its neighbour (Damerau's distance, Comm. ACM 7:3, 1964).
struct SpellingCorrector: Sendable {
    /// Words shorter than this are left alone: too much lies near them.
    private static let shortest = 4
    /// Words from this length on are known with two mistakes in them.
    private static let long = 8

    private let known: Set<String>
    private let counts: [String: Int]
    private let english: @Sendable (String) -> Bool
    /// The known words by length, the most frequent first.
    private let candidates: [Int: [Candidate]]

    private struct Candidate: Sendable {
        let letters: [UInt8]
        /// The letters that stand in it, as bits.
        let alphabet: UInt32

        init(_ letters: [UInt8]) {
            self.letters = letters
            alphabet = letters.reduce(0) { $0 | 1 << UInt32($1 & 31) }
        }
    }

    /// - Parameters:
    ///   - words: The words that may be meant with how often each occurs.
    ///   - english: Whether a word is some other word of the language, and so no mistake.
    init(words: [String: Int], english: @escaping @Sendable (String) -> Bool) {
        known = Set(words.keys)
        counts = words
        self.english = english
        let sorted = words.keys.filter { $0.count >= 3 }.sorted { (-(words[$0] ?? 0), $0) < (-(words[$1] ?? 0), $1) }
        candidates = Dictionary(grouping: sorted.map { Candidate(Array($0.utf8)) }, by: \.letters.count)
    }

    /// Whether it is a word at all.
    func isWord(_ word: String) -> Bool { known.contains(word) || english(word) }

    /// The words that were meant: the word itself, another one, or two that were written as one.
    func corrected(_ word: String) -> [String] {
        // "clapp" is a surname too.
        if word.count > Self.shortest, !known.contains(word), word.last == word.dropLast().last,
            known.contains(String(word.dropLast()))
        {
            return [String(word.dropLast())]
        }
        // "wlk" and "jmp" leave vowels out.
        let shortest = word.contains(where: "aeiouy".contains) ? Self.shortest : Self.shortest - 1
        guard word.count >= shortest, !known.contains(word), !english(word),
            word.allSatisfy({ $0.isASCII && $0.isLetter })
        else { return [word] }
        if let near = nearest(to: word, mistakes: 1) { return [near] }
        for index in word.indices.dropFirst(3) {
            let (first, second) = (String(word[..<index]), String(word[index...]))
            if second.count >= 2, known.contains(first), known.contains(second) { return [first, second] }
        }
        return [nearest(to: word, mistakes: 2) ?? word]
    }

    /// The known word that at most so many mistakes make of this one: the nearest; of several one with the same first
    /// letter, which is seldom wrong, and of these the most frequent.
    func nearest(to word: String, mistakes: Int = 2) -> String? {
        let letters = Array(word.utf8)
        let alphabet = Candidate(letters).alphabet
        var best: (word: [UInt8], cost: (Int, Int, Int))?
        for length in max(letters.count - mistakes, 1)...letters.count + mistakes {
            let limit = min(mistakes, length < Self.long ? 1 : 2)
            // A mistake puts one letter out of the alphabet and one into it at most.
            for known in candidates[length] ?? [] where (known.alphabet ^ alphabet).nonzeroBitCount <= 2 * limit {
                let candidate = known.letters
                guard let distance = SpellingDistance.of(letters, candidate, limit: limit) else { continue }
                let count = counts[String(decoding: candidate, as: UTF8.self)] ?? 0
                let cost = (distance, candidate.first == letters.first ? 0 : 1, -count)
                if best.map({ cost < $0.cost }) ?? true { best = (candidate, cost) }
            }
        }
        return best.map { String(decoding: $0.word, as: UTF8.self) }
    }
}
