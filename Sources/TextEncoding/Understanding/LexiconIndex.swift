#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// All wordings of the lexicon as weighed words, to find the actions whose wordings are most like a clause.
struct LexiconIndex: Sendable {
    /// An action that may be meant.
    struct Match: Hashable, Sendable {
        /// Index of the action.
        var action: Int
        /// How alike the clause and the action's nearest wording are: 1 for the same words.
        var likeness: Float
        /// Whether the nearest wording itself says what is not done, as "walk without moving forward".
        var saysNot = false
    }

    /// Weight of a word that the lexicon does not hold.
    private static let unknownWeight: Float = 1.2
    /// The same of one behind a preposition, as whom something is for, and of an adverb.
    private static let (adjunctWeight, adverbWeight): (Float, Float) = (0.6, 0.3)
    /// What remains of a likeness when all words stand in another order.
    private static let shuffledShare: Float = 0.93
    /// What remains of it when the text tells a side and the action has none.
    private static let sidelessShare: Float = 0.92
    /// What remains of it when the wording tells a side and the text does not.
    private static let openSideShare: Float = 0.97
    /// What a word counts that the action knows, though not in this wording.
    private static let elsewhereShare: Float = 0.7
    /// What remains of a likeness that meaning tells, when the verb or its object is none of the action's.
    private static let (strangeVerbShare, strangeObjectShare) = (0.65, 0.7)
    private static let oppositeShare = 0.5
    /// Share of a content word's weight from which on a word tells something.
    private static let tellingShare: Float = 0.2

    private let ids: [String: Int]
    private let weights: [Float]
    /// Wordings in which each word occurs.
    private let postings: FlatLists
    private let wordingActions: [Int32]
    private let wordingWeights: [Float]
    /// The words of each wording in their order.
    private let sequences: FlatLists
    private let saysNot: [Bool]
    private let isSided: [Bool]
    private let tellsSide: [Bool]
    /// The actions that know each word, in their order.
    private let knowing: [[Int32]]
    private let actionCount: Int
    /// Whether each action is done with things of any kind.
    private let takesThings: [Bool]
    private let isRefused: [Bool]
    private let isDance: [Bool]
    /// How often each word of the lexicon occurs, as it is written.
    let vocabulary: [String: Int]

    init(_ lexicon: Lexicon) {
        let wordings = WordingTable(lexicon)
        let rarest = Float(lexicon.actions.count).logarithm
        let weights = wordings.knowing.map { actions in
            0.35 + 0.65 * (rarest - Float(actions.count).logarithm) / rarest
        }
        let negations = Set(["without", "not"].compactMap { wordings.ids[$0] }.map(Int32.init))
        var wordingWeights: [Float] = []
        var saysNot: [Bool] = []
        wordingWeights.reserveCapacity(wordings.actions.count)
        saysNot.reserveCapacity(wordings.actions.count)
        for number in wordings.actions.indices {
            let words = wordings.words(of: number)
            wordingWeights.append(words.reduce(0) { $0 + weights[Int($1.id)] * $1.share })
            saysNot.append(words.contains { negations.contains($0.id) })
        }
        ids = wordings.ids
        self.weights = weights
        postings = wordings.postings()
        knowing = wordings.knowing
        vocabulary = wordings.vocabulary
        actionCount = lexicon.actions.count
        isRefused = lexicon.actions.map { $0.refusal != nil }
        isDance = lexicon.actions.map { $0.name == "dance" }
        takesThings = lexicon.actions.map { ["handling", "sports"].contains($0.family) || $0.refusal != nil }
        wordingActions = wordings.actions
        sequences = wordings.orders
        self.saysNot = saysNot
        tellsSide = wordings.tellsSide
        isSided = lexicon.actions.map { $0.sidedCaption != nil }
        self.wordingWeights = wordingWeights
    }

    /// The actions whose wordings are most like the clause, the best first.
    func matches(_ phrase: Phrase, limit: Int = 8) -> [Match] {
        var words: [(id: Int?, weight: Float, isTelling: Bool)] = []
        var seen: Set<String> = []
        for token in phrase.tokens where token.share > 0 && seen.insert(token.stem).inserted {
            let id = ids[token.stem]
            let weight = token.share * (id.map { weights[$0] } ?? Self.unknownWeight(of: token))
            words.append((id, weight, token.share >= Self.tellingShare))
        }
        let total = words.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return [] }
        var matched = [Float](repeating: 0, count: wordingActions.count)
        var touched: [Int32] = []
        var elsewhere = [Float](repeating: 0, count: actionCount)
        // Words that say little stand in most wordings: they count in those that have one of the others.
        let hasTelling = words.contains { $0.isTelling && $0.id != nil }
        for word in words.sorted(by: { $0.isTelling && !$1.isTelling }) {
            guard let id = word.id else { continue }
            for wording in postings[id] {
                if matched[Int(wording)] == 0 {
                    if hasTelling, !word.isTelling { continue }
                    touched.append(wording)
                }
                matched[Int(wording)] += word.weight
            }
            for action in knowing[id] { elsewhere[Int(action)] += word.weight }
        }
        let sequence = words.compactMap { $0.id.map(Int32.init) }
        let isSideTold = phrase.side != nil
        var best = [(likeness: Float, wording: Int)](repeating: (0, 0), count: actionCount)
        for wording in touched {
            let number = Int(wording)
            let action = Int(wordingActions[number])
            let hit = matched[number]
            let precision = (hit + Self.elsewhereShare * (elsewhere[action] - hit)) / total
            let recall = min(hit / max(wordingWeights[number], 1e-6), 1)
            var likeness = min(2 * precision * recall / max(precision + recall, 1e-6), 1)
            if isSideTold, !isSided[action] { likeness *= Self.sidelessShare }
            if !isSideTold, tellsSide[number] { likeness *= Self.openSideShare }
            guard likeness > best[action].likeness else { continue }
            likeness *= Self.shuffledShare + (1 - Self.shuffledShare) * Self.order(of: sequence, in: sequences[number])
            if likeness > best[action].likeness { best[action] = (likeness, number) }
        }
        let order = best.indices.filter { best[$0].likeness > 0 }
            .sorted { (-best[$0].likeness, $0) < (-best[$1].likeness, $1) }
        return order.prefix(limit).map {
            Match(action: $0, likeness: best[$0].likeness, saysNot: saysNot[best[$0].wording])
        }
    }

    private static func unknownWeight(of token: Phrase.Token) -> Float {
        if case .adverb = token.role { return adverbWeight }
        return token.preposition == nil ? unknownWeight : adjunctWeight
    }

    /// The share of the words that both sequences hold which follow one another the same way in both.
    private static func order(of words: [Int32], in wording: ArraySlice<Int32>) -> Float {
        let places = words.compactMap { wording.firstIndex(of: $0) }
        guard places.count > 1 else { return 1 }
        let rising = zip(places, places.dropFirst()).filter { $0 < $1 }.count
        return Float(rising) / Float(places.count - 1)
    }

    /// The words of the clause that an action knows in none of its wordings.
    func leftOut(_ phrase: Phrase, by action: Int) -> [String] {
        phrase.tokens.filter { token in
            switch token.role {
            case .content, .adverb: !isKnown(token, to: action)
            default: false
            }
        }.map(\.text)
    }

    private func isKnown(_ token: Phrase.Token, to action: Int) -> Bool {
        ids[token.stem].map { knowing[$0].contains(Int32(action)) } ?? false
    }

    /// What remains of an action's likeness where it does not know the verb of a clause, which the lexicon does, or what that
    /// verb is about: "jump the queue" is no jump, and "touch your ear" no listening.
    func share(of phrase: Phrase, knownTo action: Int) -> Double {
        let content = phrase.tokens.prefix { $0.preposition == nil }
            .filter { if case .content = $0.role { true } else { false } }
        guard let verb = content.first, !phrase.tokens.contains(where: { $0.text == "like" || $0.text == "as" }) else {
            return 1
        }
        var share = isOpposite(phrase, of: action) ? Self.oppositeShare : 1
        if ids[verb.stem] != nil, !isKnown(verb, to: action) { share *= Self.strangeVerbShare }
        let isAboutSomething = content.dropFirst().contains { token in
            !isKnown(token, to: action) && !BodyPart.isOne(token.text) && !Trimming.describing.contains(token.text)
        }
        if isAboutSomething, !takesThings[action] { share *= Self.strangeObjectShare }
        return share
    }

    /// The phrase without content words that the lexicon does not hold, but for the first, the verb.
    func withoutStrangers(_ phrase: Phrase) -> Phrase {
        var isVerb = true
        return phrase.keeping { token in
            guard case .content = token.role else { return true }
            defer { isVerb = false }
            return isVerb || ids[token.stem] != nil || token.preposition != nil
        }
    }

    /// Whether an action is done with things of any kind, or in any way that has a name.
    func takesAnything(_ action: Int) -> Bool { takesThings[action] && !isRefused[action] || isDance[action] }

    /// Whether a clause says the opposite of what an action is known by: "thumbs down" is no thumbs up.
    func isOpposite(_ phrase: Phrase, of action: Int) -> Bool {
        let words = Set(phrase.tokens.map(\.stem))
        return phrase.tokens.contains { token in
            guard let other = Self.opposites[token.stem], !words.contains(other), !isKnown(token, to: action) else {
                return false
            }
            return ids[other].map { knowing[$0].contains(Int32(action)) } ?? false
        }
    }

    private static let opposites = [
        "up": "down", "down": "up", "forward": "backward", "backward": "forward", "open": "clos", "clos": "open",
        "front": "back", "back": "front", "fast": "slow", "push": "pull", "pull": "push",
    ]

    /// Prepositions behind which somebody or something stands that the lexicon does not know.
    func strangers(in phrase: Phrase) -> Set<String> {
        let unknown = phrase.tokens.filter { token in
            if case .content = token.role { ids[token.stem] == nil } else { false }
        }
        return Set(unknown.compactMap(\.preposition)).intersection(Self.addressing)
    }

    /// Prepositions that say whom an action is for.
    private static let addressing: Set = ["to", "at", "for", "with", "toward", "towards"]

    /// Whether the clause says where to go, and that is a place which the action does not know: "to the red car".
    func hasUnknownGoal(_ phrase: Phrase, of action: Int) -> Bool {
        phrase.tokens.contains { token in
            guard case .content = token.role, let preposition = token.preposition else { return false }
            return Term.goals.contains(preposition) && token.text != preposition
                && !Term.anywhere.contains(token.stem)
                && !isKnown(token, to: action)
        }
    }

    /// The share of a clause's content words that the lexicon holds.
    func knownShare(_ phrase: Phrase) -> Float {
        let content = phrase.tokens.filter { if case .content = $0.role { true } else { false } }
        guard !content.isEmpty else { return 0 }
        return Float(content.filter { ids[$0.stem] != nil }.count) / Float(content.count)
    }
}

extension Float {
    fileprivate var logarithm: Float { logf(self) }
}
