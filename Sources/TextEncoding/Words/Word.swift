/// A word, or a comma, as it is written and in lower case.
struct Word: Hashable {
    let text: String
    let key: String

    init(_ text: String) {
        self.text = text
        key = text.lowercased()
    }

    /// The sentences of a text as words; list numbers and the marks that end sentences are left out.
    static func sentences(of text: String) -> [[Word]] {
        var sentences: [[Word]] = [[]]
        var nextNumber = 1
        for line in text.split(whereSeparator: \.isNewline) {
            for chunk in line.split(whereSeparator: \.isWhitespace) {
                if chunk == "\(nextNumber)." || chunk == "\(nextNumber))" {
                    nextNumber += 1
                    sentences.append([])
                    continue
                }
                read(chunk)
            }
            sentences.append([])
        }
        return sentences.filter { !$0.isEmpty }

        func read(_ chunk: Substring) {
            if chunk == "->" || chunk == "→" { return sentences.append([]) }
            var word = ""
            for index in chunk.indices {
                let character = chunk[index]
                let next = chunk[chunk.index(after: index)...].first
                switch character {
                case "," where next?.isNumber != true:
                    endWord()
                    sentences[sentences.count - 1].append(Word(","))
                case ";", ".", "!", "?":
                    // "2.5" and "e.g." go on.
                    if character == ".", let next, next.isNumber || next.isLetter && word.count == 1 {
                        word.append(character)
                    } else {
                        endWord()
                        sentences.append([])
                    }
                default: word.append(character)
                }
            }
            endWord()

            func endWord() {
                if !word.isEmpty { sentences[sentences.count - 1].append(Word(word)) }
                word = ""
            }
        }
    }

    /// The words as a text again.
    static func text(of words: [Word]) -> String {
        words.reduce(into: "") { text, word in
            if !text.isEmpty, word.key != "," { text += " " }
            text += word.text
        }
    }

    /// The text without white space at its ends.
    static func trimmed(_ text: String) -> String {
        let front = text.drop(while: \.isWhitespace)
        let count = front.reversed().drop(while: \.isWhitespace).count
        return String(front.prefix(count))
    }
}
