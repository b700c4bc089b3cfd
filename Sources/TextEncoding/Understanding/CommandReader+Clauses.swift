#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What one clause means: by its words where they are clear, else by its sentence embedding too.
extension CommandReader {
    /// A lexical likeness from which on words are clear, and how far ahead of all other actions' it has to be.
    private static let (clearWords, clearLead): (Float, Float) = (0.93, 0.06)
    /// The likeness of an action whose words are clear, of a clause that also says how or why in other words.
    private static let trimmedLikeness = 0.85
    /// The likeness of an action that is done with some thing which the lexicon does not hold.
    private static let anythingLikeness = 0.7
    /// A lexical likeness of a whole clause from which on nothing of it is left out, where the action knows all its words.
    private static let knownWhole: Float = 0.8
    /// Highest likeness of a clause that asks or tells something, or whose words all say little.
    private static let mostOfTalk = 0.3

    /// The actions that a clause may mean, the likeliest first.
    func actions(_ words: [String], _ embed: (String) throws -> [Float]) rethrows -> [UnderstoodAction] {
        let phrase = Phrase(words)
        return try actions(phrase, index.matches(phrase), embed)
    }

    /// What a clause says when the thing that it is done with, which the lexicon does not hold, is anything: "throw a frisbee"; and
    /// which dance it is: "dance the hokey pokey".
    private func withAnything(_ phrase: Phrase, _ matches: [LexiconIndex.Match]) -> [UnderstoodAction]? {
        guard !phrase.isTalk, matches.first?.likeness ?? 0 < Self.clearWords else { return nil }
        let bare = index.withoutStrangers(phrase)
        guard bare.tokens.count < phrase.tokens.count else { return nil }
        let found = index.matches(bare)
        guard let first = found.first, isClear(found), index.takesAnything(first.action) else { return nil }
        return found.enumerated().map { number, match in
            let action = lexicon.actions[match.action]
            return UnderstoodAction(
                name: action.name, likeness: number == 0 ? Self.anythingLikeness : Double(match.likeness) / 2,
                side: action.slots.contains(.side) ? phrase.side : nil,
                manner: action.slots.contains(.manner) ? phrase.manner : nil)
        }
    }

    /// What a clause says when how and why are left out, where that is clear and the whole is not: "walk as if you were late".
    private func trimmed(_ phrase: Phrase, _ matches: [LexiconIndex.Match]) -> [UnderstoodAction]? {
        guard !phrase.isTalk else { return nil }
        let words = phrase.tokens.map(\.text)
        let (core, trimming) = Trimming.part(words) ?? (words, [])
        let bare = Phrase(core).plain
        guard bare.tokens.count < phrase.tokens.count else { return nil }
        let found = index.matches(bare)
        let best = matches.first?.likeness ?? 0
        guard let first = found.first, isClear(found), best < Self.clearWords || first.likeness >= Decision.same,
            first.likeness > best
        else { return nil }
        // "walk with a swagger" is more than a walk, where the lexicon knows all its words as one action.
        if !trimming.isEmpty, let whole = matches.first, whole.action != first.action,
            whole.likeness >= Self.knownWhole, index.leftOut(phrase, by: whole.action).isEmpty
        {
            return nil
        }
        let manner = phrase.manner ?? Trimming.manner(trimming)
        return found.enumerated().map { number, match in
            let action = lexicon.actions[match.action]
            return UnderstoodAction(
                name: action.name, likeness: number == 0 ? Self.trimmedLikeness : Double(match.likeness) / 2,
                side: action.slots.contains(.side) ? bare.side ?? phrase.side : nil,
                manner: action.slots.contains(.manner) ? manner : nil)
        }
    }

    /// The same of a clause whose words were compared with the lexicon's.
    func actions(
        _ phrase: Phrase, _ matches: [LexiconIndex.Match], _ embed: (String) throws -> [Float]
    ) rethrows -> [UnderstoodAction] {
        var likeness: [Int: Double] = [:]
        let best = matches.first?.likeness ?? 0
        let hasContent = phrase.tokens.contains { if case .content = $0.role { true } else { false } }
        if best < Decision.same, let trimmed = trimmed(phrase, matches) { return trimmed }
        if best >= Decision.same || classifier == nil || phrase.tokens.isEmpty {
            for match in matches {
                likeness[match.action] = Decision.likeness(words: match.likeness, meaning: nil, nothing: 0)
            }
        } else if isClear(matches) {
            for (number, match) in matches.enumerated() {
                likeness[match.action] = Decision.likeness(
                    words: match.likeness, meaning: number == 0 ? Decision.clearMeaning : 0, nothing: 0)
            }
        } else if let anything = withAnything(phrase, matches) {
            return anything
        } else if let classifier {
            let probabilities = classifier.probabilities(try embed(bareText(phrase)))
            let nothing = zip(classifier.names, probabilities).first { $0.0 == ActionClassifier.nothing }?.1 ?? 0
            var meaning: [Int: Float] = [:]
            for (row, probability) in zip(rows, probabilities) {
                if let row { meaning[row] = probability }
            }
            let likely = meaning.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(5).map(\.key)
            for action in Set(matches.map(\.action) + likely) {
                let words = matches.first { $0.action == action }?.likeness ?? 0
                let found = Decision.likeness(words: words, meaning: meaning[action] ?? 0, nothing: nothing)
                likeness[action] = found * index.share(of: phrase, knownTo: action)
            }
        }
        let isTalk = phrase.isTalk || !hasContent && phrase.side == nil
        if phrase.isQuestion || best < Decision.same && isTalk {
            likeness = likeness.mapValues { min($0, Self.mostOfTalk) }
        }
        let same = Dictionary(matches.map { ($0.action, $0.likeness) }) { $1 }
        let order = likeness.sorted {
            (-$0.value, -(same[$0.key] ?? 0), $0.key) < (-$1.value, -(same[$1.key] ?? 0), $1.key)
        }
        return order.map { number, likeness in
            let action = lexicon.actions[number]
            return UnderstoodAction(
                name: action.name, likeness: likeness, side: action.slots.contains(.side) ? phrase.side : nil,
                manner: action.slots.contains(.manner) ? phrase.manner : nil)
        }
    }

    /// Whether words alone tell the action: its meaning is not asked for.
    func isClear(_ matches: [LexiconIndex.Match]) -> Bool {
        guard let best = matches.first?.likeness else { return false }
        return best >= Decision.same
            || best >= Self.clearWords && best - (matches.dropFirst().first?.likeness ?? 0) >= Self.clearLead
    }
}

/// How likely an action is meant, from how alike the words are, how likely the meaning is and how likely it is no action: a
/// logistic function whose numbers were chosen on sentences that are not judged, so that texts of nothing are refused and
/// paraphrases are not (`Documentation/understanding.md` has the figures).
enum Decision {
    /// A likeness of words from which on they are the same.
    static let same: Float = 0.995
    /// How likely the meaning is taken to be where words alone are clear.
    static let clearMeaning: Float = 0.9

    static func likeness(words: Float, meaning: Float?, nothing: Float) -> Double {
        if words >= same { return 1 }
        // Without a classifier the words alone decide.
        guard let meaning else { return Double(max(0, min(0.99, (words - 0.45) / 0.5))) }
        let logit = -5 + 5.5 * words + 6 * meaning - 3 * nothing
        return Double(1 / (1 + expf(-logit)))
    }
}
