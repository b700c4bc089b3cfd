import HumanBody

/// Which predicates a canonical sentence claims.
final class SentenceJudges {
    private struct Key: Hashable {
        var action: String
        var side: Side?
    }
    private let judges: [Key: CaptionJudge]

    /// The judges of all predicates, on either side and on each.
    init() throws {
        var judges: [Key: CaptionJudge] = [:]
        for predicate in ActionPredicate.all {
            for side in [nil] + Side.both.map(Optional.some) {
                judges[Key(action: predicate.name, side: side)] = try CaptionJudge(
                    side.map(predicate.captions.on) ?? predicate.captions)
            }
        }
        self.judges = judges
    }

    /// Whether a sentence speaks of the action on a side, or on any.
    package func claims(_ sentence: String, _ action: String, side: Side?) -> Bool {
        judges[Key(action: action, side: side)]?.verdict(on: sentence) == .claims
    }
}

extension LanguageBenchmark.Request {
    /// Whether some of the sentences speak of each thing that is asked for.
    func isRead(as sentences: [String], by judges: SentenceJudges) -> Bool {
        shows.filter { $0.not != true }.allSatisfy { showing in
            sentences.contains { judges.claims($0, showing.action, side: showing.side) }
        }
    }
}
