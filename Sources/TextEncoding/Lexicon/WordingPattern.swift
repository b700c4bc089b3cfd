/// A pattern that stands for many wordings: "(walk|go) [straight] @ahead".
///
/// `(a|b)` is one of the alternatives, `[a|b]` one of them or nothing, `@name` the alternatives that `words.json` calls
/// so, and `{side}` a place for "left" or "right".
struct WordingPattern {
    private indirect enum Node {
        case text([UInt8])
        case choice([WordingPattern])

        var count: Int {
            switch self {
            case .text: 1
            case .choice(let options): options.reduce(0) { min($0 + $1.count, WordingPattern.manyCombinations) }
            }
        }

        func write(_ index: Int, to text: inout [UInt8]) {
            switch self {
            case .text(let own): text += own
            case .choice(let options):
                var rest = index
                for option in options {
                    if rest < option.count { return option.write(rest, to: &text) }
                    rest -= option.count
                }
            }
        }
    }

    /// More combinations than these are not counted exactly.
    private static let manyCombinations = 1 << 30

    private var nodes: [Node] = []
    /// For each node how many combinations of those behind it there are.
    private var strides: [Int] = []
    /// How many combinations there are.
    private(set) var count = 1

    /// Reads a pattern; nil for one whose brackets do not close, or that names no known words.
    init?(_ pattern: String, words: [String: String]) {
        var rest = Array(pattern.utf8)[...]
        self.init(&rest, words: words)
        guard rest.isEmpty else { return nil }
    }

    private init?(_ rest: inout ArraySlice<UInt8>, words: [String: String]) {
        var text: [UInt8] = []
        while let byte = rest.first {
            if "|)]".utf8.contains(byte) { break }
            rest.removeFirst()
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["):
                append(.text(text))
                text = []
                var options: [WordingPattern] = []
                while true {
                    guard let option = WordingPattern(&rest, words: words), let end = rest.popFirst() else {
                        return nil
                    }
                    options.append(option)
                    if end == UInt8(ascii: "|") { continue }
                    guard end == (byte == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "]")) else { return nil }
                    break
                }
                if byte == UInt8(ascii: "["), let nothing = WordingPattern("", words: [:]) { options.append(nothing) }
                append(.choice(options))
            case UInt8(ascii: "@"):
                let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
                let name = String(decoding: rest.prefix { letters.contains($0 | 0x20) }, as: UTF8.self)
                rest = rest.dropFirst(name.utf8.count)
                guard let alternatives = words[name], let choice = WordingPattern("(\(alternatives))", words: [:])
                else {
                    return nil
                }
                append(.text(text))
                text = []
                for node in choice.nodes { append(node) }
            default: text.append(byte)
            }
        }
        append(.text(text))
        var behind = 1
        for node in nodes.reversed() {
            strides.append(strides.last.map { min($0 * behind, Self.manyCombinations) } ?? 1)
            behind = node.count
        }
        strides.reverse()
    }

    private mutating func append(_ node: Node) {
        if case .text(let text) = node, text.isEmpty { return }
        nodes.append(node)
        count = min(count * node.count, Self.manyCombinations)
    }

    /// Writes one of the combinations; the last choice changes with every index.
    private func write(_ index: Int, to text: inout [UInt8]) {
        for (node, stride) in zip(nodes, strides) { node.write(index / stride % node.count, to: &text) }
    }

    private func combination(_ index: Int) -> String {
        var text: [UInt8] = []
        write(index, to: &text)
        // One space between words, none at the ends.
        var words: [UInt8] = []
        for byte in text where byte != UInt8(ascii: " ") || words.last.map({ $0 != byte }) ?? false {
            words.append(byte)
        }
        if words.last == UInt8(ascii: " ") { words.removeLast() }
        return String(decoding: words, as: UTF8.self)
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
            let wording = combination(index)
            if known.insert(wording).inserted { found.append(wording) }
            index = (index + step) % count
        }
        return found
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
