public import HumanBody

/// An action by its name, and a geometric test that tells whether a motion shows it.
///
/// A predicate may have a side: asked for a side it wants the action there, asked for none either will do.
public struct ActionPredicate: Sendable {
    /// Name of the action, such as `wave`.
    public let name: String
    /// The test.
    let condition: Condition
    /// How often the action is done; nil where that cannot be counted.
    let count: Measure?
    /// How far it goes (metres) or turns (degrees); nil where there is no such number.
    let amount: Measure?
    /// Which captions of real clips say that the clip shows it.
    public let captions: CaptionRule

    /// The test in words.
    public var rule: String { condition.words }
    /// Whether captions say a side of it.
    var hasSide: Bool { captions.claims.contains(CaptionRule.side) }

    /// - Parameters:
    ///   - name: Name of the action.
    ///   - condition: The test.
    ///   - count: Counts how often it is done.
    ///   - amount: Measures how far it goes.
    ///   - claims: Captions that speak of it; `{side}` in it stands for the side.
    ///   - unless: What makes a caption speak of something else or more.
    ///   - hints: What makes a clip prove nothing either way.
    init(
        _ name: String, _ condition: Condition, count: Measure? = nil, amount: Measure? = nil,
        claims: String, unless: String = "", hints: String = ""
    ) {
        (self.name, self.condition, self.count, self.amount) = (name, condition, count, amount)
        captions = CaptionRule(claims: claims, unless: unless, hints: hints)
    }

    /// Whether the motion shows the action, on that side or, for nil, on either.
    public func isShown(by motion: ObservedMotion, side: Side? = nil) -> Bool {
        (side.map { [$0] } ?? Side.both).contains { condition.holds(motion, $0) }
    }

    /// How often the motion shows it; nil where that cannot be counted.
    public func repetitions(in motion: ObservedMotion, side: Side? = nil) -> Int? {
        count.map { count in Int((side.map { [$0] } ?? Side.both).map { count.value(motion, $0) }.max() ?? 0) }
    }

    /// How far the motion goes or turns; nil where there is no such number.
    public func extent(of motion: ObservedMotion, side: Side? = nil) -> Double? {
        amount.map { amount in (side.map { [$0] } ?? Side.both).map { amount.value(motion, $0) }.max() ?? 0 }
    }

    /// All predicates.
    public static let all = going + turning + jumping + legs + postures + trunk + gestures + touches + sports + chores
    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The predicate of that name.
    public static func named(_ name: String) -> ActionPredicate? { byName[name] }
}

extension CaptionRule {
    /// Stands for the side in a rule.
    static let side = "{side}"
    /// Captions of more words than this tell of more than one action; labels have fourteen at most.
    package static let longest = 14

    /// The rule for one side: the other side is another action.
    package func on(_ side: Side) -> CaptionRule {
        guard claims.contains(Self.side) else { return self }
        let other = #"\b"# + side.other.rawValue + #"\b"#
        return CaptionRule(
            claims: claims.replacing(Self.side, with: side.rawValue),
            unless: unless.isEmpty ? other : unless + "|" + other, hints: hints)
    }
}
