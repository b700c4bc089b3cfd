import Foundation
import Testing

@testable import TextEncoding

@Suite("Word pieces")
struct WordPieceTests {
    let wordPiece: WordPiece

    init() throws {
        wordPiece = try WordPiece(vocabularyPath: Reference.modelDirectory + "/vocab.txt")
    }

    @Test("The pieces and ids are the reference's")
    func piecesAreTheReferences() throws {
        for sentence in try Reference.load().sentences {
            let tokens = wordPiece.tokens(of: sentence.text)
            #expect(tokens.ids == sentence.ids, "\(sentence.text)")
            #expect(tokens.pieces == sentence.pieces, "\(sentence.text)")
        }
    }

    @Test("The ids of odd texts are the reference's")
    func oddTexts() throws {
        for text in try Reference.load().texts {
            #expect(wordPiece.tokens(of: text.text).ids == text.ids, "\(text.text)")
        }
    }

    @Test("Case and accents of every Latin, Greek and Cyrillic letter are folded as by the reference")
    func folding() throws {
        let reference = try Reference.load().folding
        let letters = reference.text.split(separator: " ")
        let folded = reference.folded.split(separator: " ")
        #expect(letters.count == folded.count)
        #expect(letters.count > 1000)
        for (letter, expected) in zip(letters, folded) {
            #expect(BasicTokenizer.words(in: String(letter)) == [String(expected)], "\(letter)")
        }
    }

    @Test("A long text is cut to 128 pieces that end with [SEP]")
    func longTextIsCut() {
        let tokens = wordPiece.tokens(of: String(repeating: "antidisestablishmentarianism ", count: 1000))
        #expect(tokens.ids.count == 128)
        #expect(tokens.pieces.count == 128)
        #expect(tokens.pieces.last == "[SEP]")
    }

    @Test("Text that spells special pieces stays text")
    func specialPiecesAreText() {
        #expect(wordPiece.tokens(of: "[SEP]").pieces == ["[CLS]", "[", "sep", "]", "[SEP]"])
    }

    @Test("A faulty vocabulary says what is wrong and where")
    func faultyVocabulary() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "vocab-\(UUID().uuidString).txt").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        func write(_ data: Data) throws { try data.write(to: URL(filePath: path)) }

        #expect(throws: TextEncodingError.vocabularyMissing(path: path)) { try WordPiece(vocabularyPath: path) }
        try write(Data([0x61, 0x0A, 0xFF, 0xFE]))
        #expect(throws: TextEncodingError.vocabularyNotUTF8(path: path)) { try WordPiece(vocabularyPath: path) }
        try write(Data("[UNK]\n[CLS]\nwalk\n".utf8))
        #expect(throws: TextEncodingError.vocabularyLacks(path: path, piece: "[SEP]")) {
            try WordPiece(vocabularyPath: path)
        }
        try write(Data("[UNK]\n[CLS]\n[SEP]\n[CLS]\n".utf8))
        #expect(throws: TextEncodingError.vocabularyRepeats(path: path, piece: "[CLS]", line: 4)) {
            try WordPiece(vocabularyPath: path)
        }
    }
}
