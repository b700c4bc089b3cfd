import HumanMotion
public import KMM

/// How well the predicates of the everyday prompts tell real clips apart.
public struct PredicateProof: Codable, Sendable {
    /// The proof of one predicate.
    public struct Row: Codable, Sendable {
        /// Name of the action.
        public var name: String
        /// Captioned stretches that say they show it, mirrored copies included.
        public var claiming: Int
        /// Those of them that pass.
        public var claimingPassed: Int
        /// Captioned stretches that say nothing of it.
        public var others: Int
        /// Those of them that pass.
        public var othersPassed: Int

        /// Share of the claiming stretches that pass.
        public var passRate: Double { Double(claimingPassed) / Double(max(claiming, 1)) }
        /// Share of the others that pass.
        public var falseRate: Double { Double(othersPassed) / Double(max(others, 1)) }
    }

    /// One row a prompt, in their order.
    public var rows: [Row] = []

    /// Measures every recorded and captioned stretch of a prepared data set, all splits, and judges it by all predicates.
    ///
    /// A stretch claims an action when one of its own captions does; it counts among the others when no caption of any
    /// stretch of the clip that overlaps it speaks of the action or hints at it. With a tokenizer its reconstruction from
    /// the first `codebooks` is judged instead: what it loses no generator can show.
    public init(
        on data: PreparedDataSet, prompts: [EverydayPrompt] = EverydayPrompt.all,
        through tokenizer: MotionTokenizer? = nil,
        codebooks: Int = .max
    ) throws {
        let judges = try prompts.map(CaptionJudge.init)
        rows = prompts.map { Row(name: $0.name, claiming: 0, claimingPassed: 0, others: 0, othersPassed: 0) }
        for clip in data.clips where clip.isRecorded {
            let stretches = Dictionary(grouping: clip.captions.filter(\.isRecorded)) {
                $0.firstFrame..<($0.firstFrame + $0.frameCount)
            }
            let whole = data.features(of: clip)
            let values = tokenizer.map { $0.decode(Array($0.encode(whole).codes.prefix(codebooks))) } ?? Array(whole)
            for (range, captions) in stretches where range.count > 1 {
                let inside = range.clamped(to: 0..<(values.count / MotionFeatures.width))
                guard inside.count > 1 else { continue }
                let features = MotionFeatures(
                    frameRate: data.index.frameRate,
                    values: Array(
                        values[(inside.lowerBound * MotionFeatures.width)..<(inside.upperBound * MotionFeatures.width)])
                )
                let measurements = MotionMeasurements(features)
                let around = stretches.filter { $0.key.overlaps(range) }.flatMap(\.value)
                for (index, judge) in judges.enumerated() {
                    let passes = prompts[index].isShown(measurements) ? 1 : 0
                    if captions.contains(where: { judge.verdict(on: $0.text) == .claims }) {
                        rows[index].claiming += 1
                        rows[index].claimingPassed += passes
                    } else if around.allSatisfy({ judge.verdict(on: $0.text) == .silent }) {
                        rows[index].others += 1
                        rows[index].othersPassed += passes
                    }
                }
            }
        }
    }
}

/// Applies the caption rule of a prompt, remembering what it has seen: captions repeat.
private final class CaptionJudge {
    enum Verdict { case claims, hints, silent }

    private let claims: Regex<AnyRegexOutput>
    private let unless: Regex<AnyRegexOutput>
    private let hints: Regex<AnyRegexOutput>
    private var known: [String: Verdict] = [:]

    init(_ prompt: EverydayPrompt) throws {
        claims = try Regex(prompt.captions.claims)
        unless = try Regex(prompt.captions.unless)
        hints = try Regex(prompt.captions.hints)
    }

    func verdict(on caption: String) -> Verdict {
        if let verdict = known[caption] { return verdict }
        let text = caption.lowercased()
        let isClaimed = text.contains(claims)
        let verdict: Verdict =
            isClaimed && !text.contains(unless) ? .claims : (isClaimed || text.contains(hints) ? .hints : .silent)
        known[caption] = verdict
        return verdict
    }
}
