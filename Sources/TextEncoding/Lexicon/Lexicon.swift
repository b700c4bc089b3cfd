/// The actions that people ask of humanoids, with the ways to say them: what `Lexicon/*.json` holds.
public struct Lexicon: Sendable {
    /// Wordings of one pattern that are kept.
    static let wordingsPerPattern = 96
    /// Wordings that each action needs at least.
    public static let fewestWordings = 30

    /// All actions, family by family.
    public let actions: [LexiconAction]
    /// The words of the hundred most asked actions in other languages, by language code.
    public let languages: [String: LexiconLanguage]
    private let indices: [String: Int]

    /// A lexicon of these actions.
    init(actions: [LexiconAction], languages: [String: LexiconLanguage]) {
        self.actions = actions
        self.languages = languages
        indices = Dictionary(uniqueKeysWithValues: actions.enumerated().map { ($1.name, $0) })
    }

    /// The action of that name.
    public subscript(name: String) -> LexiconAction? { index(of: name).map { actions[$0] } }

    /// Where the action of that name stands.
    func index(of name: String) -> Int? { indices[name] }
}

/// The words of one language that the lexicon knows.
public struct LexiconLanguage: Hashable, Sendable {
    /// Ways to say left.
    var left: [String]
    /// Ways to say right.
    var right: [String]
    /// Ways to say both.
    var both: [String]
    /// Ways to say forward.
    var forward: [String]
    /// Ways to say backward.
    var backward: [String]
    /// Ways to say upward.
    var up: [String]
    /// Ways to say downward.
    var down: [String]
    /// Words that say nothing about the action.
    var ignored: [String]
    /// Words that join one action to the next.
    var then: [String]
    /// Ways to say a manner, by its name.
    var manners: [String: [String]]
    /// Units, by what they measure.
    var units: [String: [String]]
    /// Numbers.
    var numbers: [String: Double]
    /// Ways to say each action, by its name.
    var actions: [String: [String]]
    /// Words for hands and legs.
    var parts: [String: [String]]
}
