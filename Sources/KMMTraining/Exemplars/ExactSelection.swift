public import Foundation
import Geometry
import HumanBody
import HumanMotion
public import KMM
import KMMEvaluation
public import MotionData
public import TextEncoding

/// Gives a model motions of whole bodies to follow as they were recorded or authored, where neither its weights nor what
/// its tokenizer leaves of such motions show the action.
///
/// A motion is taken when it shows the action by every predicate that its sentence claims, and would still do so with
/// arms, head and trunk a tenth smaller. What is done with the right is done with the left as its mirror image.
public struct ExactSelection {
    /// How to choose.
    public struct Options: Sendable {
        /// Motions of a sentence.
        public var each = 3
        /// Clips that are made of each authored file.
        public var clips = 16
        /// Motions that the model makes to be judged.
        public var seeds = 4
        /// Only these actions; nil for all that the model has not learnt.
        public var only: Set<String>?
        /// Actions that are made anew though the model has learnt them.
        public var also: Set<String> = []
        /// Tempi that are made beside the recorded one.
        public var tempi: [(manner: Manner, rate: Double)] = [(.slow, 0.7), (.fast, 1.35)]

        /// The usual ones.
        public init() {}
    }

    /// What came of one sentence.
    public struct Found: Sendable {
        /// The canonical sentence.
        public var sentence: String
        /// Motions of it, and those that show it by every predicate.
        public var candidates: Int, shown: Int
        /// The predicates that judged.
        public var predicates: [String]
        /// Share of the model's motions that show it; nil where no predicate tells.
        public var share: Double?
    }

    /// The model's library with what was chosen.
    public private(set) var library: ExemplarLibrary
    /// What the model does with it.
    public private(set) var learnt: LearntActions

    private let model: MotionGenerator
    private let options: Options
    private let judges: PredicateJudges
    private let standing: MotionFeatures

    /// What a motion keeps of itself when it is done smaller.
    private static let smaller = 0.9

    /// Tries every action that the model has not learnt and of which there is a motion.
    ///
    /// - Parameters:
    ///   - directory: Folder of authored actions and of `Recorded/cuts.json`, which names pieces of recorded clips.
    ///   - data: Prepared data with the recorded clips, on whose people the authored actions stand.
    ///   - model: The model; its library is changed while it is measured.
    ///   - lexicon: The actions.
    ///   - learnt: What the model has learnt so far.
    ///   - options: How to choose.
    ///   - progress: Is told of every sentence.
    ///
    /// - Throws: What reading the files and the generator throw.
    public init(
        from directory: URL, data: PreparedDataSet, for model: MotionGenerator, lexicon: Lexicon,
        learnt: LearntActions, options: Options = Options(), progress: (Found) -> Void = { _ in }
    ) throws {
        (self.model, self.options, self.learnt) = (model, options, learnt)
        library = model.exemplars
        judges = try PredicateJudges()
        standing = MotionFeatures(
            frameRate: MotionGenerator.frameRate, values: model.tokenizer.decode(model.standing))
        let studio = ActionStudio(data)
        let files = try Take.files(in: directory)
        let cuts = try RecordedCut.all(in: directory.appending(path: "Recorded/cuts.json"))
        for action in lexicon.actions where action.isMotion {
            let isLearnt = learnt.actions[action.name]?.isLearnt ?? false
            guard options.only?.contains(action.name) ?? true, !isLearnt || options.also.contains(action.name) else {
                continue
            }
            let recorded = cuts.filter { $0.action == action.name }.compactMap { $0.take(from: data, for: action) }
            let takes = try recorded + Take.authored(action, in: files, by: studio, clips: options.clips)
            if !takes.isEmpty { try choose(action, from: takes, progress) }
        }
    }

    private mutating func choose(
        _ action: LexiconAction, from takes: [Take], _ progress: (Found) -> Void
    ) throws {
        let before = (library, model.exemplars)
        var shares: [Double] = []
        for side in action.sidedCaption == nil ? [nil] : [nil, BodySide.left, .right] {
            let sentence = action.caption(side: side)
            let own = takes.flatMap { [$0, $0.mirrored] }
                .filter { $0.side == nil || $0.side == (side ?? Self.side(in: sentence) ?? $0.side) }
            let (predicates, passed) = judges.telling(
                sentence, side: side, among: own.map { ObservedMotion($0.motion) })
            let shown = zip(own, passed).filter { $0.1 && isSound($0.0, predicates, side) }.map { $0.0 }
            let best = best(shown, of: action)
            var found = Found(
                sentence: sentence, candidates: own.count, shown: shown.count, predicates: predicates.map(\.name),
                share: nil)
            if !best.isEmpty {
                library[sentence] = ExemplarLibrary.Entry(
                    exemplars: best.compactMap { exemplar(of: $0, action) }, beside: library[sentence]?.beside ?? [],
                    gerund: action.gerund(side: side))
                for (tempo, rate) in options.tempi {
                    let paced = best.compactMap { exemplar(of: $0, action, rate: rate) }
                    let isAsked = action.slots.contains(.manner) && action.family != "jumps" && !paced.isEmpty
                    library["\(sentence) \(tempo.phrase)"] = isAsked ? ExemplarLibrary.Entry(exemplars: paced) : nil
                }
                model.exemplars = library
            }
            if !predicates.isEmpty {
                found.share = try model.shownShare(
                    of: action, by: sentence, side: side, predicates: predicates, seeds: options.seeds)
            }
            progress(found)
            shares += found.share.map { [$0] } ?? []
        }
        let result = LearntActions.Action(
            shares: shares, seeds: options.seeds, exemplars: library[action.caption]?.exemplars.count ?? 0)
        let former = learnt.actions[action.name]?.shown ?? 0
        let isAnew = options.also.contains(action.name)
        guard isAnew ? result.shown ?? 1 >= former : result.shown ?? 1 > former else {
            (library, model.exemplars) = before
            return
        }
        learnt.actions[action.name] = result
    }

    /// The side that a sentence says.
    private static func side(in sentence: String) -> BodySide? {
        let words = sentence.split(separator: " ")
        return words.contains("right") ? .right : words.contains("left") ? .left : nil
    }

    /// Whether a motion shows its action clearly, and with nothing that nobody does.
    private func isSound(_ take: Take, _ predicates: [ActionPredicate], _ side: BodySide?) -> Bool {
        let motion = take.motion
        guard let first = motion.frames.first, !MotionFaults.hangs(motion) else { return false }
        var smaller = motion
        // Legs stay as they are: they carry the body.
        for index in smaller.frames.indices {
            for joint in LimbMotion.movable {
                let rotation = motion.frames[index].rotations[joint]
                smaller.frames[index].rotations[joint] = first.rotations[joint].slerp(to: rotation, Self.smaller)
            }
        }
        let observed = ObservedMotion(smaller)
        return predicates.allSatisfy { $0.isShown(by: observed, side: side?.side) }
    }

    /// Those that last about as long as the action, slide little and begin near a stand, of different clips.
    private func best(_ takes: [Take], of action: LexiconAction) -> [Take] {
        func cost(_ take: Take) -> Double {
            let motion = take.motion
            let pose = ExemplarPose(MotionFeatures(motion))
            return abs(log(motion.duration / action.seconds)) + BodyQuality([motion]).skating / 40
                + 2 * pose.distance(at: 0, from: standing)
        }
        var origins: Set<Substring> = []
        let sorted = takes.map { (take: $0, cost: cost($0)) }.sorted {
            ($0.cost, $0.take.source) < ($1.cost, $1.take.source)
        }
        return Array(
            sorted.map(\.take).filter { origins.insert($0.source.prefix { $0 != " " }).inserted }.prefix(options.each))
    }

    /// The fastest that a foot goes in a kick, m/s: recorded ones reach 12, which no robot's legs follow on one foot.
    private static let fastestKick = 5.0

    /// How many times its recorded speed a motion is played, so that robots follow its feet.
    private static func followedRate(_ take: Take, _ action: LexiconAction) -> Double {
        guard action.name.contains("kick") else { return 1 }
        let features = MotionFeatures(take.motion)
        let speeds = [HumanJoint.leftFoot, .rightFoot].flatMap { joint in
            let columns = MotionFeatures.position(of: joint)
            let places = (0..<features.frameCount).map { frame in features.row(frame) }.map { row in
                let at = row.startIndex + columns.lowerBound
                return Vector3(Double(row[at]), Double(row[at + 1]), Double(row[at + 2]))
            }
            return zip(places, places.dropFirst()).map { ($1 - $0).length * features.frameRate }
        }
        return min(1, fastestKick / max(speeds.max() ?? 0, fastestKick))
    }

    /// A motion with its codes.
    private func exemplar(of take: Take, _ action: LexiconAction, rate tempo: Double = 1) -> Exemplar? {
        let size = MotionTokenizer.framesPerToken
        let rate = tempo * Self.followedRate(take, action)
        let clip = rate == 1 ? take.clip : DerivedMotion.stretched(take.clip, rate: rate)
        let features = MotionFeatures(clip)
        let codes = features.values.withUnsafeBufferPointer { model.tokenizer.encode($0).codes }
        // What the encoder makes of the first frames has no past; a stream has one.
        let first = max(Int((Double(take.frames.lowerBound) / rate).rounded(.up)) / size + 1, 1)
        let end = min(Int(Double(take.frames.upperBound) / rate) / size, codes[0].count)
        guard end - first >= 3 else { return nil }
        var exemplar = Exemplar(codes: codes.map { Array($0[first..<end]) }, source: take.source)
        // What is done with the other side, or quicker, is the same motion.
        let isMirrored = take.source.hasSuffix("mirrored")
        let origin = isMirrored ? take.mirrored.clip : take.clip
        exemplar.exact = ExactMotion(of: Array(origin.frames[take.frames]))
        exemplar.exact?.isMirrored = isMirrored
        exemplar.exact?.rate = rate
        exemplar.exact?.start = Int(Double(first * size) * rate) - take.frames.lowerBound
        let pose = ExemplarPose(
            MotionFeatures(
                HumanClip(frameRate: clip.frameRate, frames: Array(clip.frames[(first * size)..<(end * size)]))))
        exemplar.loop = action.count == .times ? nil : pose.loop(tokens: end - first - 1)
        exemplar.parts = pose.parts(of: action)
        return exemplar
    }
}
