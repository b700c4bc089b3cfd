public import Foundation
import HumanBody
import HumanMotion
public import KMM
import KMMEvaluation
public import MotionData
public import TextEncoding

/// Gives a model arms, head and trunk of authored actions to lay over a standing body, where neither its weights nor motions
/// to follow show the action.
public struct LimbSelection {
    /// How to choose.
    public struct Options: Sendable {
        /// Motions of a sentence.
        public var each = 2
        /// Clips that are made of each file, and as many mirrored.
        public var clips = 12
        /// Motions that the model makes to be judged.
        public var seeds = 4
        /// Only these actions; nil for all that the model has not learnt.
        public var only: Set<String>?

        /// The usual ones.
        public init() {}
    }

    /// What came of one sentence.
    public struct Found: Sendable {
        /// The canonical sentence.
        public var sentence: String
        /// Authored clips of it, and those that show it by every predicate.
        public var candidates: Int, shown: Int
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

    /// Tries every action that the model has not learnt and that is authored.
    ///
    /// - Parameters:
    ///   - directory: Folder of authored actions, `NAME.json` or `NAME.something.json`.
    ///   - studio: Makes clips of them.
    ///   - model: The model; its library is changed while it is measured.
    ///   - lexicon: The actions.
    ///   - learnt: What the model has learnt so far.
    ///   - options: How to choose.
    ///   - progress: Is told of every sentence.
    ///
    /// - Throws: What reading the files and the generator throw.
    public init(
        from directory: URL, made studio: ActionStudio, for model: MotionGenerator, lexicon: Lexicon,
        learnt: LearntActions, options: Options = Options(), progress: (Found) -> Void = { _ in }
    ) throws {
        (self.model, self.options, self.learnt) = (model, options, learnt)
        library = model.exemplars
        judges = try PredicateJudges()
        let files = try Take.files(in: directory)
        for action in lexicon.actions where action.isMotion {
            let isWanted = options.only?.contains(action.name) ?? !(learnt.actions[action.name]?.isLearnt ?? false)
            guard isWanted else { continue }
            let takes = try Take.authored(action, in: files, by: studio, clips: options.clips)
            if !takes.isEmpty { try choose(action, from: takes.flatMap { [$0, $0.mirrored] }, progress) }
        }
    }

    private mutating func choose(
        _ action: LexiconAction, from takes: [Take], _ progress: (Found) -> Void
    ) throws {
        let before = (library, model.exemplars)
        var shares: [Double] = []
        for side in action.sidedCaption == nil ? [nil] : [nil, BodySide.left, .right] {
            let sentence = action.caption(side: side)
            let own = takes.filter { side == nil || $0.names.contains(sentence) }
            let motions = own.map { ObservedMotion($0.clip) }
            let (predicates, passed) = judges.telling(sentence, side: side, among: motions)
            let shown = zip(own, passed).filter { $0.1 }.map { $0.0 }
            var found = Found(sentence: sentence, candidates: own.count, shown: shown.count, share: nil)
            let exemplars = best(shown, of: action)
            if !exemplars.isEmpty {
                library[sentence] = ExemplarLibrary.Entry(exemplars: exemplars, gerund: action.gerund(side: side))
                for tempo in [Manner.slow, .fast] { library["\(sentence) \(tempo.phrase)"] = nil }
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
        guard result.shown ?? 1 > learnt.actions[action.name]?.shown ?? 0 else {
            (library, model.exemplars) = before
            return
        }
        learnt.actions[action.name] = result
    }

    /// Those that last about as long as the action, of different clips.
    private func best(_ takes: [Take], of action: LexiconAction) -> [Exemplar] {
        let size = MotionGenerator.framesPerToken
        let sorted = takes.sorted { first, second in
            func cost(_ take: Take) -> Double { abs(log(take.clip.duration / action.seconds)) }
            return (cost(first), first.source) < (cost(second), second.source)
        }
        var exemplars: [Exemplar] = []
        for take in sorted where exemplars.count < options.each {
            let tokens = take.clip.frames.count / size
            guard let limbs = LimbMotion(of: Array(take.clip.frames.prefix(tokens * size))) else { continue }
            let pose = ExemplarPose(MotionFeatures(take.clip))
            exemplars.append(
                Exemplar(
                    limbs: limbs, loop: pose.loop(tokens: tokens - 1), parts: pose.parts(of: action),
                    source: take.source))
        }
        return exemplars
    }
}
