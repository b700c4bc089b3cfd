extension GoalGrammar {
    /// A goal completed by what is known of the action: distances and angles that its verb alone does not tell, and where to.
    static func completed(
        _ goal: MotionGoal?, words text: String, action: LexiconAction, side: BodySide?
    ) -> MotionGoal? {
        let words = Word.sentences(of: text).flatMap { $0 }
        var goal = goal ?? MotionGoal()
        for index in words.indices {
            guard let match = Quantity.leading(words[index...]) else { continue }
            switch match.unit {
            case .metres
            where goal.distance == nil && action.slots.contains(.distance) && match.value <= MotionGoal.longestDistance:
                goal.distance = match.value
            case .radians
            where goal.turn == nil && action.slots.contains(.angle) && abs(match.value) <= MotionGoal.largestTurn:
                goal.turn = match.value
                goal.isEitherSide = match.value > 0
            case .steps
            where goal.steps == nil && action.slots.contains(.steps) && !match.isArticle && match.value >= 1:
                goal.steps = min(Int(match.value.rounded()), MotionGoal.mostSteps)
            default: continue
            }
        }
        if goal.distance != nil, goal.direction == .any {
            switch (action.name, side) {
            case ("walk_backward", _), ("run_backward", _), ("step_backward", _), ("jump_backward", _):
                goal.direction = .backward
            case ("sidestep", .left?), ("side_shuffle", .left?), ("jump_sideways", .left?): goal.direction = .left
            case ("sidestep", .right?), ("side_shuffle", .right?), ("jump_sideways", .right?): goal.direction = .right
            case ("walk_forward", _), ("run_forward", _), ("jog", _), ("sprint", _), ("march", _), ("jump_forward", _):
                goal.direction = .forward
            default: break
            }
        }
        if let turn = goal.turn, goal.isEitherSide, let side {
            (goal.turn, goal.isEitherSide) = (side == .left ? turn : -turn, false)
        }
        return goal.distance == nil && goal.turn == nil && goal.steps == nil ? nil : goal
    }
}

extension MotionGoal {
    /// How far around a turn goes whose angle is not told: a quarter to a side, half around, or once around; nil for what is no turn.
    init?(usualTurnOf action: LexiconAction, side: BodySide?) {
        let usual: [String: Double] = ["turn": .pi / 2, "turn_around": .pi, "spin": 2 * .pi]
        guard let turn = usual[action.name] else { return nil }
        self.init(turn: side == .right ? -turn : turn, isEitherSide: side == nil)
    }
}
