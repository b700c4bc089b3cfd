package import TextEncoding
package import Wire

extension TextSegment {
    /// What was understood of an action: only what the text states.
    package var description: ActionDescription {
        ActionDescription(
            text: text, duration: duration, goal: goal?.description, repeats: repeats > 1 ? repeats : nil)
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
