/// Why a text encoder could not be made or used. Faults of the weights file are `TensorFileError`s.
public enum TextEncodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No readable vocabulary lies at the path.
    case vocabularyMissing(path: String)
    /// The vocabulary is not UTF-8.
    case vocabularyNotUTF8(path: String)
    /// The vocabulary names a piece a second time; lines count from one.
    case vocabularyRepeats(path: String, piece: String, line: Int)
    /// The vocabulary lacks a piece that every text needs.
    case vocabularyLacks(path: String, piece: String)
    /// The encoding of a text is not finite: the weights file holds broken numbers.
    case encodingNotFinite(path: String)

    /// What is wrong, where, and what would be right.
    public var description: String {
        switch self {
        case .vocabularyMissing(let path):
            "\(path): no readable vocabulary; expected a file with one word piece a line"
        case .vocabularyNotUTF8(let path): "\(path): the vocabulary is not UTF-8 text"
        case .vocabularyRepeats(let path, let piece, let line):
            "\(path): line \(line) repeats the word piece \"\(piece)\"; each may stand once"
        case .vocabularyLacks(let path, let piece): "\(path): the vocabulary lacks the word piece \"\(piece)\""
        case .encodingNotFinite(let path):
            "\(path): the weights give numbers that are not finite; convert them again with Scripts/convert_minilm.py"
        }
    }
}
