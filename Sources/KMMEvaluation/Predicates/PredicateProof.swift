public import HumanBody
import HumanMotion
public import KMM
public import MotionData

/// How well predicates tell real clips apart.
public struct PredicateProof: Codable, Sendable {
    /// A predicate on trial.
    public struct Subject: Sendable {
        /// Name of the action.
        public var name: String
        var captions: CaptionRule
        /// Captions of more words tell of more than one action.
        var longestCaption = Int.max
        var isShown: @Sendable (ObservedMotion) -> Bool
        /// The same on the other side, which a stretch that claims the action must not show; nil without sides.
        var isShownOnOtherSide: (@Sendable (ObservedMotion) -> Bool)?
        /// The numbers behind it.
        var measures: [Measure] = []
        var side = Side.left

        /// An everyday prompt.
        public init(_ prompt: EverydayPrompt) {
            name = prompt.name
            captions = prompt.captions
            isShown = { prompt.isShown($0.numbers) }
        }

        /// An action, on one side or on any.
        public init(_ action: ActionPredicate, side: Side? = nil) {
            name = action.name
            captions = side.map(action.captions.on) ?? action.captions
            longestCaption = CaptionRule.longest
            isShown = { action.isShown(by: $0, side: side) }
            if let other = side?.other { isShownOnOtherSide = { action.isShown(by: $0, side: other) } }
            measures = action.condition.measures
            self.side = side ?? .left
        }

        /// All everyday prompts.
        public static let prompts = EverydayPrompt.all.map(Subject.init)
        /// All actions, those with sides once for each.
        public static let actions = ActionPredicate.all.flatMap { action in
            action.hasSide ? Side.both.map { Subject(action, side: $0) } : [Subject(action)]
        }
    }

    /// The proof of one predicate, both sides together.
    public struct Row: Codable, Sendable {
        /// Name of the action.
        public var name: String
        /// Captioned stretches that say they show it, mirrored copies included.
        public var claiming = 0
        /// Those of them that pass.
        public var claimingPassed = 0
        /// Those of them that pass on the other side.
        public var claimingPassedOnOtherSide: Int?
        /// Captioned stretches that say nothing of it.
        public var others = 0
        /// Those of them that pass.
        public var othersPassed = 0
        /// Captions of claiming stretches that fail, each once.
        public var failing: [String] = []
        /// For every number behind it: what a tenth, half and nine tenths of both kinds of stretches stay under.
        public var spreads: [Spread] = []

        /// Share of the claiming stretches that pass.
        public var passRate: Double { Double(claimingPassed) / Double(max(claiming, 1)) }
        /// Share of the others that pass.
        public var falseRate: Double { Double(othersPassed) / Double(max(others, 1)) }
        /// Recall of 90 % on at least four stretches (a clip with its mirror image counts twice), 15 % of the others at most.
        public var isProven: Bool { claiming >= Self.fewest && passRate >= 0.9 && falseRate < 0.15 }

        static let fewest = 4
    }

    /// How a measure is spread.
    public struct Spread: Codable, Sendable {
        /// The measure in words.
        public var measure: String
        /// Of the claiming stretches: a tenth, half, nine tenths lie under these.
        public var claiming: [Double]
        /// Of the others.
        public var others: [Double]
    }

    /// One row an action, in their order.
    public var rows: [Row] = []

    /// Measures every recorded and captioned stretch of a prepared data set, all splits, and judges it by all predicates.
    ///
    /// A stretch claims an action when one of its own captions does; it counts among the others when no caption of any
    /// stretch of the clip that overlaps it speaks of the action or hints at it. With a tokenizer its reconstruction from
    /// the first `codebooks` is judged instead: what it loses no generator can show. Of the others one in `othersEach` is judged. `withSpreads` keeps the numbers, too.
    public init(
        on data: PreparedDataSet, subjects: [Subject] = Subject.prompts, through tokenizer: MotionTokenizer? = nil,
        codebooks: Int = .max, othersEach: Int = 1, withSpreads: Bool = false
    ) throws {
        let judges = try subjects.map { try CaptionJudge($0.captions, longest: $0.longestCaption) }
        var tallies = subjects.map(Tally.init)
        var number = 0
        for clip in data.clips where clip.isRecorded || clip.isAuthored {
            let stretches = Dictionary(grouping: clip.captions.filter { $0.isRecorded || $0.isAuthored }) {
                $0.firstFrame..<($0.firstFrame + $0.frameCount)
            }
            let whole = data.features(of: clip)
            let kept = tokenizer.map { $0.decode(Array($0.encode(whole).codes.prefix(codebooks))) } ?? Array(whole)
            for (range, captions) in stretches where range.count > 1 {
                let inside = range.clamped(to: 0..<(kept.count / MotionFeatures.width))
                guard inside.count > 1 else { continue }
                number += 1
                let width = MotionFeatures.width
                let values = kept[(inside.lowerBound * width)..<(inside.upperBound * width)]
                let motion = ObservedMotion(MotionFeatures(frameRate: data.index.frameRate, values: Array(values)))
                let around = stretches.filter { $0.key.overlaps(range) }.flatMap(\.value)
                for (index, judge) in judges.enumerated() {
                    let claims = captions.map(\.text).filter { judge.verdict(on: $0) == .claims }
                    if !claims.isEmpty {
                        tallies[index].addClaiming(
                            motion, captions: claims.map { "\(clip.id): \($0)" }, withSpreads: withSpreads)
                    } else if number.isMultiple(of: othersEach),
                        around.allSatisfy({ judge.verdict(on: $0.text) == .silent })
                    {
                        tallies[index].addOther(motion, withSpreads: withSpreads)
                    }
                }
            }
        }
        rows = Self.joined(tallies.map { $0.finished(withSpreads: withSpreads) })
    }

    /// What is counted of one subject.
    private struct Tally {
        let subject: Subject
        var row: Row
        var failing: Set<String> = []
        /// Numbers of each measure of the subject.
        var values: [(claiming: [Double], others: [Double])]

        init(_ subject: Subject) {
            self.subject = subject
            row = Row(name: subject.name)
            values = subject.measures.map { _ in ([], []) }
        }

        mutating func addClaiming(_ motion: ObservedMotion, captions: [String], withSpreads: Bool) {
            let passes = subject.isShown(motion)
            row.claiming += 1
            row.claimingPassed += passes ? 1 : 0
            if let other = subject.isShownOnOtherSide {
                row.claimingPassedOnOtherSide = (row.claimingPassedOnOtherSide ?? 0) + (other(motion) ? 1 : 0)
            }
            if !passes { failing.formUnion(captions) }
            guard withSpreads else { return }
            for (place, measure) in subject.measures.enumerated() {
                values[place].claiming.append(measure.value(motion, subject.side))
            }
        }

        mutating func addOther(_ motion: ObservedMotion, withSpreads: Bool) {
            row.others += 1
            row.othersPassed += subject.isShown(motion) ? 1 : 0
            guard withSpreads else { return }
            for (place, measure) in subject.measures.enumerated() {
                values[place].others.append(measure.value(motion, subject.side))
            }
        }

        func finished(withSpreads: Bool) -> Row {
            var row = row
            row.failing = failing.sorted()
            guard withSpreads else { return row }
            func deciles(_ all: [Double]) -> [Double] { [0.1, 0.5, 0.9].map { Signal.percentile(all, $0) } }
            row.spreads = zip(subject.measures, values).map { measure, values in
                Spread(measure: measure.words, claiming: deciles(values.claiming), others: deciles(values.others))
            }
            return row
        }
    }

    /// Rows of the same name are the two sides of one action.
    private static func joined(_ rows: [Row]) -> [Row] {
        rows.reduce(into: []) { joined, row in
            guard let last = joined.last, last.name == row.name else { return joined.append(row) }
            var both = last
            both.claiming += row.claiming
            both.claimingPassed += row.claimingPassed
            if let passed = row.claimingPassedOnOtherSide {
                both.claimingPassedOnOtherSide = (both.claimingPassedOnOtherSide ?? 0) + passed
            }
            both.others += row.others
            both.othersPassed += row.othersPassed
            both.failing += row.failing
            joined[joined.count - 1] = both
        }
    }
}

/// Applies a caption rule, remembering what it has seen: captions repeat.
package final class CaptionJudge {
    package enum Verdict { case claims, hints, silent }

    private let claims: Regex<AnyRegexOutput>
    private let unless: Regex<AnyRegexOutput>?
    private let hints: Regex<AnyRegexOutput>?
    private let longest: Int
    private var known: [String: Verdict] = [:]

    package init(_ rule: CaptionRule, longest: Int = .max) throws {
        self.longest = longest
        claims = try Regex(rule.claims)
        unless = rule.unless.isEmpty ? nil : try Regex(rule.unless)
        hints = rule.hints.isEmpty ? nil : try Regex(rule.hints)
    }

    package func verdict(on caption: String) -> Verdict {
        if let verdict = known[caption] { return verdict }
        let text = caption.lowercased()
        let isClaimed = text.contains(claims)
        let isElse =
            text.split(separator: " ").count > longest || (unless.map { text.contains($0) } ?? false)
        let isHinted = isClaimed || (hints.map { text.contains($0) } ?? false)
        let verdict: Verdict = isClaimed && !isElse ? .claims : (isHinted ? .hints : .silent)
        known[caption] = verdict
        return verdict
    }
}
