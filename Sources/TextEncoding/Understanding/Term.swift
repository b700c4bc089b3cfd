/// What is known of a word by itself, wherever it stands.
struct Term: Sendable {
    /// The word in lower case.
    let text: String
    /// The word without its ending.
    let stem: String
    /// What it does in a clause, unless its neighbours say otherwise.
    let role: Phrase.Role
    /// Share of a content word's weight that it has.
    let share: Float
    /// Whether a number may begin with it.
    let opensNumber: Bool
    /// Whether what stands behind it belongs to it: "at", "into".
    let isPreposition: Bool
    /// Whether it ends what belongs to a preposition: "and".
    let isConjunction: Bool
    /// Whether it is a noun that says no more than the side in front of it: "to the left side".
    let isSideNoun: Bool
    /// Whether it is a unit.
    let isUnit: Bool

    /// Looks a word up.
    init(_ word: String) {
        let stem = Stem.of(word)
        text = word
        self.stem = stem
        role = Self.role(of: word, stem)
        share = Self.share(of: role, stem)
        opensNumber = NumberWords.mayBegin(word)
        isPreposition = Self.prepositions.contains(word) || Self.goals.contains(word)
        isConjunction = Self.conjunctions.contains(word)
        isSideNoun = Self.sideNouns.contains(word)
        isUnit = Self.units.contains(word)
    }

    /// Share of a word that says little.
    static let fillerShare: Float = 0.06

    static func share(of role: Phrase.Role, _ stem: String) -> Float {
        switch role {
        case .content: 1
        case .side, .quantity: 0
        case .manner, .adverb: 0.3
        case .filler: light.contains(stem) ? 0.2 : (pronouns.contains(stem) ? 0.12 : fillerShare)
        }
    }

    private static func role(of word: String, _ stem: String) -> Phrase.Role {
        if let side = sides[word] { return .side(side) }
        if let manner = Manner(word: word) { return .manner(manner) }
        if word.first?.isNumber == true || word == "twice" || word == "thrice" || word == "once" { return .quantity }
        if fillers.contains(stem) || light.contains(stem) { return .filler }
        return word.count > 4 && word.hasSuffix("ly") && !notAdverbs.contains(word) ? .adverb : .content
    }

    // MARK: Words

    /// Prepositions that say where to.
    static let goals: Set = [
        "to", "into", "onto", "toward", "towards", "through", "past", "behind", "beside", "near", "inside", "outside",
        "under", "underneath", "across", "beyond", "until", "till", "via",
    ]
    private static let conjunctions: Set = ["and", "while", "or"]
    private static let prepositions: Set = [
        "at", "for", "with", "like", "as", "from", "of", "by", "about", "against", "in", "on", "over", "around", "if",
        "before", "after", "without", "during", "because", "using",
    ]
    /// Parts of the body with which something is done, behind "with": they say little more than the side in front of them.
    static let instruments = Set(["hand", "arm", "foot", "leg", "fist"].map { Stem.of($0) })
    /// Whom a gesture is for, behind "to", "at" or "for".
    static let addressees: Set<String> = Set(
        """
        camera audience crowd kids kid child children guest guests visitor visitors friend friends people person man woman lady
        gentleman girl boy fans class group team family neighbour neighbor everyone everybody public lens photographer
        spectators passengers viewers players host boss judge judges referee teacher
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })
    /// Where everything is done.
    static let surroundings = Set(
        ["room", "stage", "hall", "place", "scene", "area", "space", "camera", "audience"].map { Stem.of($0) })
    /// What everybody stands on or hears: it is no place of its own.
    static let anywhere: Set<String> = Set(
        """
        room floor ground stage hall carpet grass street field spot place beat music rhythm side front back rear distance
        air wall camera scene area space end way path road line circle step pace
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })

    private static let sideNouns: Set = ["side", "direction", "way"]
    static let notSided: Set = ["now", "away", "there", "here", "where", "after", "before", "then", "over"]
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
        "centimetre", "centimeter", "kilometre", "kilometer", "kilometres", "kilometers", "inch", "rad", "radians",
        "degs",
        "min", "mins",
    ]
    /// Whether one of it is a measure: "a metre", "a second", but not "a time".
    static func isMeasure(_ word: String) -> Bool { units.contains(word) && !word.hasPrefix("time") }

    /// Words that say so little that texts with and without them are alike.
    private static let fillers: Set<String> = Set(
        """
        a an the your his her their its my our this that thes thos of to be you me us it them they he she him some any with
        for at in on and by as i we so very really quite just then ther her here now please all own pair bit littl few
        again from about into onto if while also too across toward towards until till via
        beyond near beside along first afterward using thing something someone somebody one lik through
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })
    /// Whom an action is for; it makes a difference whether there is somebody.
    private static let pronouns: Set = ["me", "us", "him", "her", "them", "someon", "somebody"]
    /// Words that the reader itself knows, besides the lexicon's: they are no mistakes.
    static let structureWords: [String] =
        Array(sides.keys) + Array(units) + Phrase.contractions.keys.filter { !$0.contains("'") } + Manner.allWords
        + ClauseParts.structurePhrases.flatMap { $0 } + Array(Framing.words)
    /// Verbs that leave what is done to other words.
    static let light: Set<String> = Set(
        "do make give perform take have get go try show put let start begin keep move use come pretend act imagine practise practice mime simulate demonstrate execute"
            .split(separator: " ").map { Stem.of(String($0)) })
}
