package import TextEncoding
package import Wire

extension Action {
    /// What was understood of an action: what the text states, and what the lexicon makes of it.
    package var description: ActionDescription {
        var description = ActionDescription(
            text: text, duration: duration, goal: goal?.description, repeats: repeats > 1 ? repeats : nil)
        guard let understood else { return description }
        description.said = understood.said
        description.actions = understood.actions.map { action in
            ActionDescription.KnownAction(
                action: action.name, likeness: (action.likeness * 100).rounded() / 100, side: action.side?.rawValue,
                manner: action.manner?.rawValue)
        }
        description.without = understood.excluded.isEmpty ? nil : understood.excluded
        description.leftOut = understood.leftOut.isEmpty ? nil : understood.leftOut
        return description
    }
}

extension MotionGoal {
    /// Metres, degrees and steps.
    package var description: GoalDescription {
        func rounded(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 }
        var description = GoalDescription()
        if let distance { (description.distance, description.direction) = (rounded(distance), direction.rawValue) }
        if let turn {
            (description.turn, description.eitherSide) = (rounded(turn * 180 / .pi), isEitherSide ? true : nil)
        }
        description.steps = steps
        return description
    }
}
