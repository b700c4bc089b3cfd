import FoundationEssentials

/// BERT's uncased tokenizer: words are parted greedily into the longest pieces of a fixed vocabulary
/// (Wu et al., 2016; Devlin et al., 2019).
///
/// Text that spells a special piece, such as "[SEP]", is read as ordinary text. Hangul and kana are not decomposed.
public struct WordPiece: Sendable {
    /// A text as pieces, [CLS] first and [SEP] last.
    public struct Tokens: Hashable, Sendable {
        /// Rows of the vocabulary.
        public var ids: [Int]
        /// The pieces as the vocabulary spells them; pieces that go on with a word begin with "##".
        public var pieces: [String]
    }

    /// The longest run of pieces, [CLS] and [SEP] included; longer texts are cut.
    public static let maximumLength = 128

    /// The number of pieces in the vocabulary.
    public var vocabularySize: Int { ids.count }

    /// Longer words become [UNK] as a whole.
    private static let maximumWordLength = 100

    private let ids: [String: Int]
    private let unknown: Int
    private let start: Int
    private let end: Int

    /// Reads a vocabulary: one piece a line, in order of the ids.
    ///
    /// - Throws: `TextEncodingError` when the file is missing, not UTF-8, names a piece twice or lacks a special piece.
    public init(vocabularyPath path: String) throws(TextEncodingError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw .vocabularyMissing(path: path) }
        guard let text = String(data: data, encoding: .utf8) else { throw .vocabularyNotUTF8(path: path) }
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        let pieces = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]

        var ids: [String: Int] = Dictionary(minimumCapacity: pieces.count)
        for (id, piece) in pieces.enumerated() where ids.updateValue(id, forKey: String(piece)) != nil {
            throw .vocabularyRepeats(path: path, piece: String(piece), line: id + 1)
        }
        func special(_ piece: String) throws(TextEncodingError) -> Int {
            guard let id = ids[piece] else { throw .vocabularyLacks(path: path, piece: piece) }
            return id
        }
        unknown = try special("[UNK]")
        start = try special("[CLS]")
        end = try special("[SEP]")
        self.ids = ids
    }

    /// Whether the vocabulary holds a word whole.
    public func isWord(_ word: String) -> Bool { ids[word] != nil }

    /// The pieces of a text; for a text without words only [CLS] and [SEP].
    public func tokens(of text: String) -> Tokens {
        var tokens = Tokens(ids: [start], pieces: ["[CLS]"])
        for word in BasicTokenizer.words(in: text) where tokens.ids.count < Self.maximumLength {
            for (id, piece) in spelling(of: word) ?? [(unknown, "[UNK]")] {
                tokens.ids.append(id)
                tokens.pieces.append(piece)
            }
        }
        let length = min(tokens.ids.count, Self.maximumLength - 1)
        return Tokens(ids: tokens.ids.prefix(length) + [end], pieces: tokens.pieces.prefix(length) + ["[SEP]"])
    }

    /// The pieces of one word, or nil where the vocabulary cannot spell it.
    private func spelling(of word: String) -> [(id: Int, piece: String)]? {
        var spelling: [(id: Int, piece: String)] = []
        var rest = word.unicodeScalars[...]
        guard rest.count <= Self.maximumWordLength else { return nil }
        while !rest.isEmpty {
            var candidate = rest
            while !candidate.isEmpty {
                let piece = (spelling.isEmpty ? "" : "##") + String(candidate)
                if let id = ids[piece] {
                    spelling.append((id, piece))
                    break
                }
                candidate.removeLast()
            }
            if candidate.isEmpty { return nil }
            rest = rest[candidate.endIndex...]
        }
        return spelling
    }
}
