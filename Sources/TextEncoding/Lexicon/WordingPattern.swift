/// A pattern that stands for many wordings: "(walk|go) [straight] @ahead".
///
/// `(a|b)` is one of the alternatives, `[a|b]` one of them or nothing, `@name` the alternatives that `words.json` calls
/// so, and `{side}` a place for "left" or "right".
struct WordingPattern {
    private indirect enum Node {
        case text(String)
        case choice([WordingPattern])

        var count: Int {
            switch self {
            case .text: 1
            case .choice(let options): options.reduce(0) { min($0 + $1.count, WordingPattern.manyCombinations) }
            }
        }

        func text(_ index: Int) -> String {
            switch self {
            case .text(let text): return text
            case .choice(let options):
                var rest = index
                for option in options {
                    if rest < option.count { return option.combination(rest) }
                    rest -= option.count
                }
                return ""
            }
        }
    }

    /// More combinations than these are not counted exactly.
    private static let manyCombinations = 1 << 30

    private var nodes: [Node] = []
    /// How many combinations there are.
    private(set) var count = 1

    /// Reads a pattern; nil for one whose brackets do not close, or that names no known words.
    init?(_ pattern: String, words: [String: String]) {
        var rest = Array(pattern)[...]
        self.init(&rest, words: words)
        guard rest.isEmpty else { return nil }
    }

    private init?(_ rest: inout ArraySlice<Character>, words: [String: String]) {
        var text = ""
        while let character = rest.first {
            if "|)]".contains(character) { break }
            rest.removeFirst()
            switch character {
            case "(", "[":
                append(.text(text))
                text = ""
                var options: [WordingPattern] = []
                while true {
                    guard let option = WordingPattern(&rest, words: words), let end = rest.popFirst() else {
                        return nil
                    }
                    options.append(option)
                    if end == "|" { continue }
                    guard end == (character == "(" ? ")" : "]") else { return nil }
                    break
                }
                if character == "[", let nothing = WordingPattern("", words: [:]) { options.append(nothing) }
                append(.choice(options))
            case "@":
                let name = String(rest.prefix { $0.isLetter })
                rest = rest.dropFirst(name.count)
                guard let alternatives = words[name], let choice = WordingPattern("(\(alternatives))", words: [:])
                else {
                    return nil
                }
                append(.text(text))
                text = ""
                for node in choice.nodes { append(node) }
            default: text.append(character)
            }
        }
        append(.text(text))
    }

    private mutating func append(_ node: Node) {
        if case .text("") = node { return }
        nodes.append(node)
        count = min(count * node.count, Self.manyCombinations)
    }

    private func combination(_ index: Int) -> String {
        var rest = index
        var text = ""
        for node in nodes.reversed() {
            text = node.text(rest % node.count) + text
            rest /= node.count
        }
        return text
    }

    /// Up to `limit` of the wordings, spread over all combinations; always the same ones, in the same order.
    func wordings(limit: Int) -> [String] {
        var step = 1
        if count > limit {
            // A step near the golden section that shares no factor with the count visits all alternatives evenly.
            step = max(1, Int(Double(count) * 0.618))
            while Self.greatestCommonDivisor(step, count) != 1 { step += 1 }
        }
        var found: [String] = []
        var known: Set<String> = []
        var index = 0
        for _ in 0..<min(limit, count) {
            let wording = combination(index).split(separator: " ").joined(separator: " ")
            if known.insert(wording).inserted { found.append(wording) }
            index = (index + step) % count
        }
        return found
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
