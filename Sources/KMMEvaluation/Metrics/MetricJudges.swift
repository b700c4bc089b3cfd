import HumanMotion
public import KMM

/// What models are judged by: the real motions of a split and the evaluators that have seen others.
public struct MetricJudges {
    /// The real motions and their captions.
    public let set: EvaluationSet
    /// The evaluators; every number is the mean over them.
    public let evaluators: [MotionTextEvaluator]
    private let features: [MotionFeatures]
    /// Each evaluator's embeddings of all real stretches.
    let reference: [EmbeddingRows]

    /// Embeds the real motions.
    public init(_ set: EvaluationSet, evaluators: [MotionTextEvaluator]) {
        (self.set, self.evaluators) = (set, evaluators)
        let features = set.features()
        self.features = features
        reference = evaluators.map { EmbeddingRows($0.embed(features)) }
    }

    /// The row of the captured motions, one half against the other.
    public func real() -> MetricRow { row(of: features, against: nil) }

    /// The row of the captured motions through a tokenizer and back.
    public func reconstruction(by tokenizer: MotionTokenizer) -> MetricRow {
        row(
            of: features.map { source in
                MotionFeatures(
                    frameRate: source.frameRate,
                    values: source.values.withUnsafeBufferPointer { tokenizer.decode(tokenizer.encode($0).codes) })
            }, against: reference)
    }

    private func row(of stretches: [MotionFeatures], against reference: [EmbeddingRows]?) -> MetricRow {
        let samples = stretches.enumerated().map { stretch, motion in
            MetricRow.Sample(
                motion: motion, text: set.motions.items[set.representatives[stretch]].text, stretch: stretch,
                clip: motion.clip())
        }
        return MetricRow(samples, in: set, evaluators: evaluators, real: reference)
    }
}
