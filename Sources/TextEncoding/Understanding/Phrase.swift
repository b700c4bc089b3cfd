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
        var share: Float {
            switch role {
            case .content: 1
            case .side, .quantity: 0
            case .manner: 0.3
            case .filler: Phrase.light.contains(stem) ? 0.2 : (Phrase.pronouns.contains(stem) ? 0.12 : 0.06)
            }
        }
    }

    private(set) var tokens: [Token]

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
        let bare = Phrase.unframed(words)
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
            append(word, Phrase.role(of: word, before: index + 1 < bare.count ? bare[index + 1] : ""))
            index += 1
        }
    }

    private mutating func append(_ word: String, _ role: Role) {
        tokens.append(Token(text: word, stem: Stem.of(word), role: role))
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
        if let side = sides[word] { return .side(side) }
        if let manner = Manner(word: word) { return .manner(manner) }
        if word.first?.isNumber == true || word == "twice" || word == "thrice" || word == "once" { return .quantity }
        return fillers.contains(Stem.of(word)) || light.contains(Stem.of(word)) ? .filler : .content
    }

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
        again from about into onto if while also too thing something someone somebody one lik through
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })
    /// Whom an action is for; it makes a difference whether there is somebody.
    private static let pronouns: Set = ["me", "us", "him", "her", "them", "someon", "somebody"]
    /// Words that the reader itself knows, besides the lexicon's: they are no mistakes.
    static let structureWords: [String] =
        Array(sides.keys) + Array(units) + contractions.keys.filter { !$0.contains("'") } + Manner.allWords
        + (openings + closings + ClauseParts.structurePhrases).flatMap { $0 } + Array(people) + Array(auxiliaries)
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

    // MARK: What only leads up to an action

    private static func unframed(_ words: [String]) -> [String] {
        var rest = words[...]
        var isChanging = true
        while isChanging, rest.count > 1 {
            isChanging = false
            for opening in openings where rest.count > opening.count && rest.starts(with: opening) {
                rest = rest.dropFirst(opening.count)
                isChanging = true
            }
            for closing in closings
            where rest.count > closing.count && rest.suffix(closing.count).elementsEqual(closing) {
                rest = rest.dropLast(closing.count)
                isChanging = true
            }
            if let length = subjectLength(rest), length < rest.count {
                rest = rest.dropFirst(length)
                isChanging = true
            }
        }
        return Array(rest)
    }

    /// How many words a subject takes that the words begin with: "a tall person is", "the robot should".
    private static func subjectLength(_ words: ArraySlice<String>) -> Int? {
        var index = words.startIndex
        if index < words.endIndex, articles.contains(words[index]) {
            guard let noun = words.prefix(4).firstIndex(where: people.contains) else { return nil }
            index = noun
        }
        guard index < words.endIndex, people.contains(words[index]) else { return nil }
        // "robot dance" is a dance.
        if index == words.startIndex, words[index] == "robot", words.count < 3 { return nil }
        index += 1
        while index < words.endIndex, auxiliaries.contains(words[index]) { index += 1 }
        return index - words.startIndex
    }

    private static let articles: Set = ["a", "an", "the", "this", "that", "our", "your", "some", "one"]
    private static let people: Set = [
        "person", "man", "woman", "guy", "girl", "boy", "human", "figure", "robot", "character", "actor", "somebody",
        "someone", "he", "she", "they", "it", "humanoid", "android", "dude", "machine", "sim", "people", "subject",
        "bot",
        "lady", "gentleman", "player", "individual",
    ]
    private static let auxiliaries: Set = [
        "is", "are", "should", "shall", "must", "will", "can", "then", "to", "has", "starts", "begins", "needs", "who",
        "that", "now", "slowly", "just",
    ]
    private static let openings = phrases(
        """
        please;kindly;could you;can you;would you;will you;can we;i would like you to;i want you to;i need you to;
        i would like to see you;i want to see you;i would like him to;let us;let him;let her;let it;let the robot;now;ok;
        okay;hey;hi;hello;just;go ahead and;go on and;try to;you should;you must;you can;you have to;you need to;
        make him;make her;make it;make the robot;have him;have her;have the robot;get the robot to;get him to;show us how to;
        show me how to;show me how you;show us how you;show how to;how about you;why do not you;why not;would you mind;
        do me a favour and;do me a favor and;be so kind and;be so kind as to;then;and;so;well;next;first;finally;lastly;
        afterwards;start to;begin to;proceed to;continue to;i command you to;your task is to;the command is;time to;it is time to;
        you are to;you;start by;begin by;simply;quickly now;alright;all right;right now;i say;attempt to;maybe;perhaps;once more;
        can i see you;may i see you;could i see you;i ask you to;we need you to;we want you to;you may;feel free to;remember to;be sure to;
        make sure you;make sure to
        """)
    private static let closings = phrases(
        """
        please;now;right now;right away;for me;for us;will you;would you;could you;can you;ok;okay;thanks;thank you;
        thank you very much;if you can;if possible;if you please;immediately;a bit;a little;a little bit;for a bit;
        for a while;for a moment;for a second;again;once again;once more;my friend;mate;buddy;quickly please;
        in front of me;as well;too;and that is it;and nothing else;would you please;will you please;the whole time;all the time;
        if you would;if you like;when you are ready;when ready;you know;in a row
        """)

    private static func phrases(_ text: String) -> [[String]] {
        text.split(separator: ";").map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
            .filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    }
}
