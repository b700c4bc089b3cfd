import Foundation
import HumanBody
import HumanMotion
public import KMM
public import KMMEvaluation
public import MotionData
public import TextEncoding

/// Chooses, from prepared data, the motions that a model follows to do the lexicon's actions.
///
/// A stretch whose caption the reader of texts takes for an action is a candidate. What the tokenizer leaves of it is judged:
/// it shows the action by every predicate that its sentence claims, hangs nowhere in the air, begins near standing, lasts
/// about as long as the action does, slides little.
public struct ExemplarSelection {
    /// How to choose.
    public struct Options: Sendable {
        /// Motions of a sentence.
        public var each = 6
        /// Data sets that are left out, as codes of a clip are still the clip: those whose licence asks for the same licence.
        public var without: Set<String> = ["hdm05"]
        /// Stretches that are judged of each sentence, evenly taken.
        public var most = 48
        /// Longest motion, seconds.
        public var longest = 12.0
        /// Least likeness of a caption and the action.
        public var likeness = 0.8
        /// Tempi that are made beside the recorded one.
        public var tempi: [(manner: Manner, rate: Double)] = [(.slow, 0.62), (.fast, 1.45)]

        /// The usual ones.
        public init() {}
    }

    /// What was found of one sentence.
    public struct Found: Sendable {
        /// The canonical sentence.
        public var sentence: String
        /// Stretches with such a caption.
        public var candidates: Int
        /// Those that show it by predicates, where there are some.
        public var shown: Int
        /// Predicates that judged.
        public var predicates: [String]
    }

    /// The library.
    public private(set) var library = ExemplarLibrary()
    /// What was found, sentence by sentence.
    public private(set) var found: [Found] = []
    /// The predicates that tell for each canonical sentence whether a motion shows it.
    public private(set) var predicates: [String: [ActionPredicate]] = [:]
    /// For each canonical sentence the commonest captions of the training data that say the same.
    public private(set) var captions: [String: [String]] = [:]

    private let options: Options
    private let tokenizer: MotionTokenizer
    private let standing: MotionFeatures
    private let judges: PredicateJudges

    /// Chooses from the training split.
    ///
    /// - Parameters:
    ///   - data: Prepared data.
    ///   - model: The model that will follow them.
    ///   - reader: The reader of texts.
    ///   - options: How to choose.
    ///   - progress: Is told of every sentence.
    ///
    /// - Throws: What the sentence encoder throws.
    public init(
        from data: PreparedDataSet, for model: MotionGenerator, reader: CommandReader, options: Options = Options(),
        progress: (Found) -> Void = { _ in }
    ) throws {
        self.options = options
        tokenizer = model.tokenizer
        standing = MotionFeatures(
            frameRate: MotionGenerator.frameRate, values: model.tokenizer.decode(model.standing))
        judges = try PredicateJudges()
        let all = try stretches(in: data, reader: reader, encoder: model.encoder)
        let kept = all.mapValues { $0.filter { !options.without.contains($0.clip.set) } }
        for action in reader.lexicon.actions where action.isMotion {
            let sides: [BodySide?] = action.sidedCaption == nil ? [nil] : [nil, .left, .right]
            for side in sides {
                let stretches = action.name == Self.standingStill ? [] : kept[action.name] ?? []
                try choose(action, side, from: stretches, in: data, progress: progress)
                captions[action.caption(side: side)] = Self.commonest(
                    (all[action.name] ?? []).filter { side == nil || $0.side == side }.map(\.caption))
            }
        }
    }

    /// Where feet come to rest depends on where they were: that is drawn.
    private static let standingStill = "stand_still"

    // MARK: Candidates

    private struct Stretch {
        var clip: PreparedClip
        var frames: Range<Int>
        var side: BodySide?
        var caption: String
    }

    /// Captions of a sentence that are kept.
    private static let mostCaptions = 5

    private static func commonest(_ captions: [String]) -> [String] {
        let counts = Dictionary(captions.map { ($0, 1) }, uniquingKeysWith: +)
        return Array(counts.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(mostCaptions).map(\.key))
    }

    private func stretches(
        in data: PreparedDataSet, reader: CommandReader, encoder: SentenceEncoder
    ) throws -> [String: [Stretch]] {
        var known: [String: UnderstoodAction?] = [:]
        var stretches: [String: [Stretch]] = [:]
        for clip in data.clips where clip.split == .train && clip.rate == nil {
            for caption in clip.captions where !Self.isCut(caption, clip) {
                let read =
                    try known[caption.text] ?? reader.action(of: caption.text) { try encoder.encode($0).pooled }
                known[caption.text] = .some(read)
                guard let action = read, action.likeness >= options.likeness, action.manner == nil else { continue }
                let frames = caption.firstFrame..<(caption.firstFrame + caption.frameCount)
                let stretch = Stretch(clip: clip, frames: frames, side: action.side, caption: caption.text)
                stretches[action.name, default: []].append(stretch)
            }
        }
        return stretches
    }

    /// Whether a caption tells of more than one action: what is done then is anywhere in the stretch.
    private static func isCut(_ caption: PreparedCaption, _ clip: PreparedClip) -> Bool {
        let words = caption.text.lowercased().split(separator: " ")
        return words.contains("then") || words.contains("while") || words.count > CaptionRule.longest
    }

    // MARK: Choice

    private struct Candidate {
        var exemplar: Exemplar
        var origin: String
        var cost: Double
        var times: Int?
        /// Which of the predicates it passes.
        var passed: [Bool]
    }

    /// The stretch, or of one that is much longer than the action some windows of it.
    private func windows(of stretch: Stretch, seconds: Double) -> [Range<Int>] {
        let length = Int(min(max(1.6 * seconds, 3), 8) * MotionGenerator.frameRate)
        let most = Int(options.longest * MotionGenerator.frameRate)
        guard stretch.frames.count > min(most, 2 * length) else { return [stretch.frames] }
        let starts = Swift.stride(
            from: stretch.frames.lowerBound, through: stretch.frames.upperBound - length, by: length / 2)
        return starts.prefix(Self.mostWindows).map { $0..<($0 + length) }
    }

    /// Windows of one stretch.
    private static let mostWindows = 8

    private mutating func choose(
        _ action: LexiconAction, _ side: BodySide?, from stretches: [Stretch], in data: PreparedDataSet,
        progress: (Found) -> Void
    ) throws {
        let sentence = action.caption(side: side)
        let predicates = judges.claimed(by: sentence, side: side)
        var found = Found(sentence: sentence, candidates: 0, shown: 0, predicates: [])
        var candidates: [Candidate] = []
        let own = stretches.filter { (side == nil || $0.side == side) && $0.frames.count >= 12 }
        for stretch in own.evenly(options.most) {
            let features = MotionFeatures(
                frameRate: MotionGenerator.frameRate, values: Array(data.features(of: stretch.clip)))
            for window in windows(of: stretch, seconds: action.seconds) {
                found.candidates += 1
                if let candidate = candidate(features, window, action, side, predicates, stretch.clip) {
                    candidates.append(candidate)
                }
            }
        }
        let telling = PredicateJudges.telling(candidates.map(\.passed), among: predicates.count)
        candidates = candidates.filter { candidate in telling.allSatisfy { candidate.passed[$0] } }
        found.shown = candidates.count
        found.predicates = telling.map { predicates[$0].name }
        self.predicates[sentence] = telling.map { predicates[$0] }
        progress(found)
        self.found.append(found)
        guard !candidates.isEmpty else { return }
        let counts = candidates.compactMap(\.times).sorted()
        let usual = counts.isEmpty ? nil : counts[counts.count / 2]
        let best = chosen(candidates.filter { $0.times == usual || usual == nil })
        library[sentence] = ExemplarLibrary.Entry(exemplars: best.map(\.exemplar), gerund: action.gerund(side: side))
        // What is usually done several times in one go, such as claps: the goes of each number.
        if let usual, usual > 1, action.count == .times {
            for times in Set(counts) where times > 0 {
                library[sentence + CommandReader.times(times)] = ExemplarLibrary.Entry(
                    exemplars: chosen(candidates.filter { $0.times == times }).map(\.exemplar))
            }
        }
        guard action.slots.contains(.manner) else { return }
        for (manner, rate) in options.tempi {
            let paced = best.prefix(3).compactMap { origin in
                stretches.first { stretch in
                    Self.name(of: stretch.clip) == origin.origin
                        && Double(stretch.frames.count) / MotionGenerator.frameRate <= options.longest
                }.flatMap {
                    self.paced($0, by: rate, action, side, telling.map { predicates[$0] }, in: data)
                }
            }
            if !paced.isEmpty {
                library["\(sentence) \(manner.phrase)"] = ExemplarLibrary.Entry(exemplars: paced.map(\.exemplar))
            }
        }
    }

    /// The cheapest, of different clips.
    private func chosen(_ candidates: [Candidate]) -> [Candidate] {
        var origins: Set<String> = []
        return Array(
            candidates.sorted { ($0.cost, $0.origin) < ($1.cost, $1.origin) }
                .filter { origins.insert($0.origin).inserted }.prefix(options.each))
    }

    private func paced(
        _ stretch: Stretch, by rate: Double, _ action: LexiconAction, _ side: BodySide?,
        _ predicates: [ActionPredicate], in data: PreparedDataSet
    ) -> Candidate? {
        let whole = MotionFeatures(
            frameRate: MotionGenerator.frameRate, values: Array(data.features(of: stretch.clip)))
        let clip = DerivedMotion.stretched(whole.clip(), rate: rate)
        let frames = Int(Double(stretch.frames.lowerBound) / rate)..<Int(Double(stretch.frames.upperBound) / rate)
        let features = MotionFeatures(clip)
        guard frames.upperBound <= features.frameCount + 1 else { return nil }
        let candidate = candidate(
            features, frames.clamped(to: 0..<features.frameCount), action, side, predicates, stretch.clip,
            seconds: action.seconds / rate)
        return candidate.flatMap { $0.passed.allSatisfy(\.self) ? $0 : nil }
    }

    private static func name(of clip: PreparedClip) -> String {
        "\(clip.set)/\(clip.id)\(clip.mirrored ? " mirrored" : "")"
    }

    /// What the tokenizer leaves of a stretch; nil where it does not show the action or is no motion to follow.
    private func candidate(
        _ features: MotionFeatures, _ frames: Range<Int>, _ action: LexiconAction, _ side: BodySide?,
        _ predicates: [ActionPredicate], _ clip: PreparedClip, seconds: Double? = nil
    ) -> Candidate? {
        let size = MotionTokenizer.framesPerToken
        let codes = features.values.withUnsafeBufferPointer { tokenizer.encode($0).codes }
        // What the encoder makes of the first frames has no past; a stream has one.
        let tokens = max(frames.lowerBound / size, 1)..<min(frames.upperBound / size, codes[0].count)
        guard tokens.count >= 3 else { return nil }
        var exemplar = Exemplar(codes: codes.map { Array($0[tokens]) }, source: Self.name(of: clip))
        let kept = MotionFeatures(frameRate: features.frameRate, values: tokenizer.decode(exemplar.codes))
        let motion = ObservedMotion(kept)
        let posed = kept.clip()
        guard !MotionFaults.hangs(posed) else { return nil }
        let pose = ExemplarPose(kept)
        exemplar.loop = pose.loop(tokens: tokens.count)
        exemplar.parts = pose.parts(of: action)
        let long = Double(tokens.count * size) / features.frameRate
        var cost = 8 * pose.distance(at: 0, from: standing) + 2 * pose.distance(at: kept.frameCount - 1, from: standing)
        cost += abs(log(long / (seconds ?? action.seconds)))
        cost += BodyQuality([posed]).skating / 40
        if action.family != "turns" {
            cost += min(max(motion.numbers.leftmostTurn, motion.numbers.rightmostTurn) / 30, 3) / 2
        }
        let times = predicates.lazy.compactMap { $0.repetitions(in: motion, side: side?.side) }.first
        return Candidate(
            exemplar: exemplar, origin: Self.name(of: clip), cost: cost, times: times,
            passed: predicates.map { $0.isShown(by: motion, side: side?.side) })
    }
}
