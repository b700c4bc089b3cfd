/// Reads texts in the other languages of the lexicon: a text is understood when its words, all of them, are known there
/// and name one action; nothing is guessed.
struct LanguageReader: Sendable {
    enum Meaning: Hashable, Sendable {
        case action(Int, BodySide?)
        case side(BodySide)
        case both
        case forward
        case backward
        case up
        case down
        case number(Double)
        case unit(String)
        case manner(String)
        case part
        case ignored

        /// What a word costs: of several ways to read a text the one with the fewest and most telling words counts.
        var cost: Double {
            switch self {
            case .action: 1
            case .ignored: 1.2
            case .both: 1.05
            default: 1.01
            }
        }
    }

    private struct Table: Sendable {
        /// Whether words are written without spaces between them, or with endings that hang on.
        var isUnspaced: Bool
        var meanings: [String: [Meaning]]
        var longest: Int
        var then: [String]
        var functionWords: Set<String>
        /// Ways to say a side, the longest first.
        var sides: [(word: String, meaning: Meaning)]
        /// What joins two actions, between spaces.
        var and: String
    }

    /// Ways to say a side, as parts of a way to say an action ("Schritt nach links"). As bytes: thousands of ways are searched
    /// when a table is made.
    private struct SideWays {
        private let isUnspaced: Bool
        private let left: [[UInt8]]
        private let right: [[UInt8]]
        private let forward: [[UInt8]]

        init(_ language: LexiconLanguage, _ isUnspaced: Bool) {
            self.isUnspaced = isUnspaced
            func padded(_ words: [String]) -> [[UInt8]] {
                words.map { Array((isUnspaced ? $0 : " \(LanguageReader.folded($0, false)) ").utf8) }
            }
            (left, right, forward) = (padded(language.left), padded(language.right), padded(language.forward))
        }

        func side(toldBy way: String) -> BodySide? {
            let text = Array((isUnspaced ? way : " \(LanguageReader.folded(way, false)) ").utf8)
            func holds(_ part: [UInt8]) -> Bool {
                text.count >= part.count
                    && (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
            }
            // "tout droit" is no side.
            if !isUnspaced, forward.contains(where: holds) { return nil }
            if left.contains(where: holds) { return .left }
            return right.contains(where: holds) ? .right : nil
        }
    }

    private let lexicon: Lexicon
    private let tables: [String: Table]

    init(_ lexicon: Lexicon) {
        self.lexicon = lexicon
        var tables: [String: Table] = [:]
        for (code, language) in lexicon.languages { tables[code] = Self.table(code, language, lexicon) }
        self.tables = tables
    }

    private static func table(_ code: String, _ language: LexiconLanguage, _ lexicon: Lexicon) -> Table {
        let isUnspaced = ["zh", "ja", "ko"].contains(code)
        let ways = SideWays(language, isUnspaced)
        var meanings: [String: [Meaning]] = [:]
        func add(_ words: [String], _ meaning: Meaning) {
            for word in words { meanings[folded(word, isUnspaced), default: []].append(meaning) }
        }
        for (name, words) in language.actions.sorted(by: { $0.key < $1.key }) {
            guard let index = lexicon.index(of: name) else { continue }
            for word in words {
                add([word], .action(index, ways.side(toldBy: word)))
            }
        }
        add(language.left, .side(.left))
        add(language.right, .side(.right))
        add(language.both, .both)
        add(language.forward, .forward)
        add(language.backward, .backward)
        add(language.up, .up)
        add(language.down, .down)
        add(language.ignored, .ignored)
        let ignored = Set(language.ignored)
        for (word, value) in language.numbers.sorted(by: { $0.key < $1.key }) {
            // What is a particle too ("이") is a number only in front of a unit.
            if !isUnspaced || !ignored.contains(word) { add([word], .number(value)) }
            for (unit, units) in language.units.sorted(by: { $0.key < $1.key }) where isUnspaced {
                add(units.map { word + $0 }, .unit("\(unit)=\(value)"))
            }
        }
        for (unit, words) in language.units.sorted(by: { $0.key < $1.key }) { add(words, .unit(unit)) }
        for (manner, words) in language.manners { add(words, .manner(manner)) }
        for words in language.parts.values { add(words, .part) }
        let functionWords = Set(
            language.ignored.filter { !$0.contains(" ") && $0.count > 1 }.map { folded($0, isUnspaced) })
        var sides: [(word: String, meaning: Meaning)] = []
        for word in language.left { sides.append((folded(word, isUnspaced), .side(.left))) }
        for word in language.right { sides.append((folded(word, isUnspaced), .side(.right))) }
        return Table(
            isUnspaced: isUnspaced, meanings: meanings,
            longest: meanings.keys.map { isUnspaced ? $0.count : $0.split(separator: " ").count }.max() ?? 1,
            then: language.then.sorted { $0.count > $1.count }.map { folded($0, isUnspaced) },
            functionWords: functionWords,
            sides: sides.sorted { $0.word.count > $1.word.count },
            and: joining[code].map { " \($0) " } ?? "\n")
    }

    private static let joining = ["de": "und", "fr": "et", "es": "y"]

    /// The number that Chinese numerals stand for, such as 一百八十; nil for other texts.
    private static func hanNumber(_ characters: ArraySlice<String>) -> Double? {
        var (total, digit) = (0.0, 0.0)
        for character in characters {
            switch character {
            case "百": (total, digit) = (total + max(digit, 1) * 100, 0)
            case "十": (total, digit) = (total + max(digit, 1) * 10, 0)
            default:
                guard let value = hanDigits[character] else { return nil }
                digit = value
            }
        }
        return total + digit
    }

    private static let hanDigits: [String: Double] = [
        "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    ]

    /// Lower case, without accents, hyphens and apostrophes; without spaces where they mean nothing.
    private static func folded(_ text: String, _ isUnspaced: Bool) -> String {
        var result = String.UnicodeScalarView()
        var isBehindWord = false
        for scalar in text.lowercased().unicodeScalars {
            switch scalar {
            case "-", "'", "’", "!", "?", "¿", "¡", ".", "。", "！", "？": isBehindWord = !result.isEmpty
            case ",", "、", "，", ";":
                append(",")
                isBehindWord = true
            case "ß":
                append("s")
                append("s")
            case _ where scalar.isASCII ? scalar.value <= 0x20 : scalar.properties.isWhitespace:
                isBehindWord = !result.isEmpty
            default: append(scalar.isASCII ? scalar : AccentedLetters.base(of: scalar) ?? scalar)
            }
        }
        func append(_ scalar: Unicode.Scalar) {
            if isBehindWord || scalar == "," && !result.isEmpty, !isUnspaced { result.append(" ") }
            isBehindWord = false
            result.append(scalar)
        }
        return String(result)
    }

    // MARK: Which language

    /// The actions of a text in one of the languages; nil for a text that is not in one, or, in those with Latin letters,
    /// not understood whole.
    func read(_ text: String) -> (language: String, segments: [UnderstoodSegment])? {
        if let code = Self.script(text), code != "other" {
            guard let table = tables[code], let found = segments(text, table) else {
                return (code, [Self.refused(text)])
            }
            return (code, found)
        }
        for code in ["de", "fr", "es"] {
            if let table = tables[code], let segments = segments(text, table) { return (code, segments) }
        }
        return nil
    }

    /// The language of a text that is not English.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isKnown: Whether a word stands in the English lexicon.
    ///   - isEnglish: Whether a word is an English one at all.
    ///
    /// - Returns: Its code, `other` for one that the lexicon does not hold; nil for English.
    func foreign(_ text: String, isKnown: (String) -> Bool, isEnglish: (String) -> Bool) -> String? {
        if let code = Self.script(text) { return code }
        let words = Self.folded(text, false).split(separator: " ").map(String.init).filter { $0 != "," }
        guard !words.isEmpty else { return nil }
        let hasAccents = text.lowercased().unicodeScalars.contains { AccentedLetters.base(of: $0) != nil || $0 == "ß" }
        for code in ["de", "fr", "es"] {
            guard let table = tables[code] else { continue }
            let hits = words.filter {
                table.functionWords.contains($0) && !Self.english.contains($0) && !isKnown($0)
                    || table.meanings[$0] != nil && !isEnglish($0)
            }
            if hits.count * 2 >= words.count || hasAccents && !hits.isEmpty { return code }
        }
        return hasAccents && words.filter(isEnglish).count * 2 <= words.count ? "other" : nil
    }

    /// Words of the tables that are English words too.
    private static let english: Set = [
        "a", "an", "in", "on", "die", "mit", "me", "te", "am", "hat", "der", "mal", "sie", "once", "un", "to", "de",
        "y",
        "du", "des", "la", "le", "les", "man", "not", "so",
    ]

    private static func script(_ text: String) -> String? {
        var hasHan = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xAC00...0xD7A3, 0x1100...0x11FF, 0x3130...0x318F: return "ko"
            case 0x3041...0x30FF: return "ja"
            case 0x4E00...0x9FFF: hasHan = true
            case 0x0370...0x1FFF where scalar.properties.isAlphabetic && !(0x1E00...0x1EFF).contains(scalar.value):
                return "other"
            default: continue
            }
        }
        return hasHan ? "zh" : nil
    }

    // MARK: Reading

    private static func refused(_ text: String) -> UnderstoodSegment {
        UnderstoodSegment(segment: Action(text: text), said: text, actions: [], objection: .language)
    }

    /// The actions of a text, all understood; nil when any is not.
    private func segments(_ text: String, _ table: Table) -> [UnderstoodSegment]? {
        var pieces = [Self.folded(text, table.isUnspaced)]
        for word in table.then {
            let separator = table.isUnspaced || word == "," ? word : " \(word) "
            pieces = pieces.flatMap { piece in
                table.meanings[piece] != nil
                    ? [piece] : (table.isUnspaced ? piece : " \(piece) ").split(separator: separator).map(String.init)
            }
        }
        var segments: [UnderstoodSegment] = []
        for piece in pieces {
            let bare = piece.split(separator: " ").joined(separator: " ")
            if bare.isEmpty { continue }
            if let segment = segment(bare, table) {
                segments.append(segment)
            } else {
                // "geh und winke": two that only an "and" joins.
                let parts = " \(bare) ".split(separator: table.and)
                    .map { $0.split(separator: " ").joined(separator: " ") }
                guard parts.count > 1 else { return nil }
                for part in parts {
                    guard let segment = segment(part, table) else { return nil }
                    segments.append(segment)
                }
            }
        }
        return segments.isEmpty ? nil : segments
    }

    private func segment(_ piece: String, _ table: Table) -> UnderstoodSegment? {
        guard let meanings = meanings(piece, table) ?? parted(piece, table) else { return nil }
        var clause = TranslatedClause(countsArms: table.isUnspaced)
        for meaning in meanings where !clause.add(meaning) { return nil }
        return clause.segment(piece, lexicon)
    }

    /// The meanings of a piece with a side, a number or a manner in the midst of a way to say an action: "heb das rechte knie".
    private func parted(_ piece: String, _ table: Table) -> [Meaning]? {
        if table.isUnspaced {
            for (word, meaning) in table.sides {
                guard let place = piece.firstRange(of: word) else { continue }
                let rest = piece[..<place.lowerBound] + piece[place.upperBound...]
                if let found = meanings(String(rest), table) { return found + [meaning] }
            }
            return nil
        }
        var inside: [Meaning] = []
        let rest = piece.split(separator: " ").filter { word in
            let told = table.meanings[String(word)]?.first { meaning in
                switch meaning {
                case .side, .number, .manner, .both: true
                default: false
                }
            }
            if let told { inside.append(told) }
            return told == nil
        }
        guard !inside.isEmpty, let found = meanings(rest.joined(separator: " "), table) else { return nil }
        return found + inside
    }

    /// How words up to some place are read.
    private struct Reading {
        var cost: Double
        /// Where the last meaning begins, and which action was named before it; -1 for none.
        var from: Int
        var before: Int
        var meaning: Meaning
    }

    /// The cheapest way to read a piece as known words, all of it, that names one action; nil when there is none.
    private func meanings(_ piece: String, _ table: Table) -> [Meaning]? {
        let units: [String] = table.isUnspaced ? piece.map { String($0) } : piece.split(separator: " ").map(String.init)
        guard !units.isEmpty, units.count <= 200 else { return nil }
        // By the action that was named so far: what is cheapest alone may name two.
        var best: [[Int: Reading]] = Array(repeating: [:], count: units.count + 1)
        for start in units.indices {
            let bases = start == 0 ? [-1: 0] : best[start].mapValues(\.cost)
            guard !bases.isEmpty else { continue }
            for step in Self.steps(units, from: start, table) {
                var named: Int?
                if case .action(let index, _) = step.meaning { named = index }
                for (action, base) in bases.sorted(by: { $0.key < $1.key })
                where named == nil || action == -1 || action == named {
                    let reading = Reading(
                        cost: base + step.cost, from: start, before: action, meaning: step.meaning)
                    let key = named ?? action
                    if best[step.end][key].map({ reading.cost < $0.cost }) ?? true { best[step.end][key] = reading }
                }
            }
        }
        let whole = best[units.count].filter { $0.key != -1 }
        guard var key = whole.min(by: { ($0.value.cost, $0.key) < ($1.value.cost, $1.key) })?.key else { return nil }
        var result: [Meaning] = []
        var end = units.count
        while end > 0, let step = best[end][key] {
            if case .unit(let name) = step.meaning, let equals = name.firstIndex(of: "="),
                let value = Double(name[name.index(after: equals)...])
            {
                result += [.unit(String(name[..<equals])), .number(value)]
            } else {
                result.append(step.meaning)
            }
            (end, key) = (step.from, step.before)
        }
        return result.reversed()
    }

    /// What may be read from a place on, and where it ends.
    private static func steps(
        _ units: [String], from start: Int, _ table: Table
    ) -> [(end: Int, cost: Double, meaning: Meaning)] {
        // Numbers written in digits, or of several numerals, go before their parts.
        let number = 1.0
        var steps: [(end: Int, cost: Double, meaning: Meaning)] = []
        var end = start
        var digits = ""
        while end < units.count, units[end].allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) {
            digits += units[end]
            end += 1
            if !table.isUnspaced { break }
        }
        if let value = Double(digits) { steps.append((end, number, .number(value))) }
        // "90°" and "2m" in one word.
        if !table.isUnspaced,
            let split = units[start].firstIndex(where: { !($0.isASCII && ($0.isNumber || $0 == ".")) }),
            split > units[start].startIndex, let value = Double(units[start][..<split]),
            let unit = table.meanings[String(units[start][split...])]?.first(where: {
                if case .unit = $0 { true } else { false }
            }),
            case .unit(let name) = unit
        {
            steps.append((start + 1, number, .unit("\(name)=\(value)")))
        }
        if table.isUnspaced, hanDigits[units[start]] != nil || ["十", "百"].contains(units[start]) {
            let last = units[start...].prefix { hanDigits[$0] != nil || ["十", "百"].contains($0) }.endIndex
            if last - start > 1, let value = hanNumber(units[start..<last]) {
                steps.append((last, number, .number(value)))
            }
        }
        var text = ""
        for end in (start + 1)...min(units.count, start + table.longest) {
            text += (text.isEmpty || table.isUnspaced ? "" : " ") + units[end - 1]
            for meaning in table.meanings[text] ?? [] { steps.append((end, meaning.cost, meaning)) }
        }
        return steps
    }
}
