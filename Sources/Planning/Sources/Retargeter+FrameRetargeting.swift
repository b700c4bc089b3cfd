package import HumanBody
package import Retargeting
package import Timeline

extension Retargeter: FrameRetargeting {
    /// Frames that are known ahead when there are so many, two tokens.
    private static let horizon = 8

    package func makeState() -> RetargetState { RetargetState(frameRate: 30, horizon: Self.horizon, stride: 4) }

    package func waypoints(
        for tokens: [[HumanFrame]], from state: RetargetState
    ) -> [(waypoints: [MotionWaypoint], after: RetargetState)] {
        var state = state
        var done: [(waypoints: [MotionWaypoint], after: RetargetState)] = []
        for (index, frames) in tokens.enumerated() {
            for frame in frames { push(frame, to: &state) }
            if index == tokens.count - 1 { finish(&state) }
            collect(&state, tokens, &done)
        }
        return done
    }

    /// Takes what is final, token by token.
    private func collect(
        _ state: inout RetargetState, _ tokens: [[HumanFrame]],
        _ done: inout [(waypoints: [MotionWaypoint], after: RetargetState)]
    ) {
        while done.count < tokens.count, state.ready >= tokens[done.count].count {
            let waypoints = tokens[done.count].compactMap { frame in
                pop(&state).map { done in
                    MotionWaypoint(
                        configuration: done.configuration, contacts: frame.contacts.values.map(Float.init),
                        isBalanced: isBalanced(done))
                }
            }
            done.append((waypoints, state.withoutPending))
        }
    }
}
