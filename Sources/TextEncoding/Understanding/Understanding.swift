/// What was understood of a text.
public struct Understanding: Hashable, Sendable {
    /// Language of the text: `en`, one of the six that the lexicon holds, or `other`.
    public var language: String
    /// Its actions, in the order in which they shall be done.
    public var segments: [UnderstoodSegment]

    /// An understanding of these segments.
    public init(language: String, segments: [UnderstoodSegment]) {
        self.language = language
        self.segments = segments
    }

    /// Why the text is not to be done under a policy; nil when it is.
    public func refusal(
        _ policy: UnderstandingPolicy, bound: Double = UnderstandingPolicy.defaultBound
    ) -> MisunderstoodText? {
        guard policy == .strict else { return nil }
        for (number, segment) in segments.enumerated() {
            if let reason = segment.objection(bound: bound) {
                return MisunderstoodText(segment: number, text: segment.said, reason: reason, nearest: segment.nearest)
            }
        }
        return nil
    }
}

/// What is done with a text that is not understood well.
public enum UnderstandingPolicy: String, Hashable, Sendable, CaseIterable {
    /// It is refused.
    case strict
    /// It is done as well as can be, and the answer says what was not understood.
    case warn
    /// It goes to the model as it is.
    case any

    /// Least likeness of a known action at which a text counts as understood.
    public static let defaultBound = 0.5
}

/// One action of a text, or several at once, as understood.
public struct UnderstoodSegment: Hashable, Sendable {
    /// What the planner gets: the sentence for the model, with the numbers that the text states.
    public var segment: Action
    /// The words of the text.
    public var said: String
    /// What is done; several are done at once. Empty when nothing was understood.
    public var actions: [UnderstoodAction]
    /// What shall not be done meanwhile, by names of actions.
    public var excluded: [String] = []
    /// Words of the text that none of the actions accounts for.
    public var leftOut: [String] = []
    /// Why it is not to be done, whatever the likeness.
    public var objection: Objection?
    /// How to ask for the nearest actions that can be done, the best first.
    public var nearest: [String] = []

    /// A segment as understood.
    public init(
        segment: Action, said: String, actions: [UnderstoodAction], objection: Objection? = nil,
        nearest: [String] = []
    ) {
        self.segment = segment
        self.said = said
        self.actions = actions
        self.objection = objection
        self.nearest = nearest
    }

    /// Likeness of the least understood of its actions, 0 to 1.
    public var likeness: Double { actions.map(\.likeness).min() ?? 0 }

    /// Why it is not to be done, its likeness being under the bound among others; nil when it is.
    public func objection(bound: Double) -> Objection? {
        objection ?? (likeness < bound ? .unlike : nil)
    }
}

/// Why an action is not done.
public enum Objection: String, Hashable, Sendable, CaseIterable {
    /// It is like no action of the lexicon.
    case unlike
    /// It breaks a robot or hurts somebody.
    case dangerous
    /// It needs a place, a thing or a person that cannot be known.
    case place
    /// Moving joints does not do it.
    case impossible
    /// The weights have not learnt it.
    case unlearnt
    /// It only says what not to do.
    case negated
    /// It is farther, more turns or more times than are done.
    case tooMuch = "too_much"
    /// It is written in a language that is not understood, or not well enough.
    case language

    /// What an answer says.
    public var description: String {
        switch self {
        case .unlike: "it is like nothing that can be done"
        case .dangerous: "it is dangerous"
        case .place: "it needs a place, a thing or a person that is not known here"
        case .impossible: "moving the joints does not do it"
        case .unlearnt: "it is understood, but the model has not learnt it"
        case .negated: "it only says what not to do"
        case .tooMuch: "it is farther, more turns or more times than are done in one action"
        case .language: "it is in a language that is not understood, or not in these words"
        }
    }

    /// What to say instead; nil where the nearest actions say that.
    var remedy: String? {
        switch self {
        case .unlike, .dangerous, .impossible, .unlearnt: nil
        case .place: "say which way and how far"
        case .negated: "say what to do instead"
        case .tooMuch:
            "at most \(Int(MotionGoal.longestDistance)) m, \(CommandReader.mostTurns) turns, \(MotionGoal.mostSteps) steps, "
                + "\(CommandReader.mostTimes) times"
        case .language: "say it in plain English"
        }
    }
}

/// A text that is not done because it was not understood, or understood and is not to be done.
public struct MisunderstoodText: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which action of the text, from 0.
    public var segment: Int
    /// Its words.
    public var text: String
    /// Why.
    public var reason: Objection
    /// How to ask for the nearest actions that can be done.
    public var nearest: [String]

    /// What was wrong and what would be right.
    public var description: String {
        let remedy = reason.remedy.map { "; \($0)" } ?? ""
        let hint = nearest.isEmpty ? "" : "; nearest that can be done: " + nearest.joined(separator: ", ")
        return "\"\(text)\" is not done: \(reason.description)\(remedy)\(hint)"
    }
}
