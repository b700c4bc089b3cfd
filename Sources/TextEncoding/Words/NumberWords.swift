/// Numbers as people write them: "2.5", "five", "twenty five", "a hundred and eighty", "half a", "two and a half".
enum NumberWords {
    /// The number that the words begin with and how many words it takes; words are in lower case.
    static func leadingNumber(of words: ArraySlice<String>) -> (value: Double, count: Int)? {
        for (phrase, value) in fractions where words.starts(with: phrase) { return (value, phrase.count) }
        guard let first = words.first, var value = single(first) else { return nil }
        var rest = words.dropFirst()
        if value < 10, rest.first == "hundred" {
            value *= 100
            rest = rest.dropFirst()
            if rest.first == "and", let (more, count) = belowHundred(rest.dropFirst()) {
                value += more
                rest = rest.dropFirst(count + 1)
            } else if let (more, count) = belowHundred(rest) {
                value += more
                rest = rest.dropFirst(count)
            }
        } else if let (whole, count) = belowHundred(words) {
            value = whole
            rest = words.dropFirst(count)
        }
        if value >= 1, rest.first == "thousand" {
            value *= 1000
            rest = rest.dropFirst()
        }
        if rest.starts(with: ["and", "a", "half"]) {
            value += 0.5
            rest = rest.dropFirst(3)
        }
        return (value, words.count - rest.count)
    }

    /// Whether a number may begin with a word, itself or with those behind it.
    static func mayBegin(_ word: String) -> Bool {
        named[word] != nil || articles[word] != nil || word == "half" || word.first?.isNumber == true
            || word.first == "." || word.contains("-")
    }

    /// "seven", "forty", "forty two"; articles and digits are left to ``single(_:)``.
    private static func belowHundred(_ words: ArraySlice<String>) -> (value: Double, count: Int)? {
        guard let first = words.first, let value = named[first] else { return nil }
        if value >= 20, let word = words.dropFirst().first, let unit = named[word], unit < 10 {
            return (value + unit, 2)
        }
        return (value, 1)
    }

    private static func single(_ word: String) -> Double? {
        if let value = named[word] ?? articles[word] { return value }
        let parts = word.split(separator: "-").compactMap { named[String($0)] }
        if parts.count == 2, parts[0] >= 20, parts[1] < 10 { return parts[0] + parts[1] }
        // Digits only: `Double` also reads "inf", "nan", "0x1p3" and "1e9".
        return word.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") } ? Double(word) : nil
    }

    private static let fractions: [([String], Double)] = [
        (["half", "a", "dozen"], 6), (["a", "dozen"], 12), (["half", "a"], 0.5), (["half", "an"], 0.5),
        (["a", "quarter", "of", "a"], 0.25), (["a", "couple", "of"], 2),
        (["a", "couple"], 2), (["three", "quarters", "of", "a"], 0.75), (["a", "half"], 0.5), (["a", "quarter"], 0.25),
    ]
    private static let articles: [String: Double] = ["a": 1, "an": 1]
    private static let named: [String: Double] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
        "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
        "seventy": 70, "eighty": 80, "ninety": 90,
    ]
}
