import HumanBody

/// One number that a stretch of motion shows, as a ruler, a protractor or a clock could take it.
///
/// A measure may have a side: it is then taken on the side that was asked for, and `far` takes it on the other one.
struct Measure: Sendable {
    /// What is measured, in words.
    package var words: String
    /// m, m/s, °, s, or empty for a count.
    var unit: String
    /// The number. The side is the one that was asked for.
    var value: @Sendable (ObservedMotion, Side) -> Double

    init(_ words: String, _ unit: String = "", _ value: @escaping @Sendable (ObservedMotion, Side) -> Double) {
        (self.words, self.unit, self.value) = (words, unit, value)
    }

    /// The same on the other side of the body.
    static func far(_ measure: Measure) -> Measure {
        Measure("other " + measure.words, measure.unit) { measure.value($0, $1.other) }
    }

    /// The smaller one of both sides: what both reach.
    static func both(_ measure: Measure) -> Measure {
        Measure("both: " + measure.words, measure.unit) { min(measure.value($0, $1), measure.value($0, $1.other)) }
    }

    /// The larger one of both sides: what one of them reaches.
    static func either(_ measure: Measure) -> Measure {
        Measure("either: " + measure.words, measure.unit) { max(measure.value($0, $1), measure.value($0, $1.other)) }
    }

    /// What the asked side has over the other one.
    static func excess(_ measure: Measure) -> Measure {
        Measure("excess of " + measure.words, measure.unit) { measure.value($0, $1) - measure.value($0, $1.other) }
    }
}

/// A test on measures. It knows its own words and what it measures.
struct Condition: Sendable {
    package var words: String
    var measures: [Measure]
    var holds: @Sendable (ObservedMotion, Side) -> Bool

    static func && (a: Condition, b: Condition) -> Condition {
        Condition(words: a.words + ", " + b.words, measures: a.measures + b.measures) {
            a.holds($0, $1) && b.holds($0, $1)
        }
    }

    static func || (a: Condition, b: Condition) -> Condition {
        Condition(words: "(" + a.words + " or " + b.words + ")", measures: a.measures + b.measures) {
            a.holds($0, $1) || b.holds($0, $1)
        }
    }
}

extension Measure {
    static func >= (a: Measure, bound: Double) -> Condition {
        Condition(words: "\(a.words) ≥ \(a.text(bound))", measures: [a]) { a.value($0, $1) >= bound }
    }

    static func <= (a: Measure, bound: Double) -> Condition {
        Condition(words: "\(a.words) ≤ \(a.text(bound))", measures: [a]) { a.value($0, $1) <= bound }
    }

    private func text(_ bound: Double) -> String {
        let number = bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
        return unit.isEmpty ? number : number + (unit == "°" ? "°" : " " + unit)
    }
}
