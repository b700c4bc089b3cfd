internal import Synchronization
internal import TextEncoding

/// The sentence embeddings that were asked for last: commands are said again and again in the same words.
final class EmbeddingCache: Sendable {
    /// Embeddings that are kept: 1.5 KB each.
    private static let most = 512

    private let encoder: SentenceEncoder
    private let known = Mutex<[String: [Float]]>([:])

    init(_ encoder: SentenceEncoder) { self.encoder = encoder }

    /// The embedding of a text [SentenceEncoder.width]; zeros where the encoder's numbers are broken, which is told when the
    /// motion is made.
    func embedding(of text: String) -> [Float] {
        if let known = known.withLock({ $0[text] }) { return known }
        guard let embedding = try? encoder.encode(text).pooled else {
            return [Float](repeating: 0, count: SentenceEncoder.width)
        }
        known.withLock { known in
            if known.count >= Self.most { known.removeAll(keepingCapacity: true) }
            known[text] = embedding
        }
        return embedding
    }
}
