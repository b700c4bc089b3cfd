/// How something is done, as adverbs tell it.
public enum Manner: String, Hashable, Sendable, CaseIterable {
    /// Slowly.
    case slow
    /// Fast.
    case fast
    /// Happily.
    case happy
    /// Sadly.
    case sad
    /// Angrily.
    case angry
    /// Tiredly.
    case tired
    /// Proudly.
    case proud
    /// As old people do.
    case old
    /// Deep.
    case deep
    /// Quietly.
    case quiet
    /// Carefully.
    case careful

    /// The manner of an adverb, or of an adjective where such may stand.
    init?(word: String, isAdjective: Bool = false) {
        guard let manner = Self.words[word] ?? (isAdjective ? Self.adjectives[word] : nil) else { return nil }
        self = manner
    }

    private static let adjectives: [String: Manner] = [
        "happy": .happy, "cheerful": .happy, "joyful": .happy, "angry": .angry, "furious": .angry, "tired": .tired,
        "exhausted": .tired, "weary": .tired, "proud": .proud, "confident": .proud, "old": .old, "quiet": .quiet,
        "careful": .careful, "cautious": .careful, "gentle": .careful,
    ]

    /// What a caption says at its end.
    public var phrase: String {
        switch self {
        case .slow: "slowly"
        case .fast: "quickly"
        case .deep: "deeply"
        case .quiet: "quietly"
        case .careful: "carefully"
        case .old: "like an old person"
        case .happy, .sad, .tired, .proud: "in a \(rawValue) way"
        case .angry: "in an angry way"
        }
    }

    /// The manner whose tempo comes nearest: slow, fast, or none of the two.
    public var tempo: Manner? {
        switch self {
        case .slow, .sad, .tired, .old, .quiet, .careful: .slow
        case .fast, .angry: .fast
        case .happy, .proud, .deep: nil
        }
    }

    static var allWords: [String] { Array(words.keys) }

    private static let words: [String: Manner] = {
        var words: [String: Manner] = [:]
        func add(_ manner: Manner, _ list: String) {
            for word in list.split(separator: " ") { words[String(word)] = manner }
        }
        add(.slow, "slow slowly gradually unhurriedly leisurely leisure sluggishly slower")
        add(.fast, "fast quick quickly rapidly swiftly briskly hastily hurriedly speedily faster rapid brisk swift")
        add(.happy, "happily cheerfully joyfully merrily gladly")
        add(.sad, "sad sadly unhappily gloomily")
        add(.angry, "angrily furiously aggressively")
        add(.tired, "tiredly wearily")
        add(.proud, "proudly confidently boldly")
        add(.old, "elderly")
        add(.deep, "deeply deep")
        add(.quiet, "quietly silently softly")
        add(.careful, "carefully cautiously gently")
        return words
    }()
}
