import HumanBody
import HumanMotion
import KMM
import KMMEvaluation
import TextEncoding

extension MotionGenerator {
    /// How often motions of a canonical sentence show its action: they do by every predicate, and hang nowhere.
    ///
    /// - Parameters:
    ///   - action: The action, as often and as long as it is done by itself.
    ///   - sentence: The canonical sentence.
    ///   - side: The side that the sentence says.
    ///   - predicates: Tell whether a motion shows it.
    ///   - seeds: Motions that are made.
    ///   - isGood: What else is asked of a motion.
    /// - Returns: Their share, 0 to 1.
    /// - Throws: What generating throws.
    func shownShare(
        of action: LexiconAction, by sentence: String, side: BodySide?, predicates: [ActionPredicate], seeds: Int,
        where isGood: (ObservedMotion) -> Bool = { _ in true }
    ) throws -> Double {
        let segment = Action(
            text: sentence, duration: action.count == .times ? action.seconds : nil, isEstimate: true)
        let shown = try (0..<seeds).count { seed in
            let clip = try motion(of: [segment], options: SamplingOptions(), seed: UInt64(seed))
            let observed = ObservedMotion(clip)
            return !MotionFaults.hangs(clip) && predicates.allSatisfy { $0.isShown(by: observed, side: side?.side) }
                && isGood(observed)
        }
        return Double(shown) / Double(seeds)
    }
}

extension LearntActions.Action {
    /// What sentences of an action came to: the mean of their shares, rounded; nil where none could be judged.
    init(shares: [Double], seeds: Int, exemplars: Int) {
        let mean = shares.isEmpty ? nil : (shares.reduce(0, +) / Double(shares.count) * 100).rounded() / 100
        self.init(shown: mean, motions: shares.count * seeds, exemplars: exemplars)
    }
}
