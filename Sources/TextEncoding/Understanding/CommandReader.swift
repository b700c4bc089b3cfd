#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads what a text asks for: its actions by the lexicon, with sides, numbers, manners, what shall not be done and what
/// shall be done at once.
///
/// Words and structure come first: a clause is compared with all wordings of the lexicon. Where that leaves doubt, its
/// sentence embedding is asked too.
public struct CommandReader: Sendable {
    /// A lexical likeness from which on a clause is one wording of the lexicon, whatever else stands in it.
    private static let sameWords: Float = 0.86
    /// The same for a wording that itself says what is not done.
    private static let sameNegation: Float = 0.72
    /// Least likeness at which a part of a clause counts as an action of its own.
    private static let leastPart = 0.6
    /// Highest likeness of a clause that asks or tells something, or whose words all say little.
    private static let mostOfTalk = 0.3
    /// Most times that an action is done.
    public static let mostTimes = 100

    /// The lexicon.
    public let lexicon: Lexicon
    private let index: LexiconIndex
    private let classifier: ActionClassifier?
    /// Action of each row of the classifier.
    private let rows: [Int?]
    private let spelling: SpellingCorrector
    private let languages: LanguageReader
    /// Names of the actions that can be done; nil asks the lexicon's own status.
    private let learnt: Set<String>?
    private let knows: @Sendable (String) -> Bool

    /// A reader of one lexicon.
    ///
    /// - Parameters:
    ///   - lexicon: The actions and their wordings.
    ///   - classifier: Without one only the words count.
    ///   - learnt: Names of the actions that the weights show; nil for those that the lexicon calls known.
    ///   - knows: Whether the model follows exemplars of a canonical sentence.
    ///   - isEnglish: Whether a word that the lexicon lacks is an English word all the same, and no mistake.
    public init(
        lexicon: Lexicon, classifier: ActionClassifier? = nil, learnt: Set<String>? = nil,
        knows: @escaping @Sendable (String) -> Bool = { _ in false },
        isEnglish: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.lexicon = lexicon
        self.classifier = classifier
        self.learnt = learnt
        self.knows = knows
        index = LexiconIndex(lexicon)
        rows = classifier?.names.map(lexicon.index(of:)) ?? []
        let words = index.vocabulary.merging(Phrase.structureWords.map { ($0, 1) }) { max($0, $1) }
        spelling = SpellingCorrector(words: words, english: isEnglish)
        languages = LanguageReader(lexicon)
    }

    /// Whether an action can be done.
    public func canDo(_ action: LexiconAction) -> Bool {
        action.refusal == nil && (learnt?.contains(action.name) ?? (action.status == .known))
    }

    /// Reads a text. `embed` gives the sentence embedding of a clause; it is asked only where words leave doubt.
    public func read(_ text: String, embed: (String) throws -> [Float]) rethrows -> Understanding {
        if let (language, segments) = languages.read(text) {
            return Understanding(language: language, segments: segments.map(checked))
        }
        if let language = languages.foreign(text, isEnglish: spelling.isWord) {
            let segment = UnderstoodSegment(
                segment: Action(text: text), said: text, actions: [], objection: .language)
            return Understanding(language: language, segments: [segment])
        }
        var segments: [UnderstoodSegment] = []
        let pieces = SegmentSplitter.split(corrected(text))
        for segment in pieces where pieces.count == 1 || !Framing.isFrame(Phrase.words(segment.text)) {
            segments += try read(segment, embed)
        }
        return Understanding(language: "en", segments: segments.map(checked))
    }

    /// The name of the action that a caption or a wording is about, and its side; nil when it is like none.
    public func action(of caption: String, embed: (String) throws -> [Float]) rethrows -> UnderstoodAction? {
        let words = Phrase.words(caption)
        return try action(Phrase(words), words, embed).first { $0.likeness >= UnderstandingPolicy.defaultBound }
    }

    /// A clause as its meaning is asked for: without what only leads up to the action or is polite, numbers and manners.
    public func bareText(_ text: String) -> String { bareText(Phrase(Phrase.words(text))) }

    private func bareText(_ phrase: Phrase) -> String {
        // Nor whom it is for, where that is nobody of the lexicon: "wave to my daughter".
        let strangers = index.strangers(in: phrase)
        return phrase.tokens.filter { token in
            if let preposition = token.preposition, strangers.contains(preposition) { return false }
            return switch token.role {
            case .quantity, .manner: false
            case .content, .side, .filler, .adverb: true
            }
        }.map(\.text).joined(separator: " ")
    }

    /// The text with its misspelled words put right.
    func corrected(_ text: String) -> String {
        var result = ""
        var word = ""
        func endWord() {
            guard !word.isEmpty else { return }
            let meant = spelling.corrected(word.lowercased())
            result += meant == [word.lowercased()] ? word : meant.joined(separator: " ")
            word = ""
        }
        for character in text {
            if character.isLetter && character.isASCII {
                word.append(character)
            } else {
                endWord()
                result.append(character)
            }
        }
        endWord()
        return result
    }

    // MARK: One segment

    private func read(_ segment: Action, _ embed: (String) throws -> [Float]) rethrows -> [UnderstoodSegment] {
        var words = Phrase.words(segment.text)
        var segment = segment
        var isTooMuch = segment.repeats > Self.mostTimes
        if segment.repeats == 1, let (count, index) = Counting.count(in: words) {
            segment.repeats = count
            words.remove(at: index)
            isTooMuch = isTooMuch || count > Self.mostTimes
        }
        let phrase = Phrase(words)
        let whole = try action(phrase, words, embed)
        let best = index.matches(phrase, limit: 1).first
        let isSame = best.map { $0.likeness >= ($0.saysNot ? Self.sameNegation : Self.sameWords) } ?? false
        var parts = ClauseParts(main: words)
        if !isSame { parts = ClauseParts(words) }

        if parts.main.isEmpty, !parts.negated.isEmpty {
            var refused = understood(segment, whole, words)
            refused.objection = .negated
            return [refused]
        }
        var excluded: [String] = []
        for tail in parts.negated {
            excluded += try action(Phrase(tail), tail, embed).prefix(1).filter { $0.likeness >= Self.leastPart }.map(
                \.name)
        }
        func undivided() -> [UnderstoodSegment] {
            let left = self.leftOut(phrase, whole.first)
            return [finished(segment, words, whole.prefix(1) + [], excluded, left, whole, isTooMuch)]
        }
        guard parts.isDivided || !parts.negated.isEmpty else { return undivided() }
        // Several at once: the main clause and what goes with it.
        let main = try action(Phrase(parts.main), parts.main, embed)
        // What is known better as one action than in parts is one.
        guard main.first?.likeness ?? 0 >= min(Self.leastPart, whole.first?.likeness ?? 0) else { return undivided() }
        var actions = Array(main.prefix(1))
        var leftOut = self.leftOut(Phrase(parts.main), main.first)
        for part in parts.meanwhile {
            let found = try action(Phrase(part), part, embed)
            if let best = found.first, best.likeness >= Self.leastPart {
                if !actions.contains(where: { $0.name == best.name }) { actions.append(best) }
            } else {
                leftOut += part
            }
        }
        var later: [[String]] = []
        for part in parts.joined {
            let found = try action(Phrase(part), part, embed)
            guard let best = found.first, best.likeness >= Self.leastPart, (main.first?.likeness ?? 0) >= Self.leastPart
            else { return undivided() }  // No two actions: what was said stays one.
            if goTogether(actions + [best]) { actions.append(best) } else { later.append(part) }
        }
        let first = finished(segment, parts.main, actions, excluded, leftOut, main, isTooMuch)
        return try [first] + later.flatMap { try read(Action(text: $0.joined(separator: " ")), embed) }
    }

    private func finished(
        _ segment: Action, _ words: [String], _ actions: [UnderstoodAction], _ excluded: [String],
        _ leftOut: [String], _ candidates: [UnderstoodAction], _ isTooMuch: Bool
    ) -> UnderstoodSegment {
        var result = understood(segment, candidates, words)
        result.actions = actions
        result.excluded = excluded
        result.leftOut = leftOut
        guard let first = actions.first, let action = lexicon[first.name] else { return result }
        let isTooFar = action.family == "jumps" && Counting.tellsMetres(above: Self.farthestJump, words)
        if isTooMuch || isTooFar || Counting.isTooMuch(Phrase.words(segment.text)) { result.objection = .tooMuch }
        if Self.going.contains(action.family), let number = lexicon.index(of: first.name),
            index.hasUnknownGoal(Phrase(words), of: number)
        {
            result.objection = .place
        }
        let complete = GoalGrammar.completed(segment.goal, words: segment.text, action: action, side: first.side)
        result.segment.goal = complete
        if action.count == .steps, segment.repeats > 1, complete?.steps == nil {
            result.segment.goal = complete ?? MotionGoal()
            result.segment.goal?.steps = segment.repeats
            result.segment.repeats = 1
        }
        if let goal = result.segment.goal, goal.distance == nil, goal.turn == nil, goal.steps == nil {
            result.segment.goal = nil
        }
        result.segment.text = prompt(actions)
        guard action.count == .times, result.segment.goal == nil, actions.count == 1 else { return result }
        let repeats = result.segment.repeats
        if repeats > 1 || words.contains("once") {
            let (plain, single) = (result.segment.text, result.segment.text + Self.times(1))
            if knows(plain + Self.times(repeats)) {
                (result.segment.text, result.segment.repeats) = (plain + Self.times(repeats), 1)
            } else if knows(single) {
                result.segment.text = single
            }
        }
        if result.segment.duration == nil {
            (result.segment.duration, result.segment.isEstimate) = (action.seconds, true)
        }
        return result
    }

    /// Metres that no jump goes, high or far.
    private static let farthestJump = 2.5
    /// Families of actions that may lead to a place.
    private static let going: Set = ["locomotion", "turns", "jumps"]

    /// What a canonical sentence ends with when an action that usually is several in one go, such as claps, is so many.
    public static func times(_ count: Int) -> String { count == 1 ? " once" : " \(count) times" }

    private func understood(
        _ segment: Action, _ candidates: [UnderstoodAction], _ words: [String]
    ) -> UnderstoodSegment {
        UnderstoodSegment(
            segment: segment, said: segment.text, actions: Array(candidates.prefix(1)), nearest: nearest(candidates))
    }

    /// The objections that the lexicon itself has.
    private func checked(_ segment: UnderstoodSegment) -> UnderstoodSegment {
        guard segment.objection == nil else { return segment }
        var segment = segment
        for understood in segment.actions where understood.likeness >= UnderstandingPolicy.defaultBound {
            guard let action = lexicon[understood.name] else { continue }
            switch action.refusal {
            case .dangerous: segment.objection = .dangerous
            case .place: segment.objection = .place
            case .impossible: segment.objection = .impossible
            case nil: if !canDo(action) { segment.objection = .unlearnt }
            }
            if segment.objection != nil { break }
        }
        return segment
    }

    private func nearest(_ candidates: [UnderstoodAction]) -> [String] {
        var found: [String] = []
        for candidate in candidates {
            guard let action = lexicon[candidate.name] else { continue }
            for near in [action] + action.neighbours.compactMap({ lexicon[$0] }) where canDo(near) {
                if !found.contains(near.caption) { found.append(near.caption) }
            }
            if found.count >= 3 { break }
        }
        return Array(found.prefix(3))
    }

    private func leftOut(_ phrase: Phrase, _ action: UnderstoodAction?) -> [String] {
        guard let action, let number = lexicon.index(of: action.name) else { return phrase.tokens.map(\.text) }
        return index.leftOut(phrase, by: number)
    }

    /// Whether actions need different parts of the body, so that they can be done at once.
    private func goTogether(_ actions: [UnderstoodAction]) -> Bool {
        let uses = actions.compactMap { lexicon[$0.name]?.uses }
        return Set(uses).count == uses.count && !uses.contains(.whole)
    }

    /// The sentence for the model.
    private func prompt(_ actions: [UnderstoodAction]) -> String {
        guard let main = actions.first, let first = lexicon[main.name]?.caption(side: main.side) else { return "" }
        let others = actions.dropFirst().compactMap { lexicon[$0.name]?.gerund(side: $0.side) }
        let manner = actions.first?.manner.map { " " + $0.phrase } ?? ""
        return others.isEmpty ? first + manner : "\(first)\(manner) while \(others.joined(separator: " and "))"
    }

    // MARK: One clause

    /// The actions that a clause may mean, the likeliest first.
    private func action(
        _ phrase: Phrase, _ words: [String], _ embed: (String) throws -> [Float]
    ) rethrows -> [UnderstoodAction] {
        let matches = index.matches(phrase)
        var likeness: [Int: Double] = [:]
        let best = matches.first?.likeness ?? 0
        let hasContent = phrase.tokens.contains { if case .content = $0.role { true } else { false } }
        if best >= 0.995 || classifier == nil || words.isEmpty {
            for match in matches {
                likeness[match.action] = Decision.likeness(words: match.likeness, meaning: nil, nothing: 0)
            }
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
                likeness[action] = Decision.likeness(words: words, meaning: meaning[action] ?? 0, nothing: nothing)
            }
        }
        if best < 0.995, phrase.isTalk || !hasContent && phrase.side == nil {
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
}

/// How likely an action is meant, from how alike the words are, how likely the meaning is and how likely it is no action: a
/// logistic function whose numbers were chosen on sentences that are not judged, so that texts of nothing are refused and
/// paraphrases are not (`Documentation/understanding.md` has the figures).
enum Decision {
    /// A likeness of words from which on they are the same.
    private static let same: Float = 0.995

    static func likeness(words: Float, meaning: Float?, nothing: Float) -> Double {
        if words >= same { return 1 }
        // Without a classifier the words alone decide.
        guard let meaning else { return Double(max(0, min(0.99, (words - 0.45) / 0.5))) }
        let logit = -5 + 5.5 * words + 6 * meaning - 3 * nothing
        return Double(1 / (1 + expf(-logit)))
    }
}
