/// A word as it was meant: in lower case, without accents, contractions written out and misspellings mended.
struct SpokenWord: Hashable {
    let key: String
    /// Where it begins in the text.
    let start: String.Index
}

/// The words between two marks or conjunctions.
struct SpokenClause: Hashable {
    /// What stands between a clause and the one before it.
    enum Link {
        /// A mark, or nothing at all.
        case mark
        /// "and", "but".
        case conjunction
        /// "then", "after that".
        case sequence
    }

    var words: [SpokenWord] = []
    var link = Link.mark

    /// Where it begins in the text.
    var start: String.Index { words[0].start }
    var keys: [String] { words.map(\.key) }

    /// Whether it says what to do or what is done, so that it may follow a stop.
    var isAction: Bool {
        if link == .sequence { return true }
        return keys.contains { MotionVerb.lookUp($0).map { $0.form != .gerund } ?? false }
    }

    /// The clauses of a text, none of them empty.
    static func clauses(of text: String) -> [SpokenClause] {
        var clauses: [SpokenClause] = []
        var clause = SpokenClause()
        func end() {
            if !clause.words.isEmpty {
                clauses.append(clause)
                clause = SpokenClause()
            }
        }
        let tokens = joiningLetters(tokens(of: text)).prefix(longest)
        for (index, token) in tokens.enumerated() {
            guard let word = token.word else {
                end()
                continue
            }
            for key in written(out: word, before: index + 1 < tokens.count ? tokens[index + 1].word : nil) {
                switch key {
                case "and", "but", "or", "plus":
                    end()
                    if clause.link == .mark { clause.link = .conjunction }
                case "then", "afterwards", "afterward", "next":
                    end()
                    clause.link = .sequence
                case "that" where clause.words.last?.key == "after":
                    clause.words.removeLast()
                    end()
                    clause.link = .sequence
                default: clause.words.append(SpokenWord(key: key, start: token.start))
                }
            }
        }
        end()
        return clauses
    }

    /// Words and marks that are read: who says to stop does so in the beginning.
    private static let longest = 80

    private struct Token {
        /// Nil for a mark that ends a clause.
        var word: String?
        var start: String.Index
    }

    /// Words of letters and digits, and the marks between them; an apostrophe belongs to its word.
    private static func tokens(of text: String) -> [Token] {
        var tokens: [Token] = []
        var word = ""
        var start = text.startIndex
        func end() {
            if !word.isEmpty { tokens.append(Token(word: word, start: start)) }
            word = ""
        }
        for index in text.indices {
            let character = text[index]
            if character.isLetter || character.isNumber {
                if word.isEmpty { start = index }
                word += Spelling.folded(character)
            } else if "'’‘`´".contains(character) {
                if !word.isEmpty { word += "'" }
            } else if character == "🛑" || character == "✋" {
                end()
                tokens.append(Token(word: "stop", start: index))
            } else {
                end()
                if ",.;:!?…\n\r—–()→>&".contains(character) { tokens.append(Token(word: nil, start: index)) }
            }
        }
        end()
        return tokens
    }

    /// "s t o p", "S.T.O.P." and "s-t-o-p" are one word.
    private static func joiningLetters(_ tokens: [Token]) -> [Token] {
        var joined: [Token] = []
        var letters: [Token] = []
        func end() {
            if letters.filter({ $0.word != nil }).count >= 4, let first = letters.first {
                joined.append(Token(word: letters.compactMap(\.word).joined(), start: first.start))
                if letters.last?.word == nil, let last = letters.last { joined.append(last) }
            } else {
                joined += letters
            }
            letters = []
        }
        for token in tokens {
            if token.word?.count == 1 || token.word == nil && letters.last?.word != nil {
                letters.append(token)
            } else {
                end()
                joined.append(token)
            }
        }
        end()
        return joined
    }

    /// A word as those that it stands for: "don't" is "do not", "pls" is "please".
    private static func written(out word: String, before next: String?) -> [String] {
        if word == "don", next == "t" { return ["do", "not"] }
        if word == "t" { return [] }
        if let words = short[word] { return words }
        if word.hasPrefix("pls") || word.hasPrefix("plz") { return ["please"] }
        guard let mark = word.firstIndex(of: "'") else { return [Spelling.mended(word)] }
        let (front, end) = (String(word[..<mark]), word[word.index(after: mark)...].replacing("'", with: ""))
        switch end {
        case "s" where ["it", "that", "there", "he", "she", "here", "what", "who"].contains(front):
            return [front, "is"]
        case "s" where front == "let": return ["let", "us"]
        case "re": return [front, "are"]
        case "m": return [front, "am"]
        case "ll": return [front, "will"]
        case "d": return [front, "would"]
        case "ve": return [front, "have"]
        default: return written(out: front + end, before: nil)
        }
    }

    private static let short: [String: [String]] = [
        "dont": ["do", "not"], "dnt": ["do", "not"], "donot": ["do", "not"], "cant": ["can", "not"],
        "wont": ["will", "not"], "didnt": ["did", "not"], "isnt": ["is", "not"], "thats": ["that", "is"],
        "youre": ["you", "are"], "im": ["i", "am"], "lets": ["let", "us"], "theres": ["there", "is"],
        "gonna": ["going", "to"], "wanna": ["want", "to"], "gotta": ["have", "to"], "u": ["you"], "r": ["are"],
        "rn": ["right", "now"], "w8": ["wait"],
        "sec": ["second"], "secs": ["seconds"], "min": ["minute"], "mo": ["moment"], "tick": ["moment"],
        "ok": ["okay"], "k": ["okay"], "stahp": ["stop"], "woah": ["whoa"], "till": ["until"], "til": ["until"],
        "timeout": ["time", "out"], "standby": ["stand", "by"], "estop": ["emergency", "stop"], "em": ["them"],
        "anymore": ["any", "more"], "nomore": ["no", "more"], "nt": ["not"], "gimme": ["give", "me"],
        "holdon": ["hold", "on"], "holdup": ["hold", "up"],
        "hangon": ["hang", "on"], "1": ["one"], "cannot": ["can", "not"],
    ]
}
