public import TextEncoding

/// Which captions say the same: equal ones, and those whose frozen sentence embeddings are close.
public struct TextLikeness {
    /// Cosine from which two captions count as the same.
    public static let threshold: Float = 0.85
    private let embeddings: [[Float]]

    /// Embeds the captions.
    public init(_ texts: [String], encoder: SentenceEncoder) throws {
        embeddings = try texts.map { try encoder.encode($0).pooled }
    }

    /// Whether two captions, by their places in the list, say the same.
    public func isAlike(_ a: Int, _ b: Int) -> Bool {
        if a == b { return true }
        var (product, left, right): (Float, Float, Float) = (0, 0, 0)
        for (x, y) in zip(embeddings[a], embeddings[b]) {
            product += x * y
            left += x * x
            right += y * y
        }
        return product >= Self.threshold * (left * right).squareRoot()
    }
}
