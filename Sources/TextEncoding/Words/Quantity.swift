/// Numbers with a unit that a text states: "two metres", "90°", "for five seconds", "three times".
enum Quantity {
    /// What a number counts.
    enum Unit: Hashable {
        case seconds
        case metres
        case radians
        case steps
        case times
    }

    /// A quantity at the beginning of some words.
    struct Match: Hashable {
        /// In the unit; may be negative for an angle.
        var value: Double
        var unit: Unit
        /// How many words it takes.
        var count: Int
        /// Whether the number is only an article, as in "a step".
        var isArticle = false
        /// The word of the unit.
        var unitWord: String
    }

    private static let units: [String: (unit: Unit, size: Double)] = {
        var units: [String: (Unit, Double)] = [:]
        func add(_ words: String, _ unit: Unit, _ size: Double) {
            for word in words.split(separator: " ") { units[String(word)] = (unit, size) }
        }
        add("s sec secs second seconds", .seconds, 1)
        add("min mins minute minutes", .seconds, 60)
        add("m metre metres meter meters", .metres, 1)
        add("cm centimetre centimetres centimeter centimeters", .metres, 0.01)
        add("km kilometre kilometres kilometer kilometers", .metres, 1000)
        add("ft foot feet", .metres, 0.3048)
        add("inch inches", .metres, 0.0254)
        add("yd yard yards", .metres, 0.9144)
        add("deg degs degree degrees °", .radians, .pi / 180)
        add("rad rads radian radians", .radians, 1)
        add("step steps pace paces", .steps, 1)
        add("time times x ×", .times, 1)
        return units
    }()
    /// Whether a word is a unit, so that a number in front of it counts nothing else.
    static func isUnit(_ word: String) -> Bool { units[word] != nil }

    private static let approximations: Set = ["about", "around", "approximately", "roughly", "exactly", "another"]

    /// The quantity that the words begin with, if any: no longer than "about two hundred and twenty two and a half metres".
    static func leading(_ words: ArraySlice<Word>) -> Match? {
        var keys = words.prefix(10).map(\.key)[...]
        var count = 0
        if let word = keys.first, approximations.contains(word) {
            keys = keys.dropFirst()
            count += 1
        }
        var sign = 1.0
        if let word = keys.first, let first = word.first, "+-−".contains(first), word.count > 1 {
            sign = first == "+" ? 1 : -1
            keys[keys.startIndex] = String(word.dropFirst())
        }
        if let word = keys.first, word.first?.isNumber == true || word.first == ".",
            let start = word.firstIndex(where: { $0.isLetter || $0 == "°" || $0 == "×" || $0 == "-" }),
            start > word.startIndex
        {
            // "2.5s" and "90-degree" are a number and a unit in one word.
            let unit = word[start...].drop { $0 == "-" }
            keys.replaceSubrange(keys.startIndex...keys.startIndex, with: [String(word[..<start]), String(unit)])
            count -= 1
        } else if let word = keys.first, let start = word.lastIndex(of: "-"),
            units[String(word[start...].dropFirst())] != nil
        {
            // "two-metre"
            keys.replaceSubrange(
                keys.startIndex...keys.startIndex, with: [String(word[..<start]), String(word[start...].dropFirst())])
            count -= 1
        }
        guard let (number, length) = NumberWords.leadingNumber(of: keys) else { return nil }
        let isArticle = length == 1 && ["a", "an"].contains(keys.first)
        keys = keys.dropFirst(length)
        count += length
        if keys.first == "more", keys.dropFirst().first.map({ units[$0] != nil }) == true {
            keys = keys.dropFirst()
            count += 1
        }
        guard let word = keys.first, let (unit, size) = units[word] else { return nil }
        var value = number
        count += 1
        if keys.dropFirst().starts(with: ["and", "a", "half"]) {
            value += 0.5
            count += 3
        }
        value *= size
        guard value > 0, value.isFinite, sign > 0 || unit == .radians else { return nil }
        return Match(value: sign * value, unit: unit, count: count, isArticle: isArticle, unitWord: word)
    }

    /// Takes the first stated duration out of the words: "for five seconds", "in 2.5 s"; seconds.
    static func removeDuration(from words: inout [Word]) -> Double? {
        for index in words.indices {
            guard let (seconds, length) = duration(words[index...]) else { continue }
            words.removeSubrange(index..<index + length)
            return seconds
        }
        return nil
    }

    /// The duration that the words begin with, seconds, and its length in words.
    private static func duration(_ words: ArraySlice<Word>) -> (seconds: Double, count: Int)? {
        guard let first = words.first?.key, ["for", "in", "over", "within", "during"].contains(first),
            let match = leading(words.dropFirst()), match.unit == .seconds
        else { return nil }
        let each = words.dropFirst(match.count + 1).first?.key == "each" ? 1 : 0
        return (match.value, match.count + 1 + each)
    }

    /// Takes the first stated number of times out of the words: "three times", "twice", "x3".
    static func removeRepeats(from words: inout [Word]) -> Int? {
        for index in words.indices {
            guard let (times, length) = repeats(words[index...]) else { continue }
            // "two at a time", "at the same time", "every three times" say something else.
            if index > words.startIndex, ["at", "every", "per", "of", "the"].contains(words[index - 1].key) {
                continue
            }
            words.removeSubrange(index..<index + length)
            return times
        }
        return nil
    }

    private static func repeats(_ words: ArraySlice<Word>) -> (times: Int, count: Int)? {
        guard let first = words.first?.key else { return nil }
        func row(after count: Int) -> Int {
            words.dropFirst(count).map(\.key).starts(with: ["in", "a", "row"]) ? count + 3 : count
        }
        if let times = ["twice": 2, "thrice": 3][first] { return (times, row(after: 1)) }
        if first.count > 1, first.hasPrefix("x") || first.hasPrefix("×"), let times = Int(first.dropFirst()), times > 0,
            times <= 1000
        {
            return (times, 1)
        }
        let keys = words.prefix(3).map(\.key)
        for phrase in vaguely where keys.starts(with: phrase) { return (vague, row(after: phrase.count)) }
        guard let match = leading(words), match.unit == .times, !match.isArticle, match.value <= 1000,
            match.value == match.value.rounded()
        else { return nil }
        return (Int(match.value), row(after: match.count))
    }

    /// Ways to say that something is done more than twice, and how often it is done then.
    private static let vaguely = [["several", "times"], ["a", "few", "times"]]
    private static let vague = 3

    private static let trailing: Set = [
        "to", "the", "left", "right", "forward", "forwards", "backward", "backwards", "back", "ahead", "straight",
        "away",
        "sideways", "clockwise", "counterclockwise", "counter-clockwise", "anticlockwise", "anti-clockwise", "in",
        "place",
    ]

    /// Whether the words end with a quantity, or with one and a direction: nothing is missing before an "and".
    static func ends(_ words: [Word]) -> Bool {
        words.indices.contains { index in
            let rest = words[index...]
            if let (_, count) = duration(rest) { return rest.count == count }
            if let (_, count) = repeats(rest) { return rest.count == count }
            guard let match = leading(rest), !match.isArticle else { return false }
            return rest.dropFirst(match.count).allSatisfy { trailing.contains($0.key) }
        }
    }
}
