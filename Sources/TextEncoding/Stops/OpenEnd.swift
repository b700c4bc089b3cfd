/// "walk until I say stop": motion that goes on until it is stopped.
enum OpenEnd {
    /// The words without the part that says so; nil when they do not.
    static func removed(from words: [Word]) -> [Word]? {
        guard let start = words.firstIndex(where: { ["until", "till", "til"].contains($0.key) }), start > 0 else {
            return nil
        }
        let rest = SpokenClause.clauses(of: Word.text(of: Array(words[(start + 1)...]))).flatMap(\.keys)[...]
        guard patterns.contains(where: { $0.match(rest) == rest.count }) else { return nil }
        return Array(words[..<start])
    }

    private static let patterns = PhrasePattern.table(
        """
        (i|we|you|they|he|she|someone|somebody|anyone|it) [will|shall|hear] [say|says|tell|tells|ask|asks|shout|shouts|call|calls|yell|yells|order|orders|command|commands|signal|me|a] [you|it|me|us] [otherwise|different|differently|something|the|to|a|out] [command] (stop|halt|freeze|wait|else|enough|otherwise|differently|so) *
        (i|we|someone|somebody) (stop|halt|interrupt) you
        (you|it) (are|is) (told|asked|ordered|stopped|commanded|instructed) *
        (told|ordered|asked|instructed|stopped|interrupted) *
        further (notice|orders|instructions)
        """)
}
