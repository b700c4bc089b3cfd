/// Numbers that tell how often: "two squats", "ten jumping jacks", "do five jumps".
enum Counting {
    /// What is counted without being done so many times: parts of the body, things, measures.
    private static let things: Set<String> = Set(
        """
        hand hands arm arms leg legs foot feet knee knees elbow finger fingers eyes ears ball balls club clubs people person
        persons o'clock oclock metre metres meter meters degree degrees second seconds minute minutes m cm km s sec step steps
        pace paces time times yards inches year years kilometres miles mile hour hours box boxes drum three eighty sixty twenty
        place places side sides words lap hundred percent chairs plates books eggs in handed legged foot armed oranges apples knives
        way ways direction directions
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// The number in front of what is done, and the place of its words; nil where there is none, or it is one.
    static func count(in words: [String]) -> (count: Int, place: Range<Int>)? {
        for index in words.indices {
            guard let (value, length) = NumberWords.leadingNumber(of: words[index...]),
                value >= 2, value == value.rounded(), value <= 10_000, index + length < words.count
            else { continue }
            let next = words[index + length]
            if things.contains(next) || Quantity.isUnit(next) || next.first?.isNumber == true { continue }
            if index > 0,
                ["with", "on", "like", "figure", "by", "warrior", "of", "at", "one", "to", "count"].contains(
                    words[index - 1])
            {
                continue
            }
            // "turn 180 to the left" and "warrior two" count nothing.
            guard
                next.hasSuffix("s")
                    || ["more", "quick", "fast", "slow", "deep", "small", "big", "little", "high", "full"].contains(
                        next)
                    || words[(index + length)...].prefix(3).contains(where: {
                        $0.hasSuffix("s") && !things.contains($0)
                    })
            else { continue }
            return (Int(value), index..<index + length)
        }
        return nil
    }

    /// Whether a distance is told that is longer than so many metres.
    static func tellsMetres(above most: Double, _ words: [String]) -> Bool {
        words.indices.contains { index in
            guard let match = Quantity.leading(words[index...].map(Word.init)[...]) else { return false }
            return match.unit == .metres && match.value > most
        }
    }

    /// Whether a distance, a turn or a number is told that is out of all bounds.
    static func isTooMuch(_ words: [String]) -> Bool {
        for index in words.indices {
            guard let match = Quantity.leading(words[index...].map(Word.init)[...]) else { continue }
            switch match.unit {
            case .metres where match.value > MotionGoal.longestDistance: return true
            case .radians where abs(match.value) > MotionGoal.largestTurn: return true
            case .steps where match.value > Double(MotionGoal.mostSteps): return true
            case .times where match.value > Double(CommandReader.mostTimes): return true
            case .seconds where match.value > 3600: return true
            default: continue
            }
        }
        return false
    }
}
