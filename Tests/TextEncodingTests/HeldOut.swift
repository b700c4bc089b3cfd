import Foundation
import Testing

/// Sentences that were written before the lexicon's rules and are kept from them.
struct HeldOutSentence: CustomTestStringConvertible {
    /// Actions, one after the other; those of one are at once.
    var actions: [[String]]
    /// What is told besides: "side" to "left".
    var slots: [String: String]
    /// What else stands before the text, such as "impossible" or a language.
    var note: String
    var text: String

    var testDescription: String { text }

    /// The sentences of a file of lines "expected | text".
    static func read(_ name: String, hasNote: Bool = false) throws -> [HeldOutSentence] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "txt"))
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#"), let bar = line.lastIndex(of: "|") else { return nil }
            var words = line[..<bar].split(separator: " ").map(String.init)
            let note = hasNote || words.first?.hasPrefix("!") == true ? words.removeFirst() : ""
            var slots: [String: String] = [:]
            var actions: [[String]] = [[]]
            for word in words {
                let pair = word.split(separator: "=").map(String.init)
                if pair.count == 2 {
                    slots[pair[0]] = pair[1]
                } else if word == ">" {
                    actions.append([])
                } else if word != "+" {
                    actions[actions.count - 1].append(word)
                }
            }
            return HeldOutSentence(
                actions: actions, slots: slots, note: note,
                text: line[line.index(after: bar)...].trimmingCharacters(in: .whitespaces))
        }
    }
}
