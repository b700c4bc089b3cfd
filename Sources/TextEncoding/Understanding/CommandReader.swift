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
    /// Most times that an action is done.
    public static let mostTimes = 100

    /// The lexicon.
    public let lexicon: Lexicon
    let index: LexiconIndex
    let classifier: ActionClassifier?
    /// Action of each row of the classifier.
    let rows: [Int?]
    private let spelling: SpellingCorrector
    private let languages: LanguageReader
    /// Names of the actions that can be done; nil asks the lexicon's own status.
    private let learnt: Set<String>?
    private let knows: @Sendable (String) -> Bool

    /// A reader of one lexicon.
    public init(
        lexicon: Lexicon, classifier: ActionClassifier? = nil, learnt: Set<String>? = nil,
        knows: @escaping @Sendable (String) -> Bool = { _ in false },
        isEnglish: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.init(
            LexiconTables(lexicon), classifier: classifier, learnt: learnt, knows: knows, isEnglish: isEnglish)
    }

    /// A reader of one lexicon whose tables are made.
    ///
    /// - Parameters:
    ///   - tables: The actions and their wordings.
    ///   - classifier: Without one only the words count.
    ///   - learnt: Names of the actions that the weights show; nil for those that the lexicon calls known.
    ///   - knows: Whether the model follows exemplars of a canonical sentence.
    ///   - isEnglish: Whether a word that the lexicon lacks is an English word all the same, and no mistake.
    public init(
        _ tables: LexiconTables, classifier: ActionClassifier? = nil, learnt: Set<String>? = nil,
        knows: @escaping @Sendable (String) -> Bool = { _ in false },
        isEnglish: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        lexicon = tables.lexicon
        self.classifier = classifier
        self.learnt = learnt
        self.knows = knows
        index = tables.index
        languages = tables.languages
        rows = classifier?.names.map(lexicon.index(of:)) ?? []
        let words = index.vocabulary.merging(Term.structureWords.map { ($0, 1) }) { max($0, $1) }
        spelling = SpellingCorrector(words: words, english: isEnglish)
    }

    /// Whether an action can be done.
    public func canDo(_ action: LexiconAction) -> Bool {
        guard action.handPose == nil else { return action.refusal == nil }
        return action.refusal == nil && (learnt?.contains(action.name) ?? (action.status == .known))
    }

    /// Reads a text. `embed` gives the sentence embedding of a clause; it is asked only where words leave doubt.
    public func read(_ text: String, embed: (String) throws -> [Float]) rethrows -> Understanding {
        if Self.isCode(text) {
            let segment = UnderstoodSegment(segment: Action(text: text), said: text, actions: [], objection: .unlike)
            return Understanding(language: "other", segments: [segment])
        }
        if let (language, segments) = languages.read(text) {
            return Understanding(language: language, segments: segments.map(checked))
        }
        if let language = languages.foreign(text, isKnown: { index.vocabulary[$0] != nil }, isEnglish: spelling.isWord)
        {
            let segment = UnderstoodSegment(
                segment: Action(text: text), said: text, actions: [], objection: .language)
            return Understanding(language: language, segments: [segment])
        }
        var segments: [UnderstoodSegment] = []
        let preamble = Preamble(
            isKnown: { index.vocabulary[$0] != nil }, isAction: { isClear(index.matches(Phrase($0))) })
        let pieces = SegmentSplitter.split(preamble.removed(from: corrected(text)))
        var before: [String] = []
        for segment in pieces where pieces.count == 1 || !Framing.isFrame(Phrase.words(segment.text)) {
            var segment = segment
            let words = Phrase.words(segment.text)
            let resolved = BackReference.resolved(words, before: before)
            if resolved != words { segment.text = resolved.joined(separator: " ") }
            before = resolved
            segments += try read(segment, embed)
        }
        return Understanding(language: "en", segments: Self.withoutNegated(segments).map(checked))
    }

    /// Whether a text is written for machines: JSON, a command of a shell, an address.
    private static func isCode(_ text: String) -> Bool {
        let plain = text.replacing("->", with: " ").utf8
        return plain.contains { "{}<>|=$\\`".utf8.contains($0) } || text.contains("()") || text.contains("://")
    }

    /// Without those that only say what not to do, where others say what to do: "don't jump, just squat".
    private static func withoutNegated(_ segments: [UnderstoodSegment]) -> [UnderstoodSegment] {
        guard segments.contains(where: { $0.objection != .negated }) else { return segments }
        let negated = segments.filter { $0.objection == .negated }.flatMap(\.excluded)
        return segments.filter { $0.objection != .negated }.map { segment in
            var segment = segment
            segment.excluded += negated.filter { name in
                !segment.excluded.contains(name) && !segment.actions.contains { $0.name == name }
            }
            return segment
        }
    }

    /// The name of the action that a caption or a wording is about, and its side; nil when it is like none.
    public func action(of caption: String, embed: (String) throws -> [Float]) rethrows -> UnderstoodAction? {
        try actions(Phrase.words(caption), embed).first { $0.likeness >= UnderstandingPolicy.defaultBound }
    }

    /// A clause as its meaning is asked for: without what only leads up to the action or is polite, numbers and manners.
    public func bareText(_ text: String) -> String { bareText(Phrase(Phrase.words(text))) }

    func bareText(_ phrase: Phrase) -> String {
        // Nor whom it is for, where that is nobody of the lexicon: "wave to my daughter".
        let adjuncts = Set(phrase.tokens.filter(\.isAdjunct).compactMap(\.preposition))
        let strangers = index.strangers(in: phrase).union(adjuncts)
        return phrase.tokens.filter { token in
            if case .side = token.role { return true }
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
            if character.isLetter {
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
        var words = Phrase.directions(Phrase.words(segment.text))
        var segment = segment
        var isTooMuch = segment.repeats > Self.mostTimes
        if segment.repeats == 1, let (count, place) = Counting.count(in: words) {
            segment.repeats = count
            words.removeSubrange(place)
            isTooMuch = isTooMuch || count > Self.mostTimes
        }
        let reason = Trimming.reason(in: words)
        words.removeLast(reason.count)
        let phrase = Phrase(words)
        let matches = index.matches(phrase)
        let isWording = matches.first.map { isSame($0, phrase) } ?? false
        let parts = isWording ? ClauseParts(main: words) : ClauseParts(words)

        if parts.main.isEmpty, !parts.negated.isEmpty {
            var refused = understood(segment, try actions(phrase, matches, embed), words)
            refused.objection = .negated
            for tail in parts.negated { refused.excluded += try actions(tail, embed).prefix(1).map(\.name) }
            return [refused]
        }
        var excluded: [String] = []
        for tail in parts.negated {
            excluded += try actions(tail, embed).prefix(1).filter { $0.likeness >= Self.leastPart }.map(\.name)
        }
        func undivided(_ whole: [UnderstoodAction]) -> [UnderstoodSegment] {
            let left = self.leftOut(phrase, whole.first)
            return [finished(segment, words, whole.prefix(1) + [], excluded, left, whole, isTooMuch)]
        }
        guard parts.isDivided || !parts.negated.isEmpty else {
            return undivided(try actions(phrase, matches, embed))
        }
        // Several at once: the main clause and what goes with it.
        let main = try self.actions(parts.main, embed)
        let likeness = main.first?.likeness ?? 0
        if likeness < Self.leastPart {
            // What is known better as one action than in parts is one.
            let whole = try self.actions(phrase, matches, embed)
            if likeness < whole.first?.likeness ?? 0 { return undivided(whole) }
        }
        var actions = Array(main.prefix(1))
        var leftOut = self.leftOut(Phrase(parts.main), main.first)
        for part in parts.meanwhile {
            let found = try self.actions(part, embed)
            if let best = found.first, best.likeness >= Self.leastPart {
                if !actions.contains(where: { $0.name == best.name }) { actions.append(best) }
            } else {
                leftOut += part
            }
        }
        var later: [[String]] = []
        for part in parts.joined.map({ BackReference.resolved($0, before: parts.main) }) {
            // Where not all are actions, what was said stays one.
            let found = try self.actions(part, embed)
            guard let best = found.first, best.likeness >= Self.leastPart, likeness >= Self.leastPart
            else { return undivided(try self.actions(phrase, matches, embed)) }
            if goTogether(actions + [best]) { actions.append(best) } else { later.append(part) }
        }
        let first = finished(segment, parts.main, bodyFirst(actions), excluded, leftOut, main, isTooMuch)
        return try [first] + later.flatMap { try read(Action(text: $0.joined(separator: " ")), embed) }
    }

    /// Whether a clause is one wording of the lexicon, so that it is not parted.
    private func isSame(_ match: LexiconIndex.Match, _ phrase: Phrase) -> Bool {
        match.saysNot
            ? match.likeness >= Self.sameNegation && index.leftOut(phrase, by: match.action).isEmpty
            : match.likeness >= Self.sameWords
    }

    private func finished(
        _ segment: Action, _ words: [String], _ actions: [UnderstoodAction], _ excluded: [String],
        _ leftOut: [String], _ candidates: [UnderstoodAction], _ isTooMuch: Bool
    ) -> UnderstoodSegment {
        // The hands go along with what the body does.
        let actions = actions.filter { !isOfHands($0) } + actions.filter(isOfHands)
        var result = understood(segment, candidates, words)
        result.actions = actions
        result.excluded = excluded
        result.leftOut = leftOut
        guard let first = actions.first, let action = lexicon[first.name] else { return result }
        let isTooFar = action.family == "jumps" && Counting.tellsMetres(above: Self.farthestJump, words)
        let isTooOften = action.family == "turns" && segment.repeats > Self.mostTurns
        if isTooMuch || isTooFar || isTooOften || Counting.isTooMuch(Phrase.words(segment.text)) {
            result.objection = .tooMuch
        }
        if Harm.isMeant(words) { result.objection = .dangerous }
        if Condition.isTold(Phrase.words(segment.text)) { result.objection = .place }
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
        if result.segment.goal == nil, segment.duration == nil {
            result.segment.goal = MotionGoal(usualTurnOf: action, side: first.side)
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

    /// Turns that are done in one go.
    static let mostTurns = 10
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

    /// Whether hands do it, and not the body.
    private func isOfHands(_ action: UnderstoodAction) -> Bool { lexicon[action.name]?.handPose != nil }

    /// Has the hands do what is theirs.
    private func takeHands(of segment: inout UnderstoodSegment) {
        let sure = segment.actions.filter { $0.likeness >= UnderstandingPolicy.defaultBound }
        segment.segment.hands = sure.compactMap { action in
            lexicon[action.name]?.handPose.map { HandCommand($0, side: action.side, said: Phrase.words(segment.said)) }
        }
        guard !segment.segment.hands.isEmpty else { return }
        segment.segment.movesBody = !segment.actions.allSatisfy(isOfHands)
    }

    /// The objections that the lexicon itself has.
    private func checked(_ segment: UnderstoodSegment) -> UnderstoodSegment {
        guard segment.objection == nil else { return segment }
        var segment = segment
        takeHands(of: &segment)
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
                if let wording = near.imperative(side: candidate.side), !found.contains(wording) {
                    found.append(wording)
                }
            }
            if found.count >= 3 { break }
        }
        return Array(found.prefix(3))
    }

    private func leftOut(_ phrase: Phrase, _ action: UnderstoodAction?) -> [String] {
        guard let action, let number = lexicon.index(of: action.name) else { return phrase.tokens.map(\.text) }
        return index.leftOut(phrase, by: number)
    }

    /// The actions with what legs or the whole body do in front: arms and head are laid over it, whatever the text names first.
    private func bodyFirst(_ actions: [UnderstoodAction]) -> [UnderstoodAction] {
        let isLaid = actions.map { action in [.arms, .head].contains(lexicon[action.name]?.uses) }
        let body = zip(actions, isLaid).filter { !$0.1 }.map(\.0)
        return body + zip(actions, isLaid).filter(\.1).map(\.0)
    }

    /// Whether actions need different parts of the body, so that they can be done at once.
    private func goTogether(_ actions: [UnderstoodAction]) -> Bool {
        let uses = actions.compactMap { lexicon[$0.name]?.uses }.filter { $0 != .hands }
        return Set(uses).count == uses.count && !uses.contains(.whole)
    }

    /// The sentence for the model.
    private func prompt(_ actions: [UnderstoodAction]) -> String {
        let ofBody = actions.filter { !isOfHands($0) }
        let actions = ofBody.isEmpty ? actions : ofBody
        guard let main = actions.first, let first = lexicon[main.name]?.caption(side: main.side) else { return "" }
        let others = actions.dropFirst().compactMap { lexicon[$0.name]?.gerund(side: $0.side) }
        let manner = actions.first?.manner.map { " " + $0.phrase } ?? ""
        return others.isEmpty ? first + manner : "\(first)\(manner) while \(others.joined(separator: " and "))"
    }
}
