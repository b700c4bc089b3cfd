import Geometry
import HumanMotion
public import KMM
import TextEncoding

/// The field's metrics of a model on a split.
public struct ModelMetrics: Codable, Sendable {
    /// How much is generated.
    public struct Options: Sendable {
        /// Motions of one caption each.
        public var motions = 1000
        /// Captions of which several motions are made, for MultiModality.
        public var multiple = 24
        /// Motions of each of those.
        public var motionsEach = 8
        /// Long motions of several captions …
        public var sequences = 12
        /// … and the captions of each.
        public var segments = 12
        /// How tokens are drawn.
        public var sampling = SamplingOptions()

        /// The defaults: about two hours of motion.
        public init() {}
    }

    /// Long motions of many prompts.
    public struct Extended: Codable, Sendable {
        /// The captioned parts of the long motions, each judged as a motion of its own.
        public var parts: MetricRow
        /// Transitions judged.
        public var transitions: Int
        /// Fréchet distance of the transitions' 30 frames to random real 30 frames.
        public var transitionFrechet: Estimate
        /// Jerk of the model's transitions …
        public var jerk: TransitionJerk
        /// … of motions made apart and joined as they are …
        public var joined: TransitionJerk
        /// … and of random real crops.
        public var real: TransitionJerk
        /// Feet and jolts of the long motions; borders are where a new horizon is committed inside a segment.
        public var body: BodyQuality
    }

    /// What the model is called.
    public var name: String
    /// The model's motions.
    public var motions: MetricRow
    /// The model's long motions.
    public var extended: Extended

    /// Judges a model; `progress` is told what is being made.
    public init(
        _ name: String, of generator: MotionGenerator, on judges: MetricJudges, options: Options = .init(),
        progress: (String) -> Void = { _ in }
    ) throws {
        let set = judges.set
        let items = set.motions.items
        var random = SplitMix64(seed: 1)
        let order = items.indices.shuffled(using: &random)
        let generate = { (index: Int, seed: Int) in
            try generator.motion(
                of: [Self.segment(items[index], in: set)], options: options.sampling, seed: UInt64(seed))
        }
        progress("\(name): \(options.motions) motions")
        let made = try (0..<options.motions).map { number in
            let index = order[number % order.count]
            let clip = try generate(index, number)
            return MetricRow.Sample(
                motion: MotionFeatures(clip), text: items[index].text, stretch: set.stretches[index], clip: clip)
        }
        progress("\(name): \(options.multiple) captions with \(options.motionsEach) motions each")
        let groups = try order.prefix(options.multiple).map { index in
            try (0..<options.motionsEach).map { try MotionFeatures(generate(index, 100_000 + $0)) }
        }
        self.name = name
        motions = MetricRow(made, in: set, evaluators: judges.evaluators, real: judges.reference, groups: groups)
        progress("\(name): \(options.sequences) long motions of \(options.segments) captions")
        extended = try Extended(generator, judges, options)
    }

    static func segment(_ item: CaptionedMotions.Item, in set: EvaluationSet) -> Action {
        let frames = min(max(item.frames.count, 30), CaptionedMotions.longest)
        return Action(text: set.motions.texts[item.text], duration: Double(frames) / MotionGenerator.frameRate)
    }
}
