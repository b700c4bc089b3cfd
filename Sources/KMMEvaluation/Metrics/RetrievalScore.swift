import Geometry

/// How well captions find their motions: R-precision and the distance between partners.
public struct RetrievalScore: Codable, Hashable, Sendable {
    /// Share of the captions whose motion is among the nearest one, two and three of a batch.
    public var precision: [Double]
    /// Mean distance between a caption and its motion (MM-Dist); both have length one.
    public var distance: Double

    /// Captions in a batch.
    public static let batch = 32

    /// A motion with the caption it is made for.
    public struct Pair: Hashable, Sendable {
        /// Place of the caption's embedding.
        public var text: Int
        /// Place of the motion's embedding.
        public var motion: Int
        /// What only one member of a batch may have: motions of one origin are no fair rivals.
        public var origin: Int
    }

    /// Draws batches of 32 captions that all say different things, each with one motion, and ranks the motions of the batch by
    /// distance to every caption.
    ///
    /// As a batch holds no two captions that say the same, every wrong motion is wrong. Fewer than 32 pairs that go
    /// together make a smaller batch.
    public init(
        texts: EmbeddingRows, motions: EmbeddingRows, pairs: [Pair], isAlike: (Int, Int) -> Bool, batches: Int,
        using random: inout some RandomNumberGenerator
    ) {
        var found = [0, 0, 0]
        var count = 0
        var sum = 0.0
        for _ in 0..<batches {
            var chosen: [Pair] = []
            for pair in pairs.shuffled(using: &random) {
                if chosen.contains(where: { $0.origin == pair.origin || isAlike($0.text, pair.text) }) { continue }
                chosen.append(pair)
                if chosen.count == Self.batch { break }
            }
            for pair in chosen {
                let own = EmbeddingRows.distance(texts[pair.text], motions[pair.motion])
                let nearer = chosen.count {
                    $0 != pair && EmbeddingRows.distance(texts[pair.text], motions[$0.motion]) <= own
                }
                for rank in nearer..<max(nearer, 3) { found[rank] += 1 }
                sum += own
            }
            count += chosen.count
        }
        precision = found.map { Double($0) / Double(max(count, 1)) }
        distance = sum / Double(max(count, 1))
    }

    /// The score of a split's own motions.
    public static func realData(_ set: EvaluationSet, evaluator: MotionTextEvaluator, seed: UInt64) -> RetrievalScore {
        var random = SplitMix64(seed: seed)
        let pairs = set.motions.items.enumerated().map { index, item in
            Pair(text: item.text, motion: set.stretches[index], origin: set.stretches[index])
        }
        return RetrievalScore(
            texts: EmbeddingRows(evaluator.embed(set.motions.texts)),
            motions: EmbeddingRows(evaluator.embed(set.features())), pairs: pairs,
            isAlike: set.likeness.isAlike, batches: 20, using: &random)
    }
}
