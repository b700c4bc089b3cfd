import HumanBody
public import HumanMotion

extension LanguageBenchmark.Request {
    /// Bounds within which a number counts as kept.
    private enum Tolerance {
        /// A quarter of a metre is a third of a step; longer ways are paced, not measured.
        static let metres = 0.25
        static let shareOfWay = 0.15
        static let degrees = 15.0
        /// A side step that turns more than this becomes a walk.
        static let heading = 15.0
    }

    /// Length and shift of the windows in which two things have to be shown at once, frames: two and a half seconds are a
    /// few steps or waves.
    private static let window = (length: 75, shift: 10)

    /// Whether a motion shows what the text asks for.
    public func isShown(by clip: HumanClip) -> Bool {
        let motion = ObservedMotion(clip)
        guard !together || shows.count < 2 else { return isShownAtOnce(clip) }
        return shows.allSatisfy { isShown($0, by: motion) }
    }

    /// Whether a motion shows the only thing that is asked for on the other side, and not on the side that was named.
    public func isConfused(by clip: HumanClip) -> Bool {
        guard shows.count == 1, let side = shows[0].side, let action = ActionPredicate.named(shows[0].action) else {
            return false
        }
        let motion = ObservedMotion(clip)
        return !action.isShown(by: motion, side: side) && action.isShown(by: motion, side: side.other)
    }

    private func isShown(_ showing: LanguageBenchmark.Showing, by motion: ObservedMotion) -> Bool {
        guard let action = ActionPredicate.named(showing.action) else { return false }
        if showing.not == true { return !action.isShown(by: motion, side: showing.side) }
        if kind == .sidesteps,
            max(motion.numbers.leftmostTurn, motion.numbers.rightmostTurn) > Tolerance.heading
        {
            return false
        }
        if let metres = showing.metres {
            guard let way = action.extent(of: motion, side: showing.side) else { return false }
            return abs(way - metres) <= max(Tolerance.metres, Tolerance.shareOfWay * metres)
        }
        if let degrees = showing.degrees {
            guard let turn = action.extent(of: motion, side: showing.side) else { return false }
            return abs(turn - degrees) <= Tolerance.degrees
        }
        if let times = showing.times {
            guard action.repetitions(in: motion, side: showing.side) == times else { return false }
        }
        return action.isShown(by: motion, side: showing.side)
    }

    private func isShownAtOnce(_ clip: HumanClip) -> Bool {
        let features = MotionFeatures(clip)
        let (length, shift) = (min(Self.window.length, features.frameCount), Self.window.shift)
        return stride(from: 0, through: features.frameCount - length, by: shift).contains { start in
            let rows = features.values[start * MotionFeatures.width..<(start + length) * MotionFeatures.width]
            let motion = ObservedMotion(MotionFeatures(frameRate: features.frameRate, values: Array(rows)))
            return shows.allSatisfy { isShown($0, by: motion) }
        }
    }
}
