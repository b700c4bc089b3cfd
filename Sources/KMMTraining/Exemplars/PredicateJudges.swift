import HumanBody
import KMMEvaluation
import TextEncoding

/// Which predicates can tell whether a motion shows what a canonical sentence says.
struct PredicateJudges {
    /// Every predicate with what tells, for no side and each, whether a sentence claims it.
    private let judges: [Side?: [(predicate: ActionPredicate, judge: CaptionJudge)]]

    /// A predicate that fewer of the candidates pass claims the sentence by mistake, where another is passed by so many.
    private static let (leastShare, otherShare) = (0.05, 0.3)

    init() throws {
        var judges: [Side?: [(predicate: ActionPredicate, judge: CaptionJudge)]] = [:]
        for side in [nil] + Side.both.map(Optional.some) {
            judges[side] = try ActionPredicate.all.map { predicate in
                (predicate, try CaptionJudge(side.map(predicate.captions.on) ?? predicate.captions))
            }
        }
        self.judges = judges
    }

    /// The predicates that the canonical sentence of an action claims.
    func claimed(by sentence: String, side: BodySide?) -> [ActionPredicate] {
        (judges[side?.side] ?? []).filter { $0.judge.verdict(on: sentence) == .claims }.map(\.predicate)
    }

    /// Indices of those of `count` predicates that can tell, by which of them each candidate passed: a sentence may speak in
    /// the words of another action ("bends to the left").
    static func telling(_ passed: [[Bool]], among count: Int) -> [Int] {
        let shares = (0..<count).map { index in
            Double(passed.count { $0[index] }) / Double(max(passed.count, 1))
        }
        return shares.indices.filter { shares[$0] >= leastShare || (shares.max() ?? 0) < otherShare }
    }

    /// The predicates that can tell, and whether each of the motions passes all of them.
    func telling(
        _ sentence: String, side: BodySide?, among motions: [ObservedMotion]
    ) -> (predicates: [ActionPredicate], passed: [Bool]) {
        let predicates = claimed(by: sentence, side: side)
        let passed = motions.map { motion in predicates.map { $0.isShown(by: motion, side: side?.side) } }
        let telling = Self.telling(passed, among: predicates.count)
        return (telling.map { predicates[$0] }, passed.map { each in telling.allSatisfy { each[$0] } })
    }
}
