/// The words of a clause as the reader weighs them.
struct Phrase {
    /// What a word does in a clause.
    enum Role {
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
        /// The preposition that it stands behind, as "crowd" in "wave to the crowd".
        var preposition: String?

        /// Share of a content word's weight that it has.
        var share: Float {
            switch role {
            case .content: 1
            case .side, .quantity: 0
            case .manner, .adverb: 0.3
            case .filler: Phrase.light.contains(stem) ? 0.2 : (Phrase.pronouns.contains(stem) ? 0.12 : 0.06)
            }
        }
    }

    private(set) var tokens: [Token]
    /// Whether it asks or tells something, as "where are you from", "I am tired": nothing is to be done.
    let isTalk: Bool
    private var preposition: String?

    /// The words of a text in lower case: letters, digits and apostrophes; hyphens part words.
    static func words(_ text: String) -> [String] {
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

    /// Reads the words of a clause, without what only leads up to an action or is polite.
    init(_ words: [String]) {
        let bare = Framing.unframed(words)
        isTalk = bare.first.map(Phrase.talk.contains) ?? false
        tokens = []
        var index = 0
        while index < bare.count {
            let word = bare[index]
            if let length = Phrase.mannerLength(bare[index...]) {
                for word in bare[index..<index + length] {
                    append(word, Manner(word: word, isAdjective: true).map(Role.manner) ?? .filler)
                }
                index += length
                continue
            }
            if let (_, count) = NumberWords.leadingNumber(of: bare[index...]), !["a", "an"].contains(word) || count > 1
            {
                for word in bare[index..<index + count] { append(word, .quantity) }
                index += count
                if index < bare.count, Phrase.units.contains(bare[index]) {
                    append(bare[index], .quantity)
                    index += 1
                }
                continue
            }
            // "to the left side" says no more than "to the left".
            if case .side? = tokens.last?.role, Phrase.sideNouns.contains(word) {
                append(word, .filler)
            } else {
                append(word, Phrase.role(of: word, before: index + 1 < bare.count ? bare[index + 1] : ""))
            }
            index += 1
        }
    }

    private mutating func append(_ word: String, _ role: Role) {
        if Phrase.prepositions.contains(word) || Phrase.goals.contains(word) {
            preposition = tokens.isEmpty ? nil : word
        } else if ["and", "while", "or"].contains(word) {
            preposition = nil
        }
        tokens.append(Token(text: word, stem: Stem.of(word), role: role, preposition: preposition))
    }

    /// Prepositions that say where to.
    static let goals: Set = [
        "to", "into", "onto", "toward", "towards", "through", "past", "behind", "beside", "near", "inside", "outside",
        "under", "underneath", "across", "beyond", "until", "till", "via",
    ]
    private static let prepositions: Set = [
        "at", "for", "with", "like", "as", "from", "of", "by", "about", "against", "in", "on", "over", "around", "if",
        "before", "after", "without", "during", "because",
    ]
    /// What everybody stands on or hears: it is no place of its own.
    static let anywhere: Set<String> = Set(
        """
        room floor ground stage hall carpet grass street field spot place beat music rhythm side front back rear distance
        air wall camera scene area space end way path road line circle step pace
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })

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

    // MARK: Roles

    /// The length of "in a happy way", "in an angry mood" at the beginning of the words; nil for other manners, which may be
    /// what an action is known by.
    private static func mannerLength(_ words: ArraySlice<String>) -> Int? {
        let words = Array(words.prefix(4))
        guard words.count == 4, words[0] == "in", ["a", "an"].contains(words[1]),
            ["way", "manner", "mood", "fashion", "style"].contains(words[3]),
            Manner(word: words[2], isAdjective: true) != nil || plainManners.contains(words[2])
        else { return nil }
        return 4
    }

    private static let plainManners: Set = [
        "feminine", "masculine", "active", "youthful", "musical", "unconfident", "casual", "normal", "natural",
        "relaxed",
    ]

    private static func role(of word: String, before next: String) -> Role {
        if let side = sides[word] {
            // "right now", "right over there": no side.
            return word == "right" && !next.isEmpty && notSided.contains(next) ? .filler : .side(side)
        }
        if let manner = Manner(word: word) { return .manner(manner) }
        if word.first?.isNumber == true || word == "twice" || word == "thrice" || word == "once" { return .quantity }
        if fillers.contains(Stem.of(word)) || light.contains(Stem.of(word)) { return .filler }
        return word.count > 4 && word.hasSuffix("ly") && !notAdverbs.contains(word) ? .adverb : .content
    }

    private static let talk: Set = [
        "what", "where", "who", "whom", "whose", "when", "why", "which", "how", "is", "are", "was", "were", "did",
        "does",
        "am", "has", "had", "i", "my", "we",
    ]
    private static let sideNouns: Set = ["side", "direction", "way"]
    private static let notSided: Set = ["now", "away", "there", "here", "where", "after", "before", "then", "over"]
    private static let notAdverbs: Set = [
        "belly", "family", "butterfly", "bully", "jelly", "reply", "apply", "supply", "rally", "ugly", "silly",
        "assembly",
        "friendly", "jolly", "dragonfly", "firefly", "gully", "anomaly", "italy", "curly", "woolly", "elderly",
    ]

    private static let sides: [String: BodySide] = [
        "left": .left, "leftward": .left, "leftwards": .left, "counterclockwise": .left, "anticlockwise": .left,
        "right": .right, "rightward": .right, "rightwards": .right, "clockwise": .right,
    ]
    private static let units: Set = [
        "m", "metre", "metres", "meter", "meters", "cm", "km", "centimetres", "centimeters", "degree", "degrees", "deg",
        "second", "seconds", "s", "sec", "secs", "minute", "minutes", "time", "times", "inches", "yards", "yard",
    ]
    /// Words that say so little that texts with and without them are alike.
    private static let fillers: Set<String> = Set(
        """
        a an the your his her their its my our this that thes thos of to be you me us it them they he she him some any with
        for at in on and by as i we so very really quite just then ther her here now please all own pair bit littl few
        again from about into onto if while also too across toward towards until till via
        beyond near beside along thing something someone somebody one lik through
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })
    /// Whom an action is for; it makes a difference whether there is somebody.
    private static let pronouns: Set = ["me", "us", "him", "her", "them", "someon", "somebody"]
    /// Words that the reader itself knows, besides the lexicon's: they are no mistakes.
    static let structureWords: [String] =
        Array(sides.keys) + Array(units) + contractions.keys.filter { !$0.contains("'") } + Manner.allWords
        + ClauseParts.structurePhrases.flatMap { $0 } + Array(Framing.words)
    /// Verbs that leave what is done to other words.
    static let light: Set<String> = Set(
        "do make give perform take have get go try show put let start begin keep move use come pretend act imagine practise practice"
            .split(separator: " ").map { Stem.of(String($0)) })
    private static let contractions: [String: [String]] = [
        "don't": ["do", "not"], "dont": ["do", "not"], "doesn't": ["do", "not"], "can't": ["can", "not"],
        "won't": ["will", "not"], "let's": ["let", "us"], "i'd": ["i", "would"], "i'm": ["i", "am"],
        "you're": ["you", "are"], "you've": ["you", "have"], "it's": ["it", "is"], "that's": ["that", "is"],
        "he's": ["he", "is"], "she's": ["she", "is"], "what's": ["what", "is"], "cannot": ["can", "not"],
        "gonna": ["going", "to"], "wanna": ["want", "to"], "didn't": ["did", "not"], "isn't": ["is", "not"],
        "counter": ["counter"], "pls": ["please"], "plz": ["please"], "u": ["you"], "ur": ["your"],
    ]
}
