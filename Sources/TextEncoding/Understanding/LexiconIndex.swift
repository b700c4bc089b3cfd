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

    private let ids: [String: Int]
    private let weights: [Float]
    /// Wordings in which each word occurs.
    private let postings: [[Int32]]
    private let wordingActions: [Int32]
    private let wordingWeights: [Float]
    /// The words of each wording in their order.
    private let sequences: [[Int32]]
    private let saysNot: [Bool]
    private let isSided: [Bool]
    private let tellsSide: [Bool]
    /// The actions that know each word.
    private let knowing: [Set<Int32>]
    private let actionCount: Int
    /// How often each word of the lexicon occurs, as it is written.
    let vocabulary: [String: Int]

    init(_ lexicon: Lexicon) {
        var ids: [String: Int] = [:]
        var vocabulary: [String: Int] = [:]
        var bags: [(action: Int32, words: [Int: Float], order: [Int32], tellsSide: Bool)] = []
        var knowing: [Set<Int32>] = []
        for (number, action) in lexicon.actions.enumerated() {
            var known: Set<[Int32]> = []
            for wording in action.imperatives + action.phrases + [action.caption] {
                let words = Phrase.words(wording.replacing("{side}", with: "left"))
                for word in words { vocabulary[word, default: 0] += 1 }
                var bag: [Int: Float] = [:]
                var order: [Int32] = []
                for token in Phrase(words).tokens where token.share > 0 {
                    let id = ids[token.stem] ?? ids.count
                    if id == ids.count {
                        ids[token.stem] = id
                        knowing.append([])
                    }
                    knowing[id].insert(Int32(number))
                    bag[id] = token.share
                    order.append(Int32(id))
                }
                let tellsSide = wording.contains("{side}")
                if !bag.isEmpty, known.insert(order + [tellsSide ? 1 : 0]).inserted {
                    bags.append((Int32(number), bag, order, tellsSide))
                }
            }
        }
        let rarest = Float(lexicon.actions.count).logarithm
        let weights = knowing.map { actions in
            0.35 + 0.65 * (rarest - Float(actions.count).logarithm) / rarest
        }
        var postings: [[Int32]] = Array(repeating: [], count: ids.count)
        for (number, bag) in bags.enumerated() {
            for id in bag.words.keys { postings[id].append(Int32(number)) }
        }
        self.ids = ids
        self.weights = weights
        self.postings = postings
        self.knowing = knowing
        self.vocabulary = vocabulary
        actionCount = lexicon.actions.count
        wordingActions = bags.map(\.action)
        sequences = bags.map(\.order)
        let negations = Set(["without", "not"].compactMap { ids[$0] }.map(Int32.init))
        saysNot = bags.map { !negations.isDisjoint(with: $0.order) }
        tellsSide = bags.map(\.tellsSide)
        isSided = lexicon.actions.map { $0.sidedCaption != nil }
        wordingWeights = bags.map { bag in
            bag.words.sorted { $0.key < $1.key }.reduce(0) { $0 + weights[$1.key] * $1.value }
        }
    }

    /// The actions whose wordings are most like the clause, the best first.
    func matches(_ phrase: Phrase, limit: Int = 8) -> [Match] {
        var words: [(id: Int?, weight: Float)] = []
        var seen: Set<String> = []
        for token in phrase.tokens where token.share > 0 && seen.insert(token.stem).inserted {
            let id = ids[token.stem]
            words.append((id, token.share * (id.map { weights[$0] } ?? Self.unknownWeight(of: token))))
        }
        let total = words.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return [] }
        var matched = [Float](repeating: 0, count: wordingActions.count)
        var touched: [Int32] = []
        var elsewhere = [Float](repeating: 0, count: actionCount)
        for (id, weight) in words {
            guard let id else { continue }
            for wording in postings[id] {
                if matched[Int(wording)] == 0 { touched.append(wording) }
                matched[Int(wording)] += weight
            }
            for action in knowing[id] { elsewhere[Int(action)] += weight }
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
    private static func order(of words: [Int32], in wording: [Int32]) -> Float {
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
            return Phrase.goals.contains(preposition) && token.text != preposition
                && !Phrase.anywhere.contains(token.stem)
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
