/// The words of a clause as the reader weighs them.
struct Phrase {
    /// What a word does in a clause.
    enum Role: Hashable, Sendable {
        /// It may tell of an action.
        case content
        /// It tells the side.
        case side(BodySide)
        /// It tells how.
        case manner(Manner)
        /// It tells how, in a way that no manner stands for: "politely".
        case adverb
        /// A number, or the unit behind one.
        case quantity
        /// It says little.
        case filler
    }

    struct Token {
        var text: String
        var stem: String
        var role: Role
        /// Share of a content word's weight that it has.
        var share: Float
        /// The preposition that it stands behind, as "crowd" in "wave to the crowd".
        var preposition: String?
        /// Whether it says with what, for whom or where in the room something is done.
        var isAdjunct = false
    }

    private(set) var tokens: [Token]
    /// Whether it asks or tells something, as "where are you from", "I am tired": nothing is to be done.
    let isTalk: Bool
    /// Whether it is a question by its first word, whatever the others are.
    let isQuestion: Bool
    private var preposition: String?

    /// The words of a text in lower case: letters, digits and apostrophes; hyphens part words.
    static func words(_ text: String) -> [String] {
        if let words = plainWords(text) { return words }
        var words: [String] = []
        var word = ""
        for character in text.lowercased() {
            if character.isLetter || character.isNumber || (character == "." && word.last?.isNumber == true) {
                word.append(character)
            } else if character == "'" || character == "’" {
                word.append("'")
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.flatMap { word -> [String] in
            if let parts = contractions[word] { return parts }
            let plain = word.hasSuffix(".") ? String(word.dropLast()) : word
            if plain.hasSuffix("'s") { return [String(plain.dropLast(2))] }
            return plain.isEmpty ? [] : [plain.filter { $0 != "'" }].filter { !$0.isEmpty }
        }
    }

    /// The words of a wording of the lexicon, with "left" where a side is said.
    static func words(ofWording text: String) -> [String] {
        plainWords(text, side: "left") ?? words(text.replacing("{side}", with: "left"))
    }

    /// The same of a text of plain small letters, quickly: all wordings of the lexicon are read when a program starts.
    private static func plainWords(_ text: String, side: String? = nil) -> [String]? {
        var words: [String] = []
        var word: [UInt8] = []
        func endWord() {
            guard !word.isEmpty else { return }
            let text = String(decoding: word, as: UTF8.self)
            words += contractions[text] ?? [text]
            word.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): word.append(byte)
            case UInt8(ascii: " "), UInt8(ascii: "-"): endWord()
            case UInt8(ascii: "{") where side != nil: endWord()
            case UInt8(ascii: "}"):
                guard let side else { return nil }
                word = Array(side.utf8)
                endWord()
            default: return nil
            }
        }
        endWord()
        return words
    }

    /// Reads the words of a clause, without what only leads up to an action or is polite.
    init(_ words: [String]) {
        self.init(words) { Term($0) }
    }

    /// The same with what is already known of words.
    init(_ words: [String], lookUp: (String) -> Term) {
        let bare = Framing.unframed(words)
        isTalk = Talk.isTalk(bare[...]) || Talk.isAboutIt(words)
        isQuestion = bare.first.map(Talk.questions.contains) ?? false
        tokens = []
        tokens.reserveCapacity(bare.count)
        var index = 0
        while index < bare.count {
            let term = lookUp(bare[index])
            if let length = Phrase.mannerLength(bare[index...]) {
                for word in bare[index..<index + length] {
                    append(lookUp(word), Manner(word: word, isAdjective: true).map(Role.manner) ?? .filler)
                }
                index += length
                continue
            }
            if term.opensNumber, let (_, count) = NumberWords.leadingNumber(of: bare[index...]),
                !["a", "an"].contains(term.text) || count > 1
                    || index + 1 < bare.count && Term.isMeasure(bare[index + 1])
            {
                for word in bare[index..<index + count] { append(lookUp(word), .quantity) }
                index += count
                if index < bare.count, case let unit = lookUp(bare[index]), unit.isUnit {
                    append(unit, .quantity)
                    index += 1
                }
                continue
            }
            // "to the left side" says no more than "to the left".
            if case .side? = tokens.last?.role, term.isSideNoun {
                append(term, .filler)
            } else if term.text == "right", index + 1 < bare.count, Term.notSided.contains(bare[index + 1]) {
                append(term, .filler)  // "right now", "right over there": no side
            } else {
                append(term, term.role)
            }
            index += 1
        }
    }

    private mutating func append(_ term: Term, _ role: Role) {
        if term.isPreposition {
            preposition = tokens.isEmpty ? nil : term.text
        } else if term.isConjunction {
            preposition = nil
        }
        let isAdjunct = role == .content && preposition.map { Self.isAdjunct(term.stem, behind: $0) } ?? false
        let share =
            isAdjunct ? Self.adjunctShare : role == term.role ? term.share : Term.share(of: role, term.stem)
        tokens.append(
            Token(
                text: term.text, stem: term.stem, role: role, share: share, preposition: preposition,
                isAdjunct: isAdjunct))
    }

    /// Share of a word that says so.
    private static let adjunctShare: Float = 0.1

    private static func isAdjunct(_ stem: String, behind preposition: String) -> Bool {
        switch preposition {
        case "with", "using": Term.instruments.contains(stem)
        case "to", "at", "for": Term.addressees.contains(stem)
        case "across", "on", "in", "over", "around", "through": Term.surroundings.contains(stem)
        default: false
        }
    }

    /// The only side that is told; nil for none or both.
    var side: BodySide? {
        let sides = Set(tokens.compactMap { if case .side(let side) = $0.role { side } else { nil } })
        return sides.count == 1 ? sides.first : nil
    }

    /// The first manner that is told.
    var manner: Manner? {
        for token in tokens { if case .manner(let manner) = token.role { return manner } }
        return nil
    }

    /// The phrase with some of its words.
    func keeping(_ isKept: (Token) -> Bool) -> Phrase {
        var phrase = self
        phrase.tokens = tokens.filter(isKept)
        return phrase
    }

    /// The phrase without words that only tell how, adverbs and adjectives of size and taste, and without a light verb in front
    /// of a noun: "make a funny little jump" is a jump.
    var plain: Phrase {
        var phrase = self
        phrase.tokens.removeAll { token in
            switch token.role {
            case .manner, .adverb: true
            case .content: Trimming.describing.contains(token.text)
            case .side, .quantity, .filler: false
            }
        }
        let hasContent = phrase.tokens.contains { if case .content = $0.role { true } else { false } }
        if hasContent, let first = phrase.tokens.first, Self.making.contains(first.text) { phrase.tokens.removeFirst() }
        return phrase
    }

    private static let making: Set = [
        "make", "makes", "do", "does", "give", "gives", "perform", "performs", "show", "shows",
    ]

    /// The words with directions as the lexicon says them: "to the front" is forward.
    static func directions(_ words: [String]) -> [String] {
        guard words.count > 2, let to = words.firstIndex(of: "to") else { return words }
        for (phrase, direction) in toDirections where words[to...].starts(with: phrase) {
            return words[..<to] + [direction] + words[(to + phrase.count)...]
        }
        return words
    }

    private static let toDirections = [
        (["to", "the", "front"], "forward"), (["to", "front"], "forward"), (["to", "the", "rear"], "backward"),
        (["to", "back"], "backward"), (["to", "forward"], "forward"),
    ]

    // MARK: Roles

    /// The length of "in a happy way", "in an angry mood" at the beginning of the words; nil for other manners, which may be
    /// what an action is known by.
    private static func mannerLength(_ words: ArraySlice<String>) -> Int? {
        guard words.first == "in" else { return nil }
        let words = Array(words.prefix(4))
        guard words.count == 4, ["a", "an"].contains(words[1]),
            ["way", "manner", "mood", "fashion", "style"].contains(words[3]),
            Manner(word: words[2], isAdjective: true) != nil || plainManners.contains(words[2])
        else { return nil }
        return 4
    }

    private static let plainManners: Set = [
        "feminine", "masculine", "active", "youthful", "musical", "unconfident", "casual", "normal", "natural",
        "relaxed",
    ]

    static let contractions: [String: [String]] = [
        "don't": ["do", "not"], "dont": ["do", "not"], "doesn't": ["do", "not"], "can't": ["can", "not"],
        "won't": ["will", "not"], "let's": ["let", "us"], "i'd": ["i", "would"], "i'm": ["i", "am"],
        "you're": ["you", "are"], "you've": ["you", "have"], "it's": ["it", "is"], "that's": ["that", "is"],
        "he's": ["he", "is"], "she's": ["she", "is"], "what's": ["what", "is"], "cannot": ["can", "not"],
        "gonna": ["going", "to"], "wanna": ["want", "to"], "didn't": ["did", "not"], "isn't": ["is", "not"],
        "counter": ["counter"], "pls": ["please"], "plz": ["please"], "u": ["you"], "ur": ["your"],
    ]
}
