/// BERT's first step of tokenization (Devlin et al., 2019, `BasicTokenizer`, uncased): clean the text, lower its case,
/// strip its accents and part it into words and single punctuation marks.
enum BasicTokenizer {
    /// The words and punctuation marks of a text, in order.
    static func words(in text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func endWord() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars where !isDropped(scalar) {
            if scalar.properties.isWhitespace {
                endWord()
            } else if isPunctuation(scalar) || isIdeograph(scalar) {
                endWord()
                word.append(scalar)
                endWord()
            } else {
                word.append(contentsOf: folded(scalar))
            }
        }
        endWord()
        return words
    }

    /// A letter in lower case without its accents; nothing for a combining mark.
    private static func folded(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if scalar.isASCII { return Array(scalar.properties.lowercaseMapping.unicodeScalars) }
        return scalar.properties.lowercaseMapping.unicodeScalars.compactMap { small in
            small.properties.generalCategory == .nonspacingMark ? nil : AccentedLetters.base(of: small) ?? small
        }
    }

    /// Control and format characters and the replacement character are dropped; tab and line ends are white space.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\n", "\r": false
        case "\u{FFFD}": true
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .privateUse: true
            default: false
            }
        }
    }

    /// All of ASCII's marks count as punctuation, also those that Unicode calls symbols, such as "$" and "+".
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "!"..."/", ":"..."@", "["..."`", "{"..."~": return true
            default: return false
            }
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    /// Ideographs stand alone, since they are written without spaces.
    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B820...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
