package import JSON
package import TextEncoding

extension TextSegment {
    /// What was understood of an action: only what the text states.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [.init("text", .string(text))]
        if let duration { members.append(.init("duration_s", .number(duration))) }
        if let goal { members += goal.members }
        if repeats > 1 { members.append(.init("repeat", JSONValue(repeats))) }
        return .object(members)
    }
}

extension MotionGoal {
    /// Metres, degrees and steps.
    package var members: [JSONValue.Member] {
        func rounded(_ value: Double) -> JSONValue { .number((value * 1e4).rounded() / 1e4) }
        var members: [JSONValue.Member] = []
        if let distance {
            members += [.init("distance_m", rounded(distance)), .init("direction", .string(direction.rawValue))]
        }
        if let turn {
            members.append(.init("turn_deg", rounded(turn * 180 / .pi)))
            if isEitherSide { members.append(.init("either_side", .bool(true))) }
        }
        if let steps { members.append(.init("steps", JSONValue(steps))) }
        return members
    }
}
