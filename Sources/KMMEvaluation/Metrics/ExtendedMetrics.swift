import Geometry
import HumanBody
import HumanMotion
import KMM
import TextEncoding

extension ModelMetrics.Extended {
    init(
        _ generator: MotionGenerator, _ judges: MetricJudges, _ options: ModelMetrics.Options
    ) throws {
        let (set, evaluators) = (judges.set, judges.evaluators)
        var random = SplitMix64(seed: 2)
        let drawn = try GeneratedSequences(generator, set, options, using: &random)
        let realCrops = Self.realCrops(of: set, count: max(drawn.crops.count * 4, 400), using: &random)
        let realJoints = realCrops.map { $0.clip().positions(0..<$0.frameCount) }
        let level = TransitionJerk.mean(realJoints)
        jerk = TransitionJerk(drawn.joints, real: level)
        joined = TransitionJerk(drawn.joined, real: level)
        real = TransitionJerk(realJoints, real: level)
        transitions = drawn.crops.count
        let embedded = evaluators.map { EmbeddingRows($0.embed(drawn.crops)) }
        let embeddedReal = evaluators.map { EmbeddingRows($0.embed(realCrops)) }
        transitionFrechet =
            Estimate.halves(of: drawn.crops.count, seed: 3) { half, _, _ in
                [
                    evaluators.indices.reduce(0) {
                        $0 + SetDistance.frechet(embedded[$1].subset(half), embeddedReal[$1])
                    } / Double(evaluators.count)
                ]
            }[0]
        parts = MetricRow(drawn.parts, in: set, evaluators: evaluators, real: judges.reference)
        body = BodyQuality(drawn.clips, borders: drawn.borders)
    }

    /// Crops of recorded motion, as long as those around generated transitions.
    private static func realCrops(
        of set: EvaluationSet, count: Int, using random: inout SplitMix64
    ) -> [MotionFeatures] {
        let stretches = set.features().filter { $0.frameCount >= TransitionJerk.crop }
        return (0..<count).compactMap { _ in
            guard let stretch = stretches.randomElement(using: &random) else { return nil }
            let first = Int.random(in: 0...(stretch.frameCount - TransitionJerk.crop), using: &random)
            return stretch.cut(first..<first + TransitionJerk.crop)
        }
    }
}

/// Motions of several texts each, and what lies around the transitions in them.
private struct GeneratedSequences {
    var clips: [HumanClip] = []
    /// First frames of newly drawn horizons inside the segments, by clip.
    var borders: [[Int]] = []
    /// The segments as motions of their own texts.
    var parts: [MetricRow.Sample] = []
    /// What lies around each transition, as features and as positions of joints [frame][joint].
    var crops: [MotionFeatures] = []
    var joints: [[[Vector3]]] = []
    /// The same places where segments drawn apart are only put one behind the other.
    var joined: [[[Vector3]]] = []

    init(
        _ generator: MotionGenerator, _ set: EvaluationSet, _ options: ModelMetrics.Options,
        using random: inout SplitMix64
    ) throws {
        for sequence in 0..<options.sequences {
            let items = (0..<options.segments).map { _ in Int.random(in: set.motions.items.indices, using: &random) }
            let segments = items.map { ModelMetrics.segment(set.motions.items[$0], in: set) }
            let long = try LongMotion(generator, segments, options: options.sampling, seed: UInt64(sequence))
            let features = MotionFeatures(long.clip)
            for (index, range) in zip(items, long.parts) where range.count >= CaptionedMotions.shortest {
                let part = features.cut(range)
                parts.append(
                    .init(
                        motion: part, text: set.motions.items[index].text, stretch: set.stretches[index],
                        clip: part.clip()))
            }
            clips.append(long.clip)
            borders.append(long.borders)
            let apart = try segments.map {
                MotionFeatures(try generator.motion(of: [$0], options: options.sampling, seed: UInt64(sequence)))
            }
            let naive = MotionFeatures(frameRate: features.frameRate, values: apart.flatMap(\.values)).clip()
            let half = TransitionJerk.crop / 2
            for boundary in long.parts.dropFirst().map(\.lowerBound) {
                let range = boundary - half..<boundary + half
                guard range.lowerBound >= 0, range.upperBound <= long.clip.frames.count else { continue }
                crops.append(features.cut(range))
                joints.append(long.clip.positions(range))
                joined.append(naive.positions(range))
            }
        }
    }
}

/// A motion of several segments on one stream.
private struct LongMotion {
    var clip = HumanClip(frameRate: MotionGenerator.frameRate, frames: [])
    /// Frames of each segment.
    var parts: [Range<Int>] = []
    /// First frames of newly drawn horizons inside the segments.
    var borders: [Int] = []

    init(_ generator: MotionGenerator, _ segments: [Action], options: SamplingOptions, seed: UInt64) throws {
        var stream = generator.makeStream(seed: seed)
        for segment in segments {
            let first = clip.frames.count
            try generator.begin(segment, options: options, in: &stream)
            while true {
                let steps: [MotionStep] = try generator.advance(&stream)
                if steps.isEmpty { break }
                if clip.frames.count > first { borders.append(clip.frames.count) }
                for step in steps { clip.frames += step.frames }
            }
            parts.append(first..<clip.frames.count)
        }
    }
}

extension MotionFeatures {
    /// Some of the rows.
    func cut(_ frames: Range<Int>) -> MotionFeatures {
        MotionFeatures(
            frameRate: frameRate, values: Array(values[frames.lowerBound * Self.width..<frames.upperBound * Self.width])
        )
    }
}

extension HumanClip {
    /// World positions [frame][joint].
    func positions(_ range: Range<Int>) -> [[Vector3]] {
        frames[range].map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
    }
}
