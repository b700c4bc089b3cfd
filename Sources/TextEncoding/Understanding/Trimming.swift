/// What a clause says about how and why, besides what is done: "like an old man", "with large steps", "because it is cold".
enum Trimming {
    /// The words in front of the first of them, and those from there on; nil where there is none, or nothing in front.
    static func part(_ words: [String]) -> (core: [String], trimming: [String])? {
        for index in words.indices.dropFirst() where opens(words[index...], behind: words[..<index]) {
            return (Array(words[..<index]), Array(words[index...]))
        }
        return nil
    }

    /// What stands at the end and says why: "because it is cold".
    static func reason(in words: [String]) -> ArraySlice<String> {
        let start = words.indices.dropFirst().first { index in
            reasons.contains(words[index]) && opens(words[index...], behind: words[..<index])
        }
        return words[(start ?? words.endIndex)...]
    }

    /// The manner that it tells, where one stands for it: "like an old man" is old, "with joy" happy.
    static func manner(_ words: [String]) -> Manner? {
        guard let first = words.first, !reasons.contains(first) else { return nil }
        return words.lazy.compactMap { nouns[$0] ?? Manner(word: $0, isAdjective: true) }.first
    }

    private static func opens(_ words: ArraySlice<String>, behind core: ArraySlice<String>) -> Bool {
        guard let first = words.first, words.count > 1 else { return false }
        let next = words[words.startIndex + 1]
        switch first {
        case "as": return ["if", "though"].contains(next)
        case "like":
            return !core.allSatisfy { Term.light.contains(Stem.of($0)) } && !comparing.contains(core.last ?? "")
        case "with", "in", "at":
            // Only its last word tells: "with small steps", "in a happy way", "at a slow pace".
            let rest = words.dropFirst()
            guard let end = rest.prefix(6).firstIndex(where: measures.contains) else { return false }
            return rest[..<end].allSatisfy {
                describing.contains($0) || Manner(word: $0, isAdjective: true) != nil
                    || $0.hasSuffix("ly") || $0.hasSuffix("y") || $0.hasSuffix("ed") || $0.hasSuffix("ing")
            }
        case "above", "over", "behind", "near", "beside":
            return words.count <= 3 && words.last.map(BodyPart.isOne) ?? false
        case "so": return people.contains(next) || next == "that" || next == "the"
        case "since": return people.contains(next) || next == "the"
        default: return reasons.contains(first)
        }
    }

    /// Verbs of which "like" tells what is done, and not how.
    private static let comparing: Set = [
        "look", "looks", "looking", "act", "pose", "move", "something", "sound", "feel", "stand",
    ]
    private static let reasons: Set = ["because", "cause", "cos", "cuz", "coz", "since", "so"]
    private static let people: Set = [
        "i", "we", "you", "he", "she", "it", "they", "everyone", "everybody", "people", "there", "my", "our", "your",
    ]
    private static let measures: Set = [
        "joy", "energy", "enthusiasm", "care", "confidence", "pride", "grace", "style", "movement", "movements",
        "motion", "motions", "gestures", "ease", "force", "power", "feeling", "passion", "attitude", "swagger",
        "caution", "purpose", "determination", "excitement", "happiness", "sadness", "anger", "rage", "fury",
        "delight", "vigor", "vigour", "strength", "steps", "strides", "precision", "control", "flair", "gusto",
        "heart", "might", "emotion", "way", "manner", "fashion", "mood", "hurry", "rush", "tempo", "pace", "speed",
        "rhythm", "spirit", "elegance", "effort", "intensity", "respect", "dignity", "panic", "haste",
    ]
    static let describing: Set = [
        "a", "an", "the", "your", "his", "her", "their", "some", "more", "much", "lots", "lot", "of", "great", "full",
        "all", "big", "large", "small", "little", "wide", "long", "short", "huge", "giant", "tiny", "good", "very",
        "really", "nice", "normal", "natural", "smooth", "calm", "sharp", "strong", "soft", "light", "high", "low",
        "exaggerated", "graceful", "playful", "dramatic", "casual", "formal", "funny", "silly", "cool", "bad", "best",
        "no", "different", "comfortable", "constant", "medium", "moderate", "regular", "human", "same", "firm",
        "elegant", "smart", "cute", "weird", "strange", "secret", "military", "own", "utmost", "fluid", "single",
        "proper", "quick", "simple", "perfect", "beautiful", "lovely", "pretty", "crazy", "fancy", "powerful",
        "gentle", "relaxed", "mighty", "energetic", "enthusiastic", "friendly", "basic", "whole", "enormous",
    ]
    private static let nouns: [String: Manner] = [
        "joy": .happy, "happiness": .happy, "delight": .happy, "excitement": .happy, "enthusiasm": .happy,
        "sadness": .sad, "depressed": .sad, "grief": .sad, "anger": .angry, "rage": .angry, "fury": .angry,
        "mad": .angry,
        "sleepy": .tired, "drained": .tired, "pride": .proud, "confidence": .proud, "swagger": .proud, "king": .proud,
        "queen": .proud, "grandma": .old, "grandpa": .old, "granny": .old, "grandfather": .old, "grandmother": .old,
        "care": .careful, "caution": .careful, "hurry": .fast, "rush": .fast, "haste": .fast, "late": .fast,
        "snail": .slow, "turtle": .slow, "tortoise": .slow,
    ]
}
