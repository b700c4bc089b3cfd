/// Splits a text into its actions, in the order in which they shall be done.
///
/// The grammar, on words in lower case:
///
///     text      = sentence { stop sentence }           stop: new line ; . ! ? -> or the next number of a list
///     sentence  = action { boundary action }
///     boundary  = [","] ["and"] ( "then" | "after that" | "afterwards" | "next" | "followed by" | … )
///               | "before" doing                       the action that follows comes second
///               | "after" doing                        the action that follows comes first
///               | "," ["and"] newAction
///               | quantity [direction] "and" newAction
///     newAction = [subject] { adverb } verb            a known verb, finite: "waves", "wave", but not "waving"
///     quantity  = duration | times | distance | angle | steps
///     duration  = ("for" | "in" | …) ["about"] number unit      taken out of the text
///     times     = number "times" | "twice"             taken out of the text
///
/// Distances, angles and numbers of steps stay in the text, which they describe, and become the action's goal.
///
/// What happens at once stays together: "while", "as", a plain "and", and participles ("walks, swinging the arms").
/// Later actions take over what they leave out: the subject ("a person walks, then waves"), the verb ("turn left, then
/// right"), or all before the object ("raise the left arm, then the right arm").
public enum SegmentSplitter {
    /// The actions of a text; empty only for a blank text.
    public static func split(_ text: String) -> [Action] {
        var actions = Actions()
        for sentence in Word.sentences(of: text) { actions.read(sentence[...]) }
        let segments = actions.segments
        if !segments.isEmpty { return segments }
        let trimmed = Word.trimmed(text)
        return trimmed.isEmpty ? [] : [Action(text: trimmed, duration: actions.looseDuration)]
    }
}

/// An action that is being read.
private struct Draft {
    var words: [Word] = []
    /// It follows "before" or "after", so its gerund is made finite.
    var isDoing = false
    /// It opens a sentence with "before" or "after" and goes to the next comma.
    var endsAtComma = false
    /// It is to be done before the action in front of it.
    var comesFirst = false
    /// The action that follows is to be done before it.
    var nextComesFirst = false

    /// Whether nothing of the action has been read yet.
    var isBlank: Bool { words.allSatisfy { Grammar.isGlue($0.key) } }
}

/// The actions read so far.
private struct Actions {
    private(set) var segments: [Action] = []
    /// A stated duration that has no action yet.
    private(set) var looseDuration: Double?
    /// A stated number of times that has no action yet.
    private var looseRepeats: Int?
    /// The words of the action read last, completed; later ones take over from it what they leave out.
    private var previous: [Word] = []

    /// Reads a sentence up to its end, boundary by boundary.
    mutating func read(_ sentence: ArraySlice<Word>) {
        var draft = Draft()
        var rest = sentence
        while let word = rest.first {
            let next = rest.dropFirst()
            if draft.isBlank, Grammar.isOpener(rest) {
                rest = next
            } else if let length = Grammar.connector(rest, behind: draft.words) {
                // "…, he then sits": the subject belongs to what follows.
                let subject = draft.words.suffix(Grammar.trailingSubjectLength(draft.words))
                draft.words.removeLast(subject.count)
                finish(&draft)
                draft.words += subject
                rest = rest.dropFirst(length)
            } else if word.key == "before" || word.key == "after", Grammar.isDoing(next) {
                // "…, after sitting, bow" is about what follows, as at the beginning of a sentence.
                let isAtComma = draft.words.last.map { Grammar.isGlue($0.key) } ?? true
                let leads = draft.isBlank || word.key == "after" && isAtComma && next.contains { $0.key == "," }
                finish(&draft)
                draft.endsAtComma = leads
                draft.nextComesFirst = leads && word.key == "before"
                draft.comesFirst = draft.comesFirst || !leads && word.key == "after"
                draft.isDoing = true
                rest = next
            } else if Grammar.isBoundary(word, behind: draft.words, before: next)
                || draft.endsAtComma && word.key == ","
            {
                finish(&draft)
                rest = next
            } else {
                draft.words.append(word)
                rest = next
            }
        }
        finish(&draft)
    }

    /// Appends the action, if there is one, and begins the next.
    private mutating func finish(_ draft: inout Draft) {
        guard !draft.isBlank else { return }
        append(draft)
        draft = Draft(comesFirst: draft.nextComesFirst)
    }

    /// Appends an action, or puts it in front of the last one.
    private mutating func append(_ draft: Draft) {
        var words = draft.words
        let duration = Quantity.removeDuration(from: &words)
        let repeats = Quantity.removeRepeats(from: &words)
        let withoutEnd = OpenEnd.removed(from: words)
        words = withoutEnd ?? words
        words = Grammar.trimmed(words)
        guard !words.isEmpty else {
            if let last = segments.indices.last, repeats == nil || segments[last].repeats == 1 {
                segments[last].repeats = repeats ?? segments[last].repeats
                if segments[last].duration == nil { segments[last].duration = duration }
            } else {
                looseDuration = duration
                looseRepeats = repeats
            }
            return
        }
        if draft.isDoing { words = Grammar.finite(words, after: previous) }
        let completed = Grammar.completed(words, after: previous)
        let segment = Action(
            text: Word.text(of: completed),
            duration: duration ?? looseDuration ?? withoutEnd.map { _ in Action.openEndDuration },
            goal: GoalGrammar.goal(of: completed),
            repeats: repeats ?? looseRepeats ?? 1)
        (looseDuration, looseRepeats) = (nil, nil)
        segments.insert(segment, at: max(0, segments.count - (draft.comesFirst ? 1 : 0)))
        previous = completed
    }
}

/// What words do in a sentence.
private enum Grammar {
    /// Boundaries made of fixed words, the longest first.
    private static let connectors = [
        ["after", "that"], ["after", "this"], ["after", "which"], ["followed", "by"], ["then"], ["afterwards"],
        ["afterward"], ["subsequently"],
    ]
    /// Words that number an action when they open it.
    private static let openers: Set = ["first", "firstly", "secondly", "next", "finally", "lastly"]
    private static let bullets: Set = ["-", "*", "•"]
    /// Words that open a clause which goes on behind its comma.
    private static let subordinators: Set = ["while", "whilst", "as", "when", "with", "using", "for", "if"]
    private static let people: Set = [
        "person", "man", "woman", "guy", "girl", "boy", "human", "figure", "robot", "dancer", "character", "actor",
        "child", "people", "someone", "somebody", "he", "she", "they", "it", "you", "sim",
    ]
    private static let sides: Set = ["left", "right"]
    private static let plurals: Set = ["they", "you", "people"]
    private static let determiners: Set = [
        "a", "an", "the", "his", "her", "their", "its", "your", "my", "both", "one", "this", "that",
    ]
    private static let auxiliaries: Set = ["is", "are", "was", "were"]
    private static let relatives: Set = ["that", "who", "which"]
    /// Prepositions and directions: with them an action begins that leaves out its verb.
    private static let places: Set = [
        "on", "to", "with", "in", "into", "onto", "over", "at", "by", "around", "up", "down", "back", "left", "right",
        "forward", "forwards", "backward", "backwards", "sideways", "clockwise", "counterclockwise",
        "counter-clockwise", "anticlockwise", "anti-clockwise", "from", "toward", "towards", "off", "out", "under",
    ]
    private static let notDoing: Set = [
        "thing", "something", "anything", "nothing", "everything", "ring", "king", "wing", "swing", "string", "spring",
        "morning", "evening", "ceiling", "during",
    ]

    static func isGlue(_ key: String) -> Bool { [",", "and", "&", "but"].contains(key) }

    /// Whether the first word only numbers the action, as in "next, bow" (but not "next to the table").
    static func isOpener(_ words: ArraySlice<Word>) -> Bool {
        guard let first = words.first else { return false }
        let rest = words.dropFirst()
        return bullets.contains(first.key)
            || openers.contains(first.key) && (rest.first?.key == "," || opensAction(rest) || isDoing(rest))
    }

    /// The length of the connector that the words begin with; "now and then", "is then raised" have none.
    static func connector(_ words: ArraySlice<Word>, behind action: [Word]) -> Int? {
        if action.suffix(2).map(\.key) == ["now", "and"] { return nil }
        if let last = action.last, last.key == "to" || auxiliaries.contains(last.key) { return nil }
        return connectors.first { words.lazy.map(\.key).starts(with: $0) }?.count
    }

    /// Whether an action ends at a comma or "and".
    static func isBoundary(_ word: Word, behind action: [Word], before next: ArraySlice<Word>) -> Bool {
        let isNumbered = next.first.map { openers.contains($0.key) } ?? false
        guard isGlue(word.key), opensAction(isNumbered ? next.dropFirst() : next) else { return false }
        return word.key == "," ? !isPreamble(action[...]) : Quantity.ends(action)
    }

    /// Whether the words only lead up to an action: "while walking", "in turn", "a person".
    private static func isPreamble(_ action: ArraySlice<Word>) -> Bool {
        let words = action.drop { isGlue($0.key) }
        guard let first = words.first else { return true }
        return subordinators.contains(first.key) || subjectLength(words) == words.count
            || places.contains(first.key) && !hasVerb(Array(words))
    }

    /// Whether the words say what is done: "turning around", "slowly turning", "he turns".
    static func isDoing(_ words: ArraySlice<Word>) -> Bool {
        if subjectLength(words) > 0 { return opensAction(words) }
        guard let word = words.first(where: { !isAdverb($0.key) }) else { return false }
        return MotionVerb.lookUp(word.key)?.form == .gerund
            || (word.key.count > 4 && word.key.hasSuffix("ing") && !notDoing.contains(word.key))
    }

    /// The length of a subject that stands alone at the end: two in "walks, the man", zero in "greets the man".
    static func trailingSubjectLength(_ words: [Word]) -> Int {
        let start = words.lastIndex { isGlue($0.key) }.map { $0 + 1 } ?? 0
        return subjectLength(words[start...]) == words.count - start ? words.count - start : 0
    }

    /// Whether the words open an action of their own: "waves", "and slowly turns", "he sits".
    static func opensAction(_ words: ArraySlice<Word>) -> Bool {
        let words = words.drop { isGlue($0.key) }
        let rest = words.dropFirst(subjectLength(words)).drop { isAdverb($0.key) }
        return rest.first.map { isFinite($0.key) } ?? false
    }

    /// Whether a word is a known verb that may stand behind a subject or command: "waves", "wave".
    private static func isFinite(_ key: String) -> Bool {
        MotionVerb.lookUp(key).map { $0.form != .gerund } ?? false
    }

    /// The words with their known gerunds made finite, to agree with the subject that they take over: the first, and
    /// those behind an "and".
    static func finite(_ words: [Word], after previous: [Word]) -> [Word] {
        let subject = previous.prefix(subjectLength(previous[...]))
        let isPlural = subject.isEmpty || subject.contains { plurals.contains($0.key) }
        var expectsVerb = true
        return words.map { word in
            defer { expectsVerb = word.key == "and" || expectsVerb && isAdverb(word.key) }
            guard expectsVerb, let verb = MotionVerb.lookUp(word.key), verb.form == .gerund else { return word }
            return Word(isPlural ? verb.base : MotionVerb.thirdPerson(of: verb.base))
        }
    }

    /// The words without commas and conjunctions at the ends.
    static func trimmed(_ words: [Word]) -> [Word] {
        let front = words.drop { isGlue($0.key) }
        let count = front.reversed().drop { isGlue($0.key) }.count
        return Array(front.prefix(count))
    }

    /// The words with what they leave out taken over from the action before them.
    static func completed(_ words: [Word], after previous: [Word]) -> [Word] {
        guard let first = words.first, subjectLength(words[...]) == 0 else { return words }
        let subject = subjectLength(previous[...])
        let verb = verbIndex(previous, from: subject)
        if let verb, !hasVerb(words) {
            if places.contains(first.key) { return previous[...verb] + words }
            if determiners.contains(first.key) {
                return previous[..<(objectIndex(previous[verb...], like: words) ?? 0)] + words
            }
        } else if determiners.contains(first.key) {
            return words
        }
        let isGerund = MotionVerb.lookUp(first.key)?.form == .gerund
        let auxiliary = isGerund && previous.dropFirst(subject).first.map { auxiliaries.contains($0.key) } == true
        return previous.prefix(subject + (auxiliary ? 1 : 0)) + words
    }

    /// Whether the words hold a finite verb in front of any comma or conjunction; "a stop" and "to run" are none.
    private static func hasVerb(_ words: [Word]) -> Bool {
        let clause = words.prefix { !isGlue($0.key) }
        return zip(clause, clause.dropFirst()).contains { before, word in
            isFinite(word.key) && !determiners.contains(before.key) && !places.contains(before.key)
        }
    }

    /// Where the object begins that the words replace: the last sided one for "the left foot", else the first object.
    private static func objectIndex(_ action: ArraySlice<Word>, like words: [Word]) -> Int? {
        let first = action.firstIndex { determiners.contains($0.key) }
        guard words.contains(where: { sides.contains($0.key) }),
            let side = action.lastIndex(where: { sides.contains($0.key) })
        else { return first }
        return side > action.startIndex && determiners.contains(action[side - 1].key) ? side - 1 : side
    }

    /// The length of the subject that the words begin with, such as "a tall person"; zero for none.
    private static func subjectLength(_ words: ArraySlice<Word>) -> Int {
        guard let first = words.first else { return 0 }
        if people.contains(first.key) { return 1 }
        guard determiners.contains(first.key) else { return 0 }
        let index = words.prefix(4).firstIndex { people.contains($0.key) }
        return index.map { $0 - words.startIndex + 1 } ?? 0
    }

    /// The verb of an action: the first word behind the subject that is neither adverb nor auxiliary.
    private static func verbIndex(_ words: [Word], from start: Int) -> Int? {
        words.indices.dropFirst(start).first { index in
            let key = words[index].key
            return !isAdverb(key) && !auxiliaries.contains(key) && !relatives.contains(key)
        }
    }

    private static func isAdverb(_ key: String) -> Bool {
        key.count > 3 && key.hasSuffix("ly") || ["again", "also", "just"].contains(key)
    }
}
