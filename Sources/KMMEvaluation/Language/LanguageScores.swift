import Foundation
import HumanBody
import HumanMotion
public import MotionData

/// A share of texts with its interval.
public struct TextShare: Codable, Hashable, Sendable {
    /// Texts.
    public var texts = 0
    /// Sum of the texts' own shares: of their motions that pass.
    public var passed = 0.0

    /// The share; 0 of none.
    public var share: Double { passed / Double(max(texts, 1)) }

    /// Bounds of the 95 % interval over texts: Wilson's, with every text as one trial. Seeds of a text agree with each other
    /// more than texts do, so they do not count as trials of their own.
    public var interval: ClosedRange<Double> {
        guard texts > 0 else { return 0...1 }
        let (n, z) = (Double(texts), 1.96)
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, middle - half)...min(1, middle + half)
    }

    mutating func add(_ share: Double) {
        texts += 1
        passed += share
    }
}

/// What the language benchmark says of a model.
public struct LanguageScores: Encodable {
    /// One kind of texts.
    public struct Row: Codable, Sendable {
        /// The class, or a group inside it.
        public var name: String
        /// Texts that stand in the lexicon or the training captions.
        public var inWords = TextShare()
        /// Texts that do not.
        public var outOfWords = TextShare()
        /// All texts but those that were refused.
        public var accepted = TextShare()
        /// Share of all texts that were refused, or taken for a verb.
        public var refused = TextShare()
        /// Motions that show the other side, of all whose text names one.
        public var confused = TextShare()
        /// Texts that are read as what they ask for: one of the canonical sentences claims each predicate.
        public var read = TextShare()

        /// All texts; what is refused fails.
        public var all: TextShare {
            TextShare(texts: inWords.texts + outOfWords.texts, passed: inWords.passed + outOfWords.passed)
        }

        init(_ name: String) { self.name = name }
    }

    /// One text.
    public struct Text: Codable, Sendable {
        /// The text.
        public var text: String
        /// Its class and group.
        public var group: String
        /// Share of its motions that pass; nil when it was refused.
        public var passed: Double?
    }

    /// How many seeds each text got.
    public var seeds: Int
    /// One row a class.
    public var classes: [Row] = []
    /// One row an action of the class `actions`.
    public var actions: [Row] = []
    /// The class `actions` over the actions that the model knows: those of which it refuses fewer than half of the wordings.
    public var knownActions = TextShare()
    /// How many those are.
    public var knownActionCount = 0
    /// The 92 everyday wordings, which training has seen.
    public var everyday = Row("everyday")
    /// Captions of the training data, by the predicates that they claim.
    public var captions = Row("captions")
    /// Texts that have to be refused and are, by kind.
    public var refusals: [Row] = []
    /// Texts of the benchmark in English that can be done but are refused, the class `actions` left out: it goes beyond what
    /// a model need know.
    public var wronglyRefused = TextShare()
    /// Ways to say stop that become their verb.
    public var stops = TextShare()
    /// Texts with such words that are not taken for a verb.
    public var notStops = TextShare()
    /// Faults of all motions made.
    public var faults = MotionFaults()
    /// Every text that was judged by motion.
    public var texts: [Text] = []

    private let judges: SentenceJudges

    private enum CodingKeys: CodingKey {
        case seeds, classes, actions, knownActions, knownActionCount, everyday, captions, refusals, wronglyRefused,
            stops,
            notStops, faults, texts
    }

    /// What to judge.
    public struct Options: Sendable {
        /// Seeds for each text; with 0 no motion is made, and only what is read and refused is judged.
        public var seeds = 1
        /// Which classes.
        public var classes: [LanguageBenchmark.Class] = LanguageBenchmark.Class.allCases
        /// At most so many texts of a class, evenly taken from it.
        public var limit = Int.max
        /// Seeds for each everyday wording; 0 leaves them out.
        public var everydaySeeds = 1

        /// One seed, all texts.
        public init() {}
    }

    /// Judges a model by texts.
    ///
    /// - Parameters:
    ///   - subject: The model with whatever reads texts for it.
    ///   - benchmark: The texts.
    ///   - known: What stands in the lexicon or in training.
    ///   - captions: Training captions with what they ask for.
    ///   - options: How much.
    ///   - progress: Told after each class.
    ///
    /// - Throws: What the subject throws.
    public init(
        of subject: some LanguageSubject, on benchmark: LanguageBenchmark, known: KnownWordings,
        captions: [LanguageBenchmark.Request] = [], options: Options, progress: (String) -> Void = { _ in }
    ) throws {
        (seeds, judges) = (options.seeds, try SentenceJudges())
        for kind in options.classes {
            var row = Row(kind.rawValue)
            for request in benchmark.requests.filter({ $0.kind == kind }).evenly(options.limit) {
                let text = try judge(request, by: subject, known: known, seeds: options.seeds, into: &row)
                texts.append(text)
                if kind == .actions { add(text, of: request) }
                if kind != .actions && kind != .languages { wronglyRefused.add(text.passed == nil ? 1 : 0) }
            }
            classes.append(row)
            progress("\(kind.rawValue): \(Int(100 * row.all.share)) % of \(row.all.texts)")
        }
        for action in actions where action.refused.share < 0.5 {
            knownActionCount += 1
            knownActions.texts += action.all.texts
            knownActions.passed += action.all.passed
        }
        var captionRow = Row("captions")
        for request in captions {
            texts.append(try judge(request, by: subject, known: known, seeds: options.seeds, into: &captionRow))
        }
        self.captions = captionRow
        if options.everydaySeeds > 0 {
            try judgeEveryday(by: subject, known: known, seeds: options.everydaySeeds)
            progress("everyday: \(Int(100 * everyday.all.share)) %")
        }
        try judgeWithoutMotion(by: subject, on: benchmark)
    }

    private mutating func judge(
        _ request: LanguageBenchmark.Request, by subject: some LanguageSubject, known: KnownWordings, seeds: Int,
        into row: inout Row
    ) throws -> Text {
        var text = Text(text: request.text, group: "\(request.kind.rawValue)/\(request.group)", passed: nil)
        let isAccepted = try subject.verdict(on: request.text) == .accepted
        row.refused.add(isAccepted ? 0 : 1)
        var (passed, confused) = (0, 0)
        for seed in 0..<seeds where isAccepted {
            let clip = try subject.motion(of: request.text, seed: UInt64(seed))
            faults.add(clip)
            passed += request.isShown(by: clip) ? 1 : 0
            confused += request.isConfused(by: clip) ? 1 : 0
        }
        row.read.add(try request.isRead(as: subject.sentences(of: request.text), by: judges) ? 1 : 0)
        let share = Double(passed) / Double(max(seeds, 1))
        if isAccepted {
            text.passed = share
            row.accepted.add(share)
            if seeds > 0, request.shows.count == 1, request.shows[0].side != nil {
                row.confused.add(Double(confused) / Double(seeds))
            }
        }
        if known.contains(request.text) { row.inWords.add(share) } else { row.outOfWords.add(share) }
        return text
    }

    private mutating func add(_ text: Text, of request: LanguageBenchmark.Request) {
        if actions.last?.name != request.group { actions.append(Row(request.group)) }
        let last = actions.count - 1
        actions[last].outOfWords.add(text.passed ?? 0)
        actions[last].refused.add(text.passed == nil ? 1 : 0)
        if let passed = text.passed { actions[last].accepted.add(passed) }
    }

    private mutating func judgeEveryday(by subject: some LanguageSubject, known: KnownWordings, seeds: Int) throws {
        for prompt in EverydayPrompt.all {
            for wording in prompt.wordings {
                let isAccepted = try subject.verdict(on: wording) == .accepted
                everyday.refused.add(isAccepted ? 0 : 1)
                var passed = 0
                for seed in 0..<seeds where isAccepted {
                    let clip = try subject.motion(of: wording, seed: UInt64(seed))
                    faults.add(clip)
                    if prompt.isShown(MotionMeasurements(clip)) { passed += 1 }
                }
                let share = Double(passed) / Double(seeds)
                if isAccepted { everyday.accepted.add(share) }
                if known.contains(wording) { everyday.inWords.add(share) } else { everyday.outOfWords.add(share) }
            }
        }
    }

    private mutating func judgeWithoutMotion(by subject: some LanguageSubject, on benchmark: LanguageBenchmark) throws {
        var kinds: [String] = []
        for refusal in benchmark.refusals where !kinds.contains(refusal.kind) { kinds.append(refusal.kind) }
        for kind in kinds {
            var row = Row(kind)
            for refusal in benchmark.refusals where refusal.kind == kind {
                row.refused.add(try subject.verdict(on: refusal.text) == .refused ? 1 : 0)
            }
            refusals.append(row)
        }
        for stop in benchmark.stops { stops.add(try subject.verdict(on: stop.text) == .verb(stop.verb) ? 1 : 0) }
        for text in benchmark.notStops {
            if case .verb = try subject.verdict(on: text) { notStops.add(0) } else { notStops.add(1) }
        }
    }
}

extension Array {
    /// So many elements, evenly taken.
    package func evenly(_ limit: Int) -> [Element] {
        guard count > limit else { return self }
        return (0..<limit).map { self[$0 * count / limit] }
    }
}

extension LanguageBenchmark {
    /// The commonest training captions that claim an action and nothing else, so many of each predicate and side.
    public static func captions(of data: PreparedDataSet, each: Int = 2) throws -> [Request] {
        var counts: [String: Int] = [:]
        for clip in data.clips where clip.split == .train && clip.isRecorded {
            for caption in clip.captions where caption.isRecorded { counts[caption.text, default: 0] += 1 }
        }
        let common = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        return try ActionPredicate.all.flatMap { action in
            try (action.hasSide ? Side.both.map { $0 } : [nil]).flatMap { (side: Side?) in
                let judge = try CaptionJudge(
                    side.map(action.captions.on) ?? action.captions, longest: CaptionRule.longest)
                return common.lazy.filter { judge.verdict(on: $0) == .claims }.prefix(each).map {
                    Request(
                        text: $0, kind: .actions, group: action.name,
                        shows: [Showing(action: action.name, side: side)], together: false)
                }
            }
        }
    }
}

extension PoseSpread {
    /// Spread over seeds of the first wording of some everyday prompts, beside that of people whose captions claim them.
    ///
    /// People's stretches are recorded ones, not mirrored, cut or stretched to four seconds at most, as many as there are seeds.
    public static func measure(
        _ subject: some LanguageSubject, prompts: [EverydayPrompt], seeds: Int, data: PreparedDataSet?
    ) throws -> [PoseSpread] {
        try prompts.map { prompt in
            let motions = try (0..<seeds).map { seed in
                MotionFeatures(try subject.motion(of: prompt.wordings[0], seed: UInt64(seed)))
            }
            let people = try data.map { try stretches(of: prompt, in: $0, count: seeds) }
            return PoseSpread(
                action: prompt.name, generated: spread(of: motions),
                people: people.flatMap { $0.count > 1 ? spread(of: $0) : nil })
        }
    }

    private static func stretches(
        of prompt: EverydayPrompt, in data: PreparedDataSet, count: Int
    ) throws -> [MotionFeatures] {
        let judge = try CaptionJudge(prompt.captions)
        var found: [MotionFeatures] = []
        for clip in data.clips where clip.isRecorded && !clip.mirrored {
            guard
                let caption = clip.captions.first(where: { $0.isRecorded && judge.verdict(on: $0.text) == .claims }),
                caption.frameCount > 15
            else { continue }
            let rows = data.features(of: clip, caption.firstFrame..<(caption.firstFrame + caption.frameCount))
            found.append(MotionFeatures(frameRate: data.index.frameRate, values: Array(rows)))
        }
        return found.count <= count ? found : (0..<count).map { found[$0 * found.count / count] }
    }
}
