import Geometry
public import HumanMotion

/// The scores of one set of motions against the real ones.
public struct MetricRow: Codable, Sendable {
    /// Motions judged.
    public var motions: Int
    /// Fréchet distance to real motion.
    public var frechet: Estimate
    /// Kernel distance to real motion.
    public var kernel: Estimate
    /// R-precision, top 1, 2 and 3 of batches of 32.
    public var precision: [Estimate]
    /// Mean distance of a motion to its caption.
    public var matching: Estimate
    /// Mean distance of random pairs.
    public var diversity: Estimate
    /// Mean distance of motions of one caption; nil where a caption has one motion.
    public var multiModality: Double?
    /// Left shown for right and the other way round.
    public var sides: SideConfusion
    /// Feet and jolts.
    public var body: BodyQuality

    /// A motion, the place of its caption, and the number of the real stretch that it is made after.
    public struct Sample {
        /// The motion.
        public var motion: MotionFeatures
        /// Place of the caption in the set's texts.
        public var text: Int
        /// Number of the stretch in the set.
        public var stretch: Int
        /// What the feet and jolts are measured on.
        public var clip: HumanClip

        /// Creates a sample.
        public init(motion: MotionFeatures, text: Int, stretch: Int, clip: HumanClip) {
            (self.motion, self.text, self.stretch, self.clip) = (motion, text, stretch, clip)
        }
    }

    /// Judges samples. `real` holds each evaluator's embeddings of all real stretches; nil when the samples are those
    /// themselves: then their halves are compared with each other.
    public init(
        _ samples: [Sample], in set: EvaluationSet, evaluators: [MotionTextEvaluator], real: [EmbeddingRows]?,
        groups: [[MotionFeatures]] = []
    ) {
        motions = samples.count
        let motions = samples.map(\.motion)
        let embedded = evaluators.map { EmbeddingRows($0.embed(motions)) }
        let texts = evaluators.map { EmbeddingRows($0.embed(set.motions.texts)) }
        let estimates = Estimate.halves(of: samples.count, seed: 1) { half, other, random in
            var sums = [Double](repeating: 0, count: 7)
            for (index, points) in embedded.enumerated() {
                let own = points.subset(half)
                let reference = real?[index] ?? points.subset(other)
                let score = RetrievalScore(
                    texts: texts[index], motions: points,
                    pairs: half.map { .init(text: samples[$0].text, motion: $0, origin: samples[$0].stretch) },
                    isAlike: set.likeness.isAlike, batches: 10, using: &random)
                let values =
                    [SetDistance.frechet(own, reference), SetDistance.kernel(own, reference)] + score.precision
                    + [score.distance, SetDistance.diversity(own, using: &random)]
                for place in sums.indices { sums[place] += values[place] / Double(embedded.count) }
            }
            return sums
        }
        (frechet, kernel, precision) = (estimates[0], estimates[1], Array(estimates[2..<5]))
        (matching, diversity) = (estimates[5], estimates[6])
        if !groups.isEmpty {
            multiModality =
                evaluators.reduce(0) { sum, evaluator in
                    sum + SetDistance.multiModality(groups.map { EmbeddingRows(evaluator.embed($0)) })
                } / Double(evaluators.count)
        }
        var sides = SideConfusion()
        for sample in samples { sides.judge(sample.motion, caption: set.motions.texts[sample.text]) }
        self.sides = sides
        body = BodyQuality(samples.map(\.clip))
    }
}
