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
        func end(_ parts: inout ClauseParts) {
            guard !current.isEmpty else { return }
            switch target {
            case .main: parts.main = current
            case .meanwhile: parts.meanwhile.append(current)
            case .joined: parts.joined.append(current)
            case .negated: parts.negated.append(current)
            }
            current = []
        }
        while let word = rest.first {
            let isBegun = !current.isEmpty
            if let length = Self.opening(rest, of: Self.negations), rest.count > length {
                if isBegun, ["and", "but"].contains(current.last) { current.removeLast() }
                end(&self)
                target = .negated
                rest = rest.dropFirst(length)
            } else if isBegun, let length = Self.opening(rest, of: Self.meanwhileWords), rest.count > length {
                if ["and", "but"].contains(current.last) { current.removeLast() }
                end(&self)
                target = .meanwhile
                rest = rest.dropFirst(length)
            } else if isBegun, target == .main, Self.isParticiple(word, behind: current.last) {
                end(&self)
                target = .meanwhile
                current.append(word)
                rest = rest.dropFirst()
            } else if isBegun, word == "with", Self.isPosture(rest) {
                end(&self)
                target = .meanwhile
                rest = rest.dropFirst()
            } else if isBegun, target != .negated, word == "and", rest.count > 1, Self.opensAction(rest.dropFirst()) {
                end(&self)
                target = target == .meanwhile ? .meanwhile : .joined
                rest = rest.dropFirst()
            } else {
                current.append(word)
                rest = rest.dropFirst()
            }
        }
        end(&self)
        if tail != nil { (meanwhile, joined) = (meanwhile + joined, []) }
        if main.isEmpty, negated.isEmpty, let first = meanwhile.first {
            main = first
            meanwhile.removeFirst()
        }
    }

    private enum Target { case main, meanwhile, joined, negated }

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
        return next.contains { ["arms", "hands", "arm", "head", "knees"].contains($0) }
            && next.contains { postures.contains($0) }
    }

    private static let postures: Set = [
        "up", "raised", "out", "stretched", "outstretched", "lifted", "crossed", "folded", "down", "behind", "overhead",
        "above", "hips", "spread", "forward", "over", "waving", "together",
    ]

    /// Words behind which a participle belongs to them: "keep walking", "do some dancing", "stop by turning".
    private static let bindsParticiples: Set<String> = Set(
        """
        keep start begin stop continue finish enjoy by of for from like about to before after and then the a an your some
        more in into as if is are be being little few bit mime mimic imitate simulate demonstrate practise practice
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// "walk forward waving your arms": what is done besides.
    private static func isParticiple(_ word: String, behind last: String?) -> Bool {
        guard let last, MotionVerb.lookUp(word)?.form == .gerund else { return false }
        return !bindsParticiples.contains(last) && !Phrase.light.contains(Stem.of(last))
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
