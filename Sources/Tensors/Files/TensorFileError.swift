/// What is wrong with a file of arrays: where, what was found, and what would be right.
public struct TensorFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sort of trouble, for code that reacts to it.
    public enum Kind: Hashable, Sendable {
        /// The file can't be opened or read.
        case unreadable
        /// The file can't be written.
        case unwritable
        /// The bytes break the rules of the format.
        case malformed
        /// The format allows it, this reader does not.
        case unsupported
        /// There is no array of that name.
        case missing
        /// The array is not of the shape or type that was asked for.
        case mismatch
    }

    /// The sort of trouble.
    public let kind: Kind
    /// The file's path.
    public let file: String
    /// The name of the array, if it is about one.
    public let entry: String?
    /// What there is.
    public let found: String
    /// What there should be.
    public let expected: String

    /// All of it in one line.
    public var description: String {
        "\(file): \(entry.map { "array '\($0)': " } ?? "")found \(found), expected \(expected)"
    }
}
