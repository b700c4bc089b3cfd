/// Words that stand for a part of the body named before: "raise your left arm, then lower it", "now the other one".
enum BackReference {
    /// The words with what they refer to in their place.
    static func resolved(_ words: [String], before: [String]) -> [String] {
        guard !words.contains(where: BodyPart.isOne),
            let place = before.lastIndex(where: BodyPart.isOne), let part = BodyPart.singular(of: before[place])
        else { return words }
        // "lift a box with both hands": "it" is the box.
        let behind = before[..<place].last { !determiners.contains($0) } ?? ""
        if ["with", "in", "on", "using", "to", "over", "behind"].contains(behind) { return words }
        let side = place > 0 && ["left", "right"].contains(before[place - 1]) ? before[place - 1] : nil
        var result: [String] = []
        var rest = words[...]
        while let word = rest.first {
            let next = rest.dropFirst().first
            if ["it", "them"].contains(word), !result.isEmpty {
                result += ["your"] + (side.map { [$0] } ?? []) + [before[place]]
            } else if word == "both", next == nil {
                result += ["both", BodyPart.plural(of: part)]
            } else if word == "other", next == nil || next == "one" || next == "side" {
                result += (side.map { [$0 == "left" ? "right" : "left"] } ?? ["other"]) + [part]
                if next != nil { rest = rest.dropFirst() }
            } else if ["left", "right"].contains(word), next == nil, result.last == "the" {
                result += [word, part]
            } else if ["left", "right"].contains(word), next == "one" {
                result += [word, part]
                rest = rest.dropFirst()
            } else {
                result.append(word)
            }
            rest = rest.dropFirst()
        }
        return result
    }

    private static let determiners: Set = [
        "left", "right", "both", "your", "his", "her", "their", "its", "the", "a", "one", "my",
    ]
}
