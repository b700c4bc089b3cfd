import HumanBody
public import KMM
import KMMEvaluation
public import TextEncoding

/// Measures which of the lexicon's actions a model does, and by what it does each best: by the canonical sentence, by a
/// caption that training has seen, or by exemplars.
public struct ActionMeasurement {
    /// What was measured of one sentence.
    public struct Trial: Sendable {
        /// The canonical sentence.
        public var sentence: String
        /// Share of the motions that show it by the weights alone, from the canonical sentence; nil where it was not tried.
        public var alone: Double?
        /// The same with exemplars.
        public var followed: Double?
        /// The caption that does better than both, and its share.
        public var prompt: String?
        /// The share of what was chosen.
        public var best: Double
    }

    /// The library with what was chosen.
    public private(set) var library: ExemplarLibrary
    /// What the model does with it.
    public private(set) var learnt = LearntActions(actions: [:])
    /// What was measured.
    public private(set) var trials: [Trial] = []

    private let generator: MotionGenerator
    private let seeds: Int

    /// A share from which on nothing else is tried.
    private static let goodEnough = 0.9
    /// Actions that go sideways and keep their heading, within so many degrees.
    private static let sideways: Set = ["sidestep", "side_shuffle", "jump_sideways"]
    private static let heading = 15.0
    private static let extents: Set<LexiconAction.Slot> = [.distance, .angle, .steps]

    /// Measures every action that may be done.
    ///
    /// - Parameters:
    ///   - generator: The model; its library is changed while it is measured.
    ///   - selection: Exemplars to try, captions that say the same, and predicates that judge.
    ///   - lexicon: The actions.
    ///   - seeds: Motions of a sentence.
    ///   - progress: Told of every trial.
    ///
    /// - Throws: What the generator throws.
    public init(
        of generator: MotionGenerator, following selection: ExemplarSelection, lexicon: Lexicon, seeds: Int,
        progress: (Trial) -> Void = { _ in }
    ) throws {
        (self.generator, library, self.seeds) = (generator, selection.library, seeds)
        for action in lexicon.actions where action.isMotion {
            var shares: [Double] = []
            for side in action.sidedCaption == nil ? [nil] : [nil, BodySide.left, .right] {
                let sentence = action.caption(side: side)
                let trial = try trial(
                    sentence, action, side, predicates: selection.predicates[sentence] ?? [],
                    captions: selection.captions[sentence] ?? [])
                guard let trial else { continue }
                progress(trial)
                trials.append(trial)
                shares.append(trial.best)
            }
            learnt.actions[action.name] = LearntActions.Action(
                shares: shares, seeds: seeds, exemplars: self.library[action.caption]?.exemplars.count ?? 0)
        }
    }

    /// Tries a sentence and keeps in the library what does it best; nil where no predicate tells.
    private mutating func trial(
        _ sentence: String, _ action: LexiconAction, _ side: BodySide?, predicates: [ActionPredicate],
        captions: [String]
    ) throws -> Trial? {
        guard !predicates.isEmpty else { return nil }
        func share(_ entry: ExemplarLibrary.Entry?) throws -> Double {
            generator.exemplars[sentence] = entry
            return try generator.shownShare(
                of: action, by: sentence, side: side, predicates: predicates, seeds: seeds
            ) { motion in
                let turned = max(motion.numbers.leftmostTurn, motion.numbers.rightmostTurn)
                return !Self.sideways.contains(action.name) || turned <= Self.heading
            }
        }
        let gerund = action.gerund(side: side)
        let followed = library[sentence]
        var trial = Trial(sentence: sentence, alone: nil, followed: nil, prompt: nil, best: -1)
        var chosen: ExemplarLibrary.Entry?
        func tryAlone() throws {
            let share = try share(nil)
            trial.alone = share
            if share > trial.best { (trial.best, chosen) = (share, nil) }
        }
        func tryFollowing() throws {
            guard trial.best < Self.goodEnough, let followed, !followed.exemplars.isEmpty else { return }
            let share = try share(followed)
            trial.followed = share
            if share > trial.best { (trial.best, chosen) = (share, followed) }
        }
        // Where a text may say how far, the weights come first: an exemplar goes as far as it goes.
        if action.slots.isDisjoint(with: Self.extents) {
            try tryFollowing()
            if trial.best < Self.goodEnough { try tryAlone() }
        } else {
            try tryAlone()
            try tryFollowing()
        }
        if trial.best < Self.goodEnough {
            for caption in captions where caption != sentence {
                let entry = ExemplarLibrary.Entry(prompt: caption)
                let share = try share(entry)
                if share > trial.best { (trial.best, chosen, trial.prompt) = (share, entry, caption) }
                if trial.best >= Self.goodEnough { break }
            }
        }
        // Exemplars stay for what is done beside something else, though the weights do it by themselves.
        var entry = chosen ?? ExemplarLibrary.Entry()
        if let followed, action.uses == .arms || action.uses == .head {
            (entry.beside, entry.gerund) = (entry.exemplars.isEmpty ? followed.exemplars : [], gerund)
        }
        let isNothing = entry.prompt == nil && entry.exemplars.isEmpty && entry.beside.isEmpty
        library[sentence] = isNothing ? nil : entry
        if entry.exemplars.isEmpty {
            for tempo in [Manner.slow, .fast] { library["\(sentence) \(tempo.phrase)"] = nil }
        }
        return trial
    }
}

extension BodySide {
    /// The same side of the body.
    var side: Side { self == .left ? .left : .right }
    /// The other side.
    var other: BodySide { self == .left ? .right : .left }
}
