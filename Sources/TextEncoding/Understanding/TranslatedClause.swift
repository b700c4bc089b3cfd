/// A clause in another language, from the meanings of its words.
struct TranslatedClause {
    /// Whether a bare number counts arms, as times have a word of their own.
    private let countsArms: Bool
    private var actions: [(index: Int, side: BodySide?)] = []
    private var side: BodySide?
    private var (isBoth, isForward, isBackward, isUp, isDown) = (false, false, false, false, false)
    private var number: Double?
    private var count: Int?
    private var goal = MotionGoal()
    private var duration: Double?
    private var manner: Manner?

    init(countsArms: Bool) { self.countsArms = countsArms }

    /// Takes the meaning of the next word; false where it contradicts those before it.
    mutating func add(_ meaning: LanguageReader.Meaning) -> Bool {
        switch meaning {
        case .action(let index, let own): actions.append((index, own))
        case .side(let told):
            if let side, side != told { return false }
            side = told
        case .both: isBoth = true
        case .forward: isForward = true
        case .backward: isBackward = true
        case .up: isUp = true
        case .down: isDown = true
        // An article, "un", is no number beside another.
        case .number(let value): number = number.map { value == 1 ? $0 : value } ?? value
        case .unit(let unit): measure(unit)
        case .manner(let name): manner = Manner(rawValue: name)
        case .part, .ignored: break
        }
        return true
    }

    private mutating func measure(_ unit: String) {
        guard let value = number else { return }
        number = nil
        switch unit {
        case "metres": goal.distance = value
        case "degrees": goal.turn = value * .pi / 180
        case "steps": goal.steps = Int(value)
        case "seconds": duration = value
        default: count = Int(value)
        }
    }

    /// What is to be done; nil unless the words name one action.
    func segment(_ said: String, _ lexicon: Lexicon) -> UnderstoodSegment? {
        guard let first = actions.first, actions.allSatisfy({ $0.index == first.index }) else { return nil }
        let side = side ?? actions.lazy.compactMap(\.side).first
        guard let action = lexicon[name(of: lexicon.actions[first.index], side)] else { return nil }
        var (goal, count) = (goal, count)
        // "度" counts degrees of a turn and times of everything else.
        if let value = goal.turn, !action.slots.contains(.angle) {
            (goal.turn, count) = (nil, Int((value * 180 / .pi).rounded()))
        }
        // Two arms are raised once.
        let isOfArms = countsArms && action.name == "raise_both_arms" && number == 2
        if !isOfArms, let value = number, count == nil, value >= 1, value == value.rounded() { count = Int(value) }
        if let turn = goal.turn { (goal.turn, goal.isEitherSide) = (side == .right ? -turn : turn, side == nil) }
        if goal.distance != nil { goal.direction = direction(of: action, side) }
        let understood = UnderstoodAction(
            name: action.name, likeness: 1, side: action.slots.contains(.side) ? side : nil, manner: manner)
        if goal == MotionGoal(), duration == nil, let usual = MotionGoal(usualTurnOf: action, side: side) {
            goal = usual
        }
        let hasGoal = goal.distance != nil || goal.turn != nil || goal.steps != nil
        let text = action.caption(side: understood.side) + (manner.map { " " + $0.phrase } ?? "")
        var segment = Action(text: text, duration: duration, goal: hasGoal ? goal : nil, repeats: max(count ?? 1, 1))
        if segment.duration == nil, action.count == .times, !hasGoal {
            (segment.duration, segment.isEstimate) = (action.seconds, true)
        }
        var result = UnderstoodSegment(segment: segment, said: said, actions: [understood])
        if segment.repeats > CommandReader.mostTimes || goal.distance ?? 0 > MotionGoal.longestDistance
            || abs(goal.turn ?? 0) > MotionGoal.largestTurn || goal.steps ?? 0 > MotionGoal.mostSteps
        {
            result.objection = .tooMuch
        }
        return result
    }

    /// The action that is meant, with the way it goes and the hands it takes.
    private func name(of action: LexiconAction, _ side: BodySide?) -> String {
        switch action.name {
        case "raise_arm" where isBoth || countsArms && number == 2: "raise_both_arms"
        case "wave" where isBoth: "wave_both"
        case "walk_forward" where isBackward: "walk_backward"
        case "walk_forward" where side != nil: "sidestep"
        case "run_forward" where isBackward: "run_backward"
        case "jump" where isForward: "jump_forward"
        case "jump" where isBackward: "jump_backward"
        case "jump" where side != nil: "jump_sideways"
        case "point" where isUp: "point_up"
        case "point" where isDown: "point_down"
        case "point" where isForward: "point_forward"
        case "turn_around" where goal.turn != nil: "turn"
        case "turn" where isBackward: "turn_around"
        default: action.name
        }
    }

    private func direction(of action: LexiconAction, _ side: BodySide?) -> MotionGoal.Direction {
        if isBackward || action.name == "walk_backward" { return .backward }
        guard action.name == "sidestep" else { return .forward }
        return side == .left ? .left : .right
    }
}
