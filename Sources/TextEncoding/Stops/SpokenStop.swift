/// A text that says to stop now: "stop", "please don't move!", "no, stop walking", "stop, then wave", "halt", "停下来".
///
/// A text is read clause by clause. A clause means a stop when it is made of nothing but a phrase that says so and of fillers
/// around it ("hey robot, can you … right now please"), so that a sentence in which such a word means something else ("a
/// person stops to wave", "walk to the bus stop", "stop the ball", "don't stop") is none: something is left over. What the
/// phrases are is said by ``StopGrammar``; misspelt words count as the ones that they are near to (see ``Spelling``).
public struct SpokenStop: Hashable, Sendable {
    /// What a robot does at once; each asks for more than the one before.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Come to rest and keep what is planned: "wait", "freeze", "don't move".
        case hold
        /// Come to rest and give up what is planned: "stop" and its like.
        case stop
        /// The shortest stop, which latches: "halt", "emergency stop".
        case halt

        /// Whether the first one asks for less.
        public static func < (first: Kind, second: Kind) -> Bool { first.rank < second.rank }

        private var rank: Int {
            switch self {
            case .hold: 0
            case .stop: 1
            case .halt: 2
            }
        }
    }

    /// What to do at once.
    public var kind: Kind
    /// What is to be done afterwards; empty when nothing is.
    public var rest: String

    /// Reads a text; nil when it does not say to stop now.
    public init?(_ text: String) {
        if let kind = ForeignStop.kind(of: text) {
            self.init(kind: kind, rest: "")
            return
        }
        var kind: Kind?
        var hasAddition = false
        var waitsForSomething = false
        var clauses = SpokenClause.clauses(of: text)[...]
        reading: while let clause = clauses.first {
            switch StopGrammar.meaning(of: clause) {
            case .stop(let said):
                kind = max(kind ?? said, said)
                waitsForSomething = waitsForSomething || StopGrammar.waitsForSomething(clause)
            case .remark: hasAddition = hasAddition || kind != nil && clause.link == .conjunction
            // Behind a stop it is a reason or the like, unless it is something to do.
            case .other where kind != nil && !clause.isAction: hasAddition = hasAddition || clause.link == .conjunction
            case .other: break reading
            }
            clauses = clauses.dropFirst()
        }
        guard let kind else { return nil }
        // "stand still and wave" is how to wave, "wait and see" no order.
        if kind == .hold, clauses.first?.link == .conjunction || hasAddition { return nil }
        // "wait for my signal, then wave" is nothing to be done now.
        if kind == .hold, waitsForSomething, !clauses.isEmpty { return nil }
        let rest = clauses.first.map { String(text[$0.start...]) } ?? ""
        // Motion can follow a stop, but not a hold, which keeps what was planned before it.
        self.init(kind: rest.isEmpty ? kind : max(kind, .stop), rest: rest)
    }

    private init(kind: Kind, rest: String) {
        self.kind = kind
        self.rest = rest
    }
}
