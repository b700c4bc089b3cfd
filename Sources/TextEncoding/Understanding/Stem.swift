/// Words without their endings, so that "waves", "waving" and "wave" are one: a light stemmer, the same for texts and lexicon.
enum Stem {
    /// The stem of a word in lower case.
    static func of(_ word: String) -> String {
        var letters = Array(word.utf8)
        guard letters.count > 3, letters.allSatisfy({ $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }) else {
            return irregular[word] ?? word
        }
        if let known = irregular[word] { return known }
        if ends(letters, "ies"), letters.count > 4 {
            letters.removeLast(3)
            letters.append(UInt8(ascii: "y"))
        } else if ends(letters, "ing"), letters.count > 5, hasVowel(letters.dropLast(3)) {
            letters.removeLast(3)
            undouble(&letters)
        } else if ends(letters, "ed"), letters.count > 4, hasVowel(letters.dropLast(2)) {
            letters.removeLast(2)
            undouble(&letters)
        } else if ends(letters, "es"),
            ["s", "x", "z", "ch", "sh", "o"].contains(where: { ends(letters.dropLast(2), $0) })
        {
            letters.removeLast(2)
        } else if letters.last == UInt8(ascii: "s"), !ends(letters, "ss"), !ends(letters, "us") {
            letters.removeLast()
        }
        if letters.last == UInt8(ascii: "e"), letters.count > 3 { letters.removeLast() }
        return String(decoding: letters, as: UTF8.self)
    }

    private static func ends(_ letters: some BidirectionalCollection<UInt8>, _ ending: String) -> Bool {
        letters.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }

    private static func hasVowel(_ letters: some Sequence<UInt8>) -> Bool {
        letters.contains { "aeiouy".utf8.contains($0) }
    }

    /// "running" leaves "runn": one of the two goes, but "rolling" keeps both as "roll" does.
    private static func undouble(_ letters: inout [UInt8]) {
        guard letters.count > 2, let last = letters.last, letters[letters.count - 2] == last,
            !"lsz".utf8.contains(last), !"aeiou".utf8.contains(last)
        else { return }
        letters.removeLast()
    }

    private static let irregular = [
        "feet": "foot", "arms": "arms", "hands": "hands", "legs": "legs", "knees": "knee", "lying": "lie",
        "lies": "lie", "lay": "lie", "lays": "lie", "laying": "lie",
        "tying": "tie", "ties": "tie", "is": "be", "are": "be", "was": "be", "has": "have", "does": "do", "goes": "go",
        "forwards": "forward", "backwards": "backward", "sidewards": "sideway", "sideways": "sideway",
        "upwards": "upward", "downwards": "downward", "towards": "toward", "afterwards": "afterward",
        "clothes": "clothes", "pants": "pants", "tired": "tired", "bored": "bored", "crossed": "cross", "gave": "giv",
        "doing": "do", "going": "go", "being": "be", "sat": "sit", "stood": "stand", "ran": "run", "fell": "fall",
        "threw": "throw", "took": "tak", "went": "go",
        "during": "during", "evening": "evening", "morning": "morning", "ceiling": "ceiling", "something": "something",
        "anything": "anything", "nothing": "nothing", "everything": "everything", "shoes": "shoe", "toes": "toe",
        "biceps": "bicep", "dance": "danc", "moustache": "moustache", "metre": "met", "meter": "met",
    ]
}
