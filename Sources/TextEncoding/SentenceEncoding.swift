/// What the encoder makes of a text.
public struct SentenceEncoding: Hashable, Sendable {
    /// The whole text, [384]: the mean over all its tokens, of length one.
    public var pooled: [Float]
    /// The last layer's features of the word pieces in order, [wordCount, 384] row by row, without [CLS] and [SEP].
    public var words: [Float]
    /// The word pieces that the rows of `words` stand for.
    public var pieces: [String]

    /// The number of word pieces; zero for a text without words.
    public var wordCount: Int { pieces.count }
}
