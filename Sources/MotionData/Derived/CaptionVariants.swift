import Foundation

/// Other honest wordings of a caption.
///
/// Captions of the sets are crowd sentences ("a person walks forward"); robot controllers say "walk forward". The rules
/// change subject, verb form and near synonyms only, never what is done, by which side or in which direction.
public enum CaptionVariants {
    /// Up to `limit` distinct wordings without the caption itself, always in the same order.
    ///
    /// Every near synonym is said in one form before any is said in the next, so that a small limit still holds all of them.
    public static func of(_ caption: String, limit: Int = 16) -> [String] {
        let plain = normalized(caption)
        guard let predicate = predicate(of: plain) else { return [] }
        let predicates = [predicate] + synonyms(of: predicate)
        let forms: [(String) -> String?] = [
            imperative, { "a person " + $0 }, { progressive($0).map { "a person is " + $0 } }, { "someone " + $0 },
            { "the person " + $0 },
        ]
        var found: [String] = []
        for form in forms {
            for text in predicates.compactMap(form) where text != plain && text != caption && !text.isEmpty {
                if !found.contains(text) { found.append(text) }
            }
        }
        return Array(found.prefix(limit))
    }

    /// Present tense, third person, to base form and gerund.
    static let verbs: [String: (base: String, gerund: String)] = [
        "walks": ("walk", "walking"), "runs": ("run", "running"), "jogs": ("jog", "jogging"),
        "jumps": ("jump", "jumping"), "hops": ("hop", "hopping"), "leaps": ("leap", "leaping"),
        "turns": ("turn", "turning"), "spins": ("spin", "spinning"), "rotates": ("rotate", "rotating"),
        "waves": ("wave", "waving"), "raises": ("raise", "raising"), "lifts": ("lift", "lifting"),
        "lowers": ("lower", "lowering"), "kicks": ("kick", "kicking"), "punches": ("punch", "punching"),
        "boxes": ("box", "boxing"), "throws": ("throw", "throwing"), "squats": ("squat", "squatting"),
        "crouches": ("crouch", "crouching"), "ducks": ("duck", "ducking"), "sits": ("sit", "sitting"),
        "stands": ("stand", "standing"), "bends": ("bend", "bending"), "bows": ("bow", "bowing"),
        "leans": ("lean", "leaning"), "dances": ("dance", "dancing"), "steps": ("step", "stepping"),
        "sidesteps": ("sidestep", "sidestepping"), "moves": ("move", "moving"), "reaches": ("reach", "reaching"),
        "grabs": ("grab", "grabbing"), "puts": ("put", "putting"), "picks": ("pick", "picking"),
        "lies": ("lie", "lying"), "sneaks": ("sneak", "sneaking"), "does": ("do", "doing"),
        "swings": ("swing", "swinging"), "claps": ("clap", "clapping"), "climbs": ("climb", "climbing"),
        "stretches": ("stretch", "stretching"), "holds": ("hold", "holding"), "balances": ("balance", "balancing"),
        "marches": ("march", "marching"), "skips": ("skip", "skipping"), "sprints": ("sprint", "sprinting"),
        "strides": ("stride", "striding"), "veers": ("veer", "veering"), "makes": ("make", "making"),
        "takes": ("take", "taking"), "drifts": ("drift", "drifting"), "dashes": ("dash", "dashing"),
        "washes": ("wash", "washing"), "fights": ("fight", "fighting"), "dribbles": ("dribble", "dribbling"),
        "performs": ("perform", "performing"), "goes": ("go", "going"), "stops": ("stop", "stopping"),
        "twists": ("twist", "twisting"), "laughs": ("laugh", "laughing"), "points": ("point", "pointing"),
        "strikes": ("strike", "striking"),
        "directs": ("direct", "directing"), "shows": ("show", "showing"), "stays": ("stay", "staying"),
    ]

    private static let subjects =
        ["a", "the", "this"].flatMap { article in
            ["person", "man", "woman", "human", "figure", "guy", "sim"].map { article + " " + $0 + " " }
        } + ["someone ", "somebody ", "person ", "he ", "she ", "they "]

    private static func normalized(_ caption: String) -> String {
        var text = caption.lowercased().trimmingCharacters(in: .whitespacesAndNewlines)
        while let last = text.last, ".!,;".contains(last) { text.removeLast() }
        return text
    }

    /// What follows the subject when it is a known verb in the third person; also from "is walking".
    static func predicate(of text: String) -> String? {
        guard let subject = subjects.first(where: { text.hasPrefix($0) }) else { return nil }
        var words = text.dropFirst(subject.count).split(separator: " ").map(String.init)
        if words.first == "is", words.count > 1 {
            guard let verb = verbs.first(where: { $0.value.gerund == words[1] }) else { return nil }
            words.removeFirst()
            // "is walking and turning": every coordinated gerund has to change.
            guard !words.contains(where: { $0 == "and" || $0 == "then" }) else { return nil }
            words[0] = verb.key
        }
        let adverbs = ["slowly", "quickly", "casually", "calmly", "briskly", "carefully", "steadily"]
        let verb = words.first.map { adverbs.contains($0) ? words.dropFirst().first : $0 } ?? nil
        guard let verb, verbs[verb] != nil else { return nil }
        let text = words.joined(separator: " ")
        return String(text.reversed().drop { ".!,; ".contains($0) }.reversed())
    }

    static func imperative(_ predicate: String) -> String {
        let possessives = ["his", "her", "their"]
        return predicate.split(separator: " ").map { word in
            let (stem, tail) = cut(word)
            if possessives.contains(stem) { return "your" + tail }
            return (verbs[stem]?.base ?? stem) + tail
        }.joined(separator: " ")
    }

    /// The predicate with all its verbs as gerunds; nil when its first word is none.
    static func progressive(_ predicate: String) -> String? {
        let words = predicate.split(separator: " ")
        guard let first = words.first, verbs[String(first)] != nil, words.dropFirst().first != "not" else { return nil }
        return words.map { word in
            let (stem, tail) = cut(word)
            return (verbs[stem]?.gerund ?? stem) + tail
        }.joined(separator: " ")
    }

    private static func cut(_ word: Substring) -> (stem: String, tail: String) {
        let stem = word.prefix { $0.isLetter || $0 == "-" }
        return (String(stem), String(word[stem.endIndex...]))
    }

    /// General near synonyms. What people call an action in words of their own is the lexicon's business, and no rule aims at the
    /// wordings by which models are judged.
    private static let exchanges: [(String, String)] = [
        ("backwards", "backward"), ("backward", "backwards"), ("forwards", "forward"),
        ("raises", "lifts"), ("lifts", "raises"), ("does one squat", "squats once"),
        ("does one squat", "squats down and stands up again"),
        ("walks forward", "walks ahead"), ("runs forward", "runs ahead"), ("stands still", "stays still"),
        ("stands still", "stands in place without moving"), ("sidesteps to", "steps to"),
        ("waves the left hand", "waves the left arm"), ("waves the right hand", "waves the right arm"),
        ("waves both hands", "waves both arms"),
    ]

    /// Same meaning in other words, and less said: without the manner, where that says what is seen.
    private static func synonyms(of predicate: String) -> [String] {
        var result: [String] = []
        let bare = plain(predicate) ?? predicate
        if bare != predicate { result.append(bare) }
        for base in [bare, predicate] {
            for (from, to) in exchanges where " \(base) ".contains(" \(from) ") && !" \(base) ".contains(" \(to) ") {
                let text = " \(base) ".replacingOccurrences(of: " \(from) ", with: " \(to) ")
                    .trimmingCharacters(in: .whitespaces)
                if !result.contains(text) { result.append(text) }
            }
            if bare == predicate { break }
        }
        return result
    }

    /// Manners that change what is seen so much that the bare words would promise something else: who waves like an elderly
    /// person or in a feminine way, for example, keeps the wrist at the height of the shoulder or under it.
    private static let markedManners: Set = [
        "elderly", "feminine", "exhausted", "tired", "childish", "angry", "unconfident", "sad",
    ]

    /// The predicate without its manner; nil when the manner is a marked one.
    static func plain(_ predicate: String) -> String? {
        let (bare, manner) = manner(of: predicate)
        return manner.map(markedManners.contains) == true ? nil : bare
    }

    static func withoutManner(_ predicate: String) -> String { manner(of: predicate).bare }

    /// What is done and how: "waves the left hand" and "feminine" of "waves the left hand in a feminine way".
    private static func manner(of predicate: String) -> (bare: String, manner: String?) {
        let likeElderly = " like an elderly person"
        if predicate.hasSuffix(likeElderly) { return (String(predicate.dropLast(likeElderly.count)), "elderly") }
        guard predicate.hasSuffix(" way") else { return (predicate, nil) }
        for article in [" in a ", " in an "] {
            guard let range = predicate.range(of: article, options: .backwards) else { continue }
            let manner = predicate[range.upperBound...].dropLast(" way".count)
            if !manner.contains(" ") { return (String(predicate[..<range.lowerBound]), String(manner)) }
        }
        return (predicate, nil)
    }
}
