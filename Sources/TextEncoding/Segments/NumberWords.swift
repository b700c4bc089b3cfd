/// Numbers as people write them: "2.5", "five", "twenty five", "a", "half a", "two and a half".
enum NumberWords {
    /// The number that the words begin with and how many words it takes; words are in lower case.
    static func leadingNumber(of words: ArraySlice<String>) -> (value: Double, count: Int)? {
        if words.starts(with: ["half", "a"]) { return (0.5, 2) }
        guard let first = words.first, var value = single(first) else { return nil }
        var rest = words.dropFirst()
        if value >= 20, value < 100, value.truncatingRemainder(dividingBy: 10) == 0, let word = rest.first,
            let unit = named[word], unit < 10
        {
            value += unit
            rest = rest.dropFirst()
        }
        if rest.starts(with: ["and", "a", "half"]) {
            value += 0.5
            rest = rest.dropFirst(3)
        }
        return (value, words.count - rest.count)
    }

    private static func single(_ word: String) -> Double? {
        if let value = named[word] ?? articles[word] { return value }
        let parts = word.split(separator: "-").compactMap { named[String($0)] }
        if parts.count == 2, parts[0] >= 20, parts[1] < 10 { return parts[0] + parts[1] }
        // Digits only: `Double` also reads "inf", "nan", "0x1p3" and "1e9".
        return word.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") } ? Double(word) : nil
    }

    private static let articles: [String: Double] = ["a": 1, "an": 1]
    private static let named: [String: Double] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
        "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    ]
}
