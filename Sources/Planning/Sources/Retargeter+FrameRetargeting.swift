package import HumanBody
package import Retargeting
package import Timeline

extension Retargeter: FrameRetargeting {
    /// Frames that are known ahead when there are so many, two tokens.
    private static let horizon = 8

    package func makeState() -> RetargetState { RetargetState(frameRate: 30, horizon: Self.horizon, stride: 4) }

    package func knots(
        for tokens: [[HumanFrame]], from state: RetargetState
    ) -> [(knots: [MotionKnot], after: RetargetState)] {
        var state = state
        var done: [(knots: [MotionKnot], after: RetargetState)] = []
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
        _ done: inout [(knots: [MotionKnot], after: RetargetState)]
    ) {
        while done.count < tokens.count, state.ready >= tokens[done.count].count {
            let knots = tokens[done.count].compactMap { frame in
                pop(&state).map { done in
                    MotionKnot(
                        configuration: done.configuration, contacts: frame.contacts.values.map(Float.init),
                        isBalanced: isBalanced(done))
                }
            }
            done.append((knots, state.withoutPending))
        }
    }
}
