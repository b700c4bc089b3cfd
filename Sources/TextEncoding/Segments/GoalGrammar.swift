/// Reads from an action where it shall lead: "walk two metres forward", "turn left 90 degrees", "take three steps".
///
/// Only verbs that move the whole body make a goal of a number: nobody has to go anywhere for "raise the arm 30 cm".
enum GoalGrammar {
    /// The goal of an action; nil when it states none, or one beyond all bounds.
    static func goal(of words: [Word]) -> MotionGoal? {
        let verbs = Set(words.compactMap { MotionVerb.lookUp($0.key)?.base })
        var goal = MotionGoal()
        for index in words.indices {
            read(words, at: index, verbs: verbs, into: &goal)
        }
        if goal.turn == nil, isTurningAround(words) { (goal.turn, goal.isEitherSide) = (.pi, true) }
        if let turn = goal.turn, goal.isEitherSide, let side = turningSide(words) {
            (goal.turn, goal.isEitherSide) = (side * turn, false)
        }
        guard goal.distance ?? 1 <= MotionGoal.longestDistance, abs(goal.turn ?? 1) <= MotionGoal.largestTurn,
            goal.steps ?? 1 <= MotionGoal.mostSteps
        else { return nil }
        return goal.distance == nil && goal.turn == nil && goal.steps == nil ? nil : goal
    }

    private static func read(_ words: [Word], at index: Int, verbs: Set<String>, into goal: inout MotionGoal) {
        let before = index > words.startIndex ? words[index - 1].key : ""
        guard !notMeasuring.contains(before) else { return }
        if goal.turn == nil, !turningVerbs.union(performing).isDisjoint(with: verbs), !isAboutBodyPart(words) {
            if let turns = turns(words[index...]) {
                return (goal.turn, goal.isEitherSide) = (turns * 2 * .pi, true)
            }
            if let degrees = bareDegrees(words, at: index) {
                return (goal.turn, goal.isEitherSide) = (degrees * .pi / 180, true)
            }
        }
        guard let match = Quantity.leading(words[index...]) else { return }
        let after = index + match.count < words.endIndex ? words[index + match.count].key : ""
        guard !notGoing.contains(after) else { return }
        switch match.unit {
        case .metres where goal.distance == nil && !travellingVerbs.isDisjoint(with: verbs):
            let isFoot = ["foot", "feet"].contains(match.unitWord) && match.value < 0.7
            guard !isFoot || after.isEmpty || directions.contains(after) || [",", "and", "to"].contains(after) else {
                return
            }
            goal.distance = match.value
            goal.direction = direction(words, verbs: verbs)
            goal.pace = verbs.isDisjoint(with: fastVerbs) ? (verbs.isDisjoint(with: slowVerbs) ? 1 : 0.5) : 2.5
        case .radians where goal.turn == nil && !turningVerbs.isDisjoint(with: verbs) && !isAboutBodyPart(words):
            goal.turn = match.value
            goal.isEitherSide = match.value > 0
        case .steps where goal.steps == nil && match.value >= 1 && !steppingVerbs.isDisjoint(with: verbs):
            goal.steps = Int(match.value.rounded())
        default: break
        }
    }

    // MARK: Turns

    /// "half a turn", "a quarter turn", "two full turns", "three quarters of a turn", "1.5 turns": times around.
    private static func turns(_ words: ArraySlice<Word>) -> Double? {
        var keys = words.prefix(8).map(\.key)[...]
        var value = 1.0
        var isStated = false
        if keys.starts(with: ["three", "quarter"]) {
            (value, isStated) = (0.75, true)
            keys = keys.dropFirst(2)
        } else if let (number, count) = NumberWords.leadingNumber(of: keys) {
            isStated = !(count == 1 && ["a", "an"].contains(keys.first))
            value = number
            keys = keys.dropFirst(count)
        }
        if let word = keys.first, let share = shares[word] {
            value *= share
            isStated = true
            keys = keys.dropFirst()
        }
        while let word = keys.first, ["left", "right", "body", "a"].contains(word), isStated { keys = keys.dropFirst() }
        guard isStated, let word = keys.first, turnWords.contains(word), value > 0 else { return nil }
        return value
    }

    /// "turn 180", "do a 360", "a 90-degree turn" without its unit.
    private static func bareDegrees(_ words: [Word], at index: Int) -> Double? {
        guard let degrees = Int(words[index].key), [45, 90, 135, 180, 270, 360, 540, 720].contains(degrees) else {
            return nil
        }
        let after = index + 1 < words.endIndex ? words[index + 1].key : ""
        return after.isEmpty || directions.contains(after) || ["to", ",", "and", "turn", "spin"].contains(after)
            ? Double(degrees) : nil
    }

    /// "turn around" and no more: half around.
    private static func isTurningAround(_ words: [Word]) -> Bool {
        let keys = words.map(\.key)
        guard let verb = keys.firstIndex(where: { MotionVerb.lookUp($0).map { $0.base == "turn" } ?? false }),
            keys.dropFirst(verb + 1).first == "around"
        else { return false }
        // Only a subject and adverbs may come before it, and a side after it.
        return keys[..<verb].allSatisfy { MotionVerb.lookUp($0) == nil }
            && keys.dropFirst(verb + 2).allSatisfy { turnFillers.contains($0) || $0.hasSuffix("ly") }
    }

    /// 1 for a turn to the left, -1 to the right; nil when the words leave it open.
    private static func turningSide(_ words: [Word]) -> Double? {
        var side: Double?
        for (index, word) in words.enumerated() {
            guard let found = sides[word.key] else { continue }
            // "on the left foot" is not where the turn goes.
            if index + 1 < words.count, bodyParts.contains(words[index + 1].key) { continue }
            if let side, side != found { return nil }
            side = found
        }
        return side
    }

    /// Whether a part of the body is what turns; "on the left foot" only says how.
    private static func isAboutBodyPart(_ words: [Word]) -> Bool {
        words.indices.contains { index in
            guard bodyParts.contains(words[index].key) else { return false }
            let before = words[..<index].last { !describing.contains($0.key) && sides[$0.key] == nil }
            return !["on", "onto"].contains(before?.key ?? "")
        }
    }

    // MARK: Directions

    private static func direction(_ words: [Word], verbs: Set<String>) -> MotionGoal.Direction {
        let keys = Set(words.map(\.key))
        if !keys.isDisjoint(with: ["circle", "circles", "around", "forth", "loop", "square", "zigzag", "curve"]) {
            return .path
        }
        if !keys.isDisjoint(with: ["forward", "forwards", "ahead", "straight"]) { return .forward }
        if !keys.isDisjoint(with: ["backward", "backwards"]) || !verbs.isDisjoint(with: ["backpedal", "back"]) {
            return .backward
        }
        let isSideways = keys.contains("sideways") || !verbs.isDisjoint(with: ["sidestep", "step", "shuffle"])
        guard isSideways, let side = turningSide(words) else { return .any }
        return side > 0 ? .left : .right
    }

    // MARK: Words

    private static let travellingVerbs: Set = [
        "walk", "run", "jog", "step", "move", "go", "march", "stride", "stroll", "hop", "jump", "leap", "crawl",
        "shuffle",
        "sidestep", "skip", "tiptoe", "back", "backpedal", "sneak", "sprint", "creep", "wander", "stagger", "limp",
        "pace",
        "dash", "proceed", "come", "advance", "travel", "approach", "retreat", "continue", "stumble", "gallop", "take",
    ]
    private static let fastVerbs: Set = ["run", "jog", "sprint", "dash", "gallop"]
    private static let slowVerbs: Set = ["crawl", "creep", "sneak", "shuffle", "sidestep", "limp", "tiptoe"]
    private static let steppingVerbs = travellingVerbs.union(["make", "do"])
    private static let turningVerbs: Set = [
        "turn", "rotate", "spin", "pivot", "twirl", "swivel", "face", "revolve", "veer", "jump", "hop", "twist",
    ]
    private static let performing: Set = ["make", "do", "perform", "take", "complete", "give"]
    private static let turnWords: Set = [
        "turn", "turns", "rotation", "rotations", "revolution", "revolutions", "spin", "spins", "pirouette",
        "pirouettes",
    ]
    private static let shares: [String: Double] = [
        "half": 0.5, "quarter": 0.25, "full": 1, "complete": 1, "whole": 1, "entire": 1,
    ]
    private static let turnFillers: Set = [
        "to", "the", "left", "right", "clockwise", "counterclockwise", "again", "on", "place", "in", "spot", ",",
    ]
    private static let sides: [String: Double] = [
        "left": 1, "leftward": 1, "leftwards": 1, "counterclockwise": 1, "counter-clockwise": 1, "anticlockwise": 1,
        "anti-clockwise": 1, "right": -1, "rightward": -1, "rightwards": -1, "clockwise": -1,
    ]
    private static let directions = Set(sides.keys).union([
        "forward", "forwards", "backward", "backwards", "back", "ahead", "straight", "sideways", "away", "further",
    ])
    private static let bodyParts: Set = [
        "head", "neck", "arm", "arms", "forearm", "forearms", "hand", "hands", "wrist", "wrists", "elbow", "elbows",
        "shoulder", "shoulders", "torso", "trunk", "waist", "hip", "hips", "leg", "legs", "knee", "knees", "foot",
        "feet",
        "ankle", "ankles", "toe", "toes", "heel", "heels", "finger", "fingers", "palm", "palms", "gaze", "eyes",
    ]
    private static let describing: Set = [
        "the", "a", "his", "her", "their", "its", "your", "my", "one", "both", "other",
    ]
    /// Words before a number that make it something else: "with two feet", "a circle of two metres".
    private static let notMeasuring: Set = [
        "with", "on", "using", "of", "every", "each", "per", "his", "her", "their", "your", "both", "at", "than",
    ]
    /// Words behind a unit that make it something else: "50 cm high", "two metres per second".
    private static let notGoing: Set = ["high", "tall", "deep", "up", "down", "apart", "wide", "per", "above", "off"]
}
