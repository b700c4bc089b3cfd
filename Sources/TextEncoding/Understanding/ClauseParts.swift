/// A clause parted into what is done, what is done meanwhile, and what is not to be done.
struct ClauseParts {
    /// The main clause; empty when the text only says what not to do.
    var main: [String]
    /// Clauses that the text says are at the same time: "while waving", "with your arms up".
    var meanwhile: [[String]] = []
    /// Clauses behind a plain "and", which may be at once or later.
    var joined: [[String]] = []
    /// What is not to be done: behind "without", "don't", "not".
    var negated: [[String]] = []

    /// Whether there is more than the main clause.
    var isDivided: Bool { !meanwhile.isEmpty || !joined.isEmpty }

    init(main: [String]) { self.main = main }

    /// Parts the words of a clause.
    init(_ words: [String]) {
        main = []
        let tail = Self.atOnceTails.first { words.count > $0.count && words.suffix($0.count).elementsEqual($0) }
        var rest = words.dropLast(tail?.count ?? 0)
        // "while walking, wave": what comes first ends at the main verb; without a comma the words stay together.
        var target = Target.main
        var current: [String] = []
        if let length = Self.opening(rest, of: Self.meanwhileWords), rest.count > length,
            let verb = Self.secondVerb(rest.dropFirst(length))
        {
            meanwhile.append(Array(rest[(rest.startIndex + length)..<verb]))
            rest = rest[verb...]
        }
        while let word = rest.first {
            let step = Self.boundary(rest, isBegun: !current.isEmpty, behind: current.last, target)
            if let step {
                if ["and", "but"].contains(current.last), step.target != .joined { current.removeLast() }
                append(current, to: target)
                current = []
                target = step.target
                rest = rest.dropFirst(step.length)
            } else {
                current.append(word)
                rest = rest.dropFirst()
            }
        }
        append(current, to: target)
        if tail != nil { (meanwhile, joined) = (meanwhile + joined, []) }
        if main.isEmpty, negated.isEmpty, let first = meanwhile.first {
            main = first
            meanwhile.removeFirst()
        }
    }

    private enum Target { case main, meanwhile, joined, negated }

    private mutating func append(_ words: [String], to target: Target) {
        guard !words.isEmpty else { return }
        switch target {
        case .main: main = words
        case .meanwhile: meanwhile.append(words)
        case .joined: joined.append(words)
        case .negated: negated.append(words)
        }
    }

    /// What begins at a word, behind the words of its part, and how many words say so; nil inside of a part.
    private static func boundary(
        _ rest: ArraySlice<String>, isBegun: Bool, behind last: String?, _ target: Target
    ) -> (target: Target, length: Int)? {
        if let length = opening(rest, of: negations), rest.count > length { return (.negated, length) }
        guard isBegun, let word = rest.first else { return nil }
        if let length = opening(rest, of: meanwhileWords), rest.count > length { return (.meanwhile, length) }
        if target == .main, isParticiple(word, behind: last) { return (.meanwhile, 0) }
        if ["with", "using"].contains(word), isPosture(rest) { return (.meanwhile, 1) }
        if target != .negated, word == "and" || word == "but", rest.count > 1, opensAction(rest.dropFirst()) {
            return (target == .meanwhile ? .meanwhile : .joined, 1)
        }
        return nil
    }

    /// What says at the end that all of it is at once.
    private static let atOnceTails = [
        ["all", "at", "the", "same", "time"], ["at", "the", "same", "time"],
        ["at", "one", "and", "the", "same", "time"], ["simultaneously"], ["in", "parallel"], ["concurrently"],
        ["both", "at", "once"], ["all", "at", "once"],
    ]

    private static let meanwhileWords = [
        ["at", "the", "same", "time", "as"], ["at", "the", "same", "time"], ["and", "simultaneously"],
        ["simultaneously"], ["all", "the", "while"], ["and", "meanwhile"], ["meanwhile"], ["while", "also"],
        ["while", "you", "are"], ["while", "you"], ["while"], ["whilst"], ["as", "you"],
        ["as", "he"], ["as", "she"], ["as", "they"], ["when", "you"],
    ]
    private static let negations = [
        ["without"], ["but", "do", "not"], ["and", "do", "not"], ["do", "not"], ["but", "not"], ["and", "not"],
        ["never"], ["instead", "of"], ["rather", "than"], ["not"],
    ]

    /// The words that part clauses.
    static var structurePhrases: [[String]] { meanwhileWords + negations }

    /// Behind "as you" they compare: "as fast as you can", "as if you were".
    private static let comparing: Set = [
        "can", "could", "like", "were", "would", "wish", "want", "please", "are", "did", "do",
    ]

    private static func opening(_ words: ArraySlice<String>, of phrases: [[String]]) -> Int? {
        guard let found = phrases.first(where: words.starts(with:)) else { return nil }
        if found.first == "as", words.dropFirst(2).first.map(comparing.contains) ?? true { return nil }
        return found.count
    }

    /// "with your arms up", "with both arms raised": a posture, no instrument.
    private static func isPosture(_ words: ArraySlice<String>) -> Bool {
        let next = words.dropFirst().prefix(7)
        return next.contains { ["arms", "hands", "arm", "hand", "head", "knees"].contains($0) }
            && next.contains { postures.contains($0) }
    }

    private static let postures: Set = [
        "up", "raised", "out", "stretched", "outstretched", "lifted", "crossed", "folded", "down", "behind", "overhead",
        "above", "hips", "hip", "spread", "on", "chest", "forward", "over", "waving", "together",
    ]

    /// Words behind which a participle belongs to them: "keep walking", "do some dancing", "stop by turning".
    private static let bindsParticiples: Set<String> = Set(
        """
        keep start begin stop continue finish enjoy by of for from like about to before after and then the a an your some
        more in into as if is are be being little few bit mime mimic imitate simulate demonstrate practise practice
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// "walk forward waving your arms": what is done besides.
    private static func isParticiple(_ word: String, behind last: String?) -> Bool {
        guard let last, word != "using", MotionVerb.lookUp(word)?.form == .gerund else { return false }
        return !bindsParticiples.contains(last) && !Term.light.contains(Stem.of(last))
    }

    private static func opensAction(_ words: ArraySlice<String>) -> Bool {
        guard let first = words.first(where: { !$0.hasSuffix("ly") && !["then", "also"].contains($0) }) else {
            return false
        }
        return MotionVerb.lookUp(first) != nil
    }

    /// Where a second verb begins, for "while walking wave your hand".
    private static func secondVerb(_ words: ArraySlice<String>) -> Int? {
        words.indices.dropFirst().first { MotionVerb.lookUp(words[$0]).map { $0.form != .gerund } ?? false }
    }
}
