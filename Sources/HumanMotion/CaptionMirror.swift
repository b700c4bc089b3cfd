/// Rewrites a caption for the mirrored motion: left and right, clockwise and counterclockwise change places.
public enum CaptionMirror {
    private static let pairs: [String: String] = [
        "left": "right", "right": "left", "lefts": "rights", "rights": "lefts",
        "leftward": "rightward", "rightward": "leftward", "leftwards": "rightwards", "rightwards": "leftwards",
        "lefthand": "righthand", "righthand": "lefthand", "lefthanded": "righthanded", "righthanded": "lefthanded",
        "leftmost": "rightmost", "rightmost": "leftmost",
        "clockwise": "counterclockwise", "counterclockwise": "clockwise", "anticlockwise": "clockwise",
    ]

    /// The caption of the mirror image. Words keep their case, and only whole words change: "upright" stays. The
    /// hyphenated forms "counter-clockwise" and "anti-clockwise" become "clockwise".
    public static func mirrored(_ caption: String) -> String {
        var result = ""
        var rest = caption[...]
        while let first = rest.first {
            guard first.isLetter else {
                result.append(first)
                rest.removeFirst()
                continue
            }
            let word = rest.prefix(while: \.isLetter)
            rest = rest[word.endIndex...]
            let lowercased = word.lowercased()
            if ["counter", "anti"].contains(lowercased), let joined = hyphenatedClockwise(rest) {
                rest = rest.dropFirst(joined)
                result += cased("clockwise", like: word)
            } else if let other = pairs[lowercased] {
                result += cased(other, like: word)
            } else {
                result += word
            }
        }
        return result
    }

    /// Length of "-clockwise" or " clockwise" at the start of the text, if it stands there as a whole word.
    private static func hyphenatedClockwise(_ text: Substring) -> Int? {
        guard let separator = text.first, separator == "-" || separator == " " else { return nil }
        let word = text.dropFirst().prefix(while: \.isLetter)
        return word.lowercased() == "clockwise" ? 1 + word.count : nil
    }

    private static func cased(_ word: String, like example: Substring) -> String {
        if example.count > 1, example.allSatisfy(\.isUppercase) { return word.uppercased() }
        if example.first?.isUppercase == true { return word.prefix(1).uppercased() + word.dropFirst() }
        return word
    }
}
