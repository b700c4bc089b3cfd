/// Whether words ask to hurt somebody: "kick the dog", "punch me".
enum Harm {
    static func isMeant(_ words: [String]) -> Bool {
        let bare = Framing.unframed(words)
        guard let verb = bare.firstIndex(where: { verbs.contains(Stem.of($0)) }), verb <= 2,
            bare[..<verb].allSatisfy({ !pretending.contains($0) })
        else { return false }
        // "kick like a horse" hurts none.
        let object = bare[(verb + 1)...].prefix(4).prefix { !["like", "as", "with"].contains($0) }
        return object.contains { victims.contains($0) }
    }

    private static let verbs = Set(
        """
        hit punch kick slap attack strangle choke stab shoot bite beat hurt kill headbutt shove push poke whip injure harm
        smack wound murder crush trample ambush tackle
        """.split(whereSeparator: \.isWhitespace).map { Stem.of(String($0)) })
    private static let pretending: Set = ["pretend", "mime", "imitate", "act", "fake", "imagine", "simulate"]
    private static let victims: Set = [
        "me", "him", "her", "them", "us", "somebody", "someone", "anyone", "anybody", "everyone", "everybody", "people",
        "person", "man", "woman", "child", "kid", "kids", "children", "baby", "boy", "girl", "lady", "guy", "guard",
        "dog", "cat", "kitten", "puppy", "animal", "bird", "horse", "waiter", "teacher", "boss", "friend", "brother",
        "sister", "mother", "father", "mom", "mum", "dad", "grandma", "grandpa", "neighbour", "neighbor", "crowd",
        "audience", "visitor", "guest", "player", "nurse", "doctor", "policeman", "officer", "human", "humans",
        "myself",
        "yourself",
    ]
}
