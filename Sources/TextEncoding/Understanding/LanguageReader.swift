/// Reads texts in the other languages of the lexicon: a text is understood when its words, all of them, are known there
/// and name one action; nothing is guessed.
struct LanguageReader: Sendable {
    private enum Meaning: Hashable, Sendable {
        case action(Int, BodySide?)
        case side(BodySide)
        case both
        case forward
        case backward
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
        return Table(
            isUnspaced: isUnspaced, meanings: meanings,
            longest: meanings.keys.map { isUnspaced ? $0.count : $0.split(separator: " ").count }.max() ?? 1,
            then: language.then.sorted { $0.count > $1.count }.map { folded($0, isUnspaced) },
            functionWords: functionWords)
    }

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
        for scalar in text.lowercased().unicodeScalars {
            switch scalar {
            case "-", "'", "’", "!", "?", "¿", "¡", ".", "。", "！", "？": result.append(" ")
            case ",", "、", "，", ";": result.append(contentsOf: " , ".unicodeScalars)
            case "ß": result.append(contentsOf: "ss".unicodeScalars)
            default: result.append(AccentedLetters.base(of: scalar) ?? scalar)
            }
        }
        let words = String(result).split(whereSeparator: \.isWhitespace)
        return words.joined(separator: isUnspaced ? "" : " ")
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

    /// The language of a text that is not English; `other` for one that the lexicon does not hold.
    func foreign(_ text: String, isEnglish: (String) -> Bool) -> String? {
        if let code = Self.script(text) { return code }
        let words = Self.folded(text, false).split(separator: " ").map(String.init).filter { $0 != "," }
        guard !words.isEmpty else { return nil }
        let hasAccents = text.lowercased().unicodeScalars.contains { AccentedLetters.base(of: $0) != nil || $0 == "ß" }
        for code in ["de", "fr", "es"] {
            guard let table = tables[code] else { continue }
            let hits = words.filter {
                table.functionWords.contains($0) && !Self.english.contains($0)
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
            guard let segment = segment(bare, table) else { return nil }
            segments.append(segment)
        }
        return segments.isEmpty ? nil : segments
    }

    private func segment(_ piece: String, _ table: Table) -> UnderstoodSegment? {
        guard let meanings = meanings(piece, table) else { return nil }
        var found: [(index: Int, side: BodySide?)] = []
        var side: BodySide?
        var (isBoth, isForward, isBackward) = (false, false, false)
        var number: Double?
        var count: Int?
        var goal = MotionGoal()
        var duration: Double?
        var manner: Manner?
        for meaning in meanings {
            switch meaning {
            case .action(let index, let own): found.append((index, own))
            case .side(let told):
                if let side, side != told { return nil }
                side = told
            case .both: isBoth = true
            case .forward: isForward = true
            case .backward: isBackward = true
            // An article, "un", is no number beside another.
            case .number(let value): number = number.map { value == 1 ? $0 : value } ?? value
            case .unit(let unit):
                guard let value = number else { continue }
                number = nil
                switch unit {
                case "metres": goal.distance = value
                case "degrees": goal.turn = value * .pi / 180
                case "steps": goal.steps = Int(value)
                case "seconds": duration = value
                default: count = Int(value)
                }
            case .manner(let name): manner = Manner(rawValue: name)
            case .part, .ignored: continue
            }
        }
        guard let first = found.first, found.allSatisfy({ $0.index == first.index }) else { return nil }
        side = side ?? found.lazy.compactMap(\.side).first
        var name = lexicon.actions[first.index].name
        switch name {
        case "raise_arm" where isBoth: name = "raise_both_arms"
        case "wave" where isBoth: name = "wave_both"
        case "walk_forward" where isBackward: name = "walk_backward"
        case "walk_forward" where side != nil: name = "sidestep"
        case "run_forward" where isBackward: name = "run_backward"
        case "jump" where isForward: name = "jump_forward"
        case "jump" where isBackward: name = "jump_backward"
        case "jump" where side != nil: name = "jump_sideways"
        case "turn_around" where goal.turn != nil: name = "turn"
        case "turn" where isBackward: name = "turn_around"
        default: break
        }
        guard let action = lexicon[name] else { return nil }
        // "度" counts degrees of a turn and times of everything else.
        if let value = goal.turn, !action.slots.contains(.angle) {
            (goal.turn, count) = (nil, Int((value * 180 / .pi).rounded()))
        }
        if let value = number, count == nil, value >= 1, value == value.rounded() { count = Int(value) }
        if let turn = goal.turn { (goal.turn, goal.isEitherSide) = (side == .right ? -turn : turn, side == nil) }
        if goal.distance != nil {
            goal.direction =
                isBackward || name == "walk_backward"
                ? .backward : (name == "sidestep" ? (side == .left ? .left : .right) : .forward)
        }
        let isSided = action.slots.contains(.side)
        let understood = UnderstoodAction(name: name, likeness: 1, side: isSided ? side : nil, manner: manner)
        let hasGoal = goal.distance != nil || goal.turn != nil || goal.steps != nil
        let text = action.caption(side: understood.side) + (manner.map { " " + $0.phrase } ?? "")
        var segment = Action(
            text: text, duration: duration, goal: hasGoal ? goal : nil, repeats: max(count ?? 1, 1))
        if segment.duration == nil, action.count == .times, !hasGoal {
            (segment.duration, segment.isEstimate) = (action.seconds, true)
        }
        var result = UnderstoodSegment(segment: segment, said: piece, actions: [understood])
        if segment.repeats > CommandReader.mostTimes || goal.distance ?? 0 > MotionGoal.longestDistance
            || abs(goal.turn ?? 0) > MotionGoal.largestTurn || goal.steps ?? 0 > MotionGoal.mostSteps
        {
            result.objection = .tooMuch
        }
        return result
    }

    /// The cheapest way to read a piece as known words, all of it; nil when there is none.
    private func meanings(_ piece: String, _ table: Table) -> [Meaning]? {
        let units: [String] = table.isUnspaced ? piece.map { String($0) } : piece.split(separator: " ").map(String.init)
        let separator = table.isUnspaced ? "" : " "
        guard units.count <= 200 else { return nil }
        var best: [(cost: Double, from: Int, meaning: Meaning)?] = Array(repeating: nil, count: units.count + 1)
        func offer(_ end: Int, _ cost: Double, _ from: Int, _ meaning: Meaning) {
            if best[end].map({ cost < $0.cost }) ?? true { best[end] = (cost, from, meaning) }
        }
        for start in units.indices {
            let base = start == 0 ? 0 : best[start]?.cost
            guard let base else { continue }
            var end = start
            var digits = ""
            while end < units.count, units[end].allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
                !units[end].isEmpty
            {
                digits += units[end]
                end += 1
                if !table.isUnspaced { break }
            }
            if let value = Double(digits) { offer(end, base + 1, start, .number(value)) }
            // "90°" and "2m" in one word.
            if !table.isUnspaced,
                let split = units[start].firstIndex(where: { !($0.isASCII && ($0.isNumber || $0 == ".")) }),
                split > units[start].startIndex, let value = Double(units[start][..<split]),
                let unit = table.meanings[String(units[start][split...])]?.first(where: {
                    if case .unit = $0 { true } else { false }
                }),
                case .unit(let name) = unit
            {
                offer(start + 1, base + 1, start, .unit("\(name)=\(value)"))
            }
            if table.isUnspaced, Self.hanDigits[units[start]] != nil || ["十", "百"].contains(units[start]) {
                let last = units[start...].prefix { Self.hanDigits[$0] != nil || ["十", "百"].contains($0) }.endIndex
                if last - start > 1, let value = Self.hanNumber(units[start..<last]) {
                    offer(last, base + 1, start, .number(value))
                }
            }
            var text = ""
            for end in (start + 1)...min(units.count, start + table.longest) {
                text += (text.isEmpty ? "" : separator) + units[end - 1]
                for meaning in table.meanings[text] ?? [] { offer(end, base + meaning.cost, start, meaning) }
            }
        }
        var result: [Meaning] = []
        var end = units.count
        while end > 0 {
            guard let step = best[end] else { return nil }
            if case .unit(let name) = step.meaning, let equals = name.firstIndex(of: "="),
                let value = Double(name[name.index(after: equals)...])
            {
                result += [.unit(String(name[..<equals])), .number(value)]
            } else {
                result.append(step.meaning)
            }
            end = step.from
        }
        return result.reversed()
    }
}
