internal import Glibc
internal import HumanBody
internal import HumanMotion
internal import TextEncoding

/// How well a piece of motion leads where it shall, and the bounded correction that brings it nearer.
struct GoalFit: Sendable {
    /// How much a way may be made longer, shorter, more or less turned, before it looks wrong.
    static let scales = (least: 0.75, most: 1.3)
    static let turnScales = (least: 0.3, most: 1.7)
    /// Most that a way which should be straight is bent, radians.
    static let largestDrift = 0.35
    /// What it costs to lead the other way, or nowhere.
    static let missCost = 6.0
    /// Turning faster than this is not what one expects of a robot, rad/s.
    static let fastTurn = 2.0

    var correction = PathCorrection()
    /// How far the corrected motion is from what was wanted, and how much it had to be corrected; 0 for neither.
    var cost = 0.0
    /// By how much the motion would have to last longer to lead there uncorrected.
    var durationFactor = 1.0

    /// Fits a piece of motion, which follows what `meter` has measured of the action and shall bring `share`, in (0, 1],
    /// of what is left of the goal.
    init(
        _ frames: [HumanFrame], after meter: PathMeter, goal: MotionGoal, share: Double, steps: (before: Int, now: Int)
    ) {
        let duration = Double(max(frames.count, 1)) / 30
        var way = GoalFit.measured(frames, after: meter)
        if let turn = goal.turn {
            let side: Double = goal.isEitherSide && way.turn < 0 ? -1 : 1
            let wanted = share * (side * turn - meter.turn)
            correction.turnScale = fit(wanted, way.turn - meter.turn, GoalFit.turnScales, negligible: 0.05)
            cost += max(0, abs(wanted) / duration - GoalFit.fastTurn)
        }
        if let distance = goal.distance {
            if goal.direction == .path {
                correction.scale = fit(
                    share * (distance - meter.length), way.length - meter.length, GoalFit.scales, negligible: 0.05)
            } else {
                if goal.turn == nil { straighten(frames, way, after: meter, goal.direction) }
                way = GoalFit.measured(frames, after: meter, correction)
                let axis = GoalFit.axis(of: goal.direction, way)
                let before = meter.displacement.ahead * cos(axis) + meter.displacement.left * sin(axis)
                let now = way.displacement.ahead * cos(axis) + way.displacement.left * sin(axis)
                correction.scale = fit(share * (distance - before), now - before, GoalFit.scales, negligible: 0.05)
            }
        }
        if let wanted = goal.steps {
            let left = share * Double(wanted - steps.before)
            cost += abs(left - Double(steps.now)) / 2
            durationFactor = max(left, 0.5) / max(Double(steps.now), 0.5)
        }
    }

    /// The factor, within bounds, that makes `wanted` of `found`.
    private mutating func fit(
        _ wanted: Double, _ found: Double, _ bounds: (least: Double, most: Double), negligible: Double
    ) -> Double {
        if abs(wanted) < negligible, abs(found) < negligible { return 1 }
        guard wanted / found > 0, (wanted / found).isFinite else {
            // It leads the other way, or nowhere.
            cost += GoalFit.missCost
            durationFactor = abs(wanted) < negligible ? 0.5 : 1
            return bounds.least
        }
        let factor = wanted / found
        let bounded = min(max(factor, bounds.least), bounds.most)
        cost += abs(log(factor)) + 8 * abs(log(factor / bounded))
        durationFactor = factor
        return bounded
    }

    /// Leads a way that should be straight straight ahead: by less turning of the body where that is why it misses, and by
    /// bending it as a whole (by twice the angle by which it misses, so that both the end and the heading are right).
    private mutating func straighten(
        _ frames: [HumanFrame], _ way: PathMeter, after meter: PathMeter, _ direction: MotionGoal.Direction
    ) {
        guard direction == .forward || direction == .backward else { return }
        let side = direction == .forward ? 1.0 : -1.0
        func miss(_ way: PathMeter) -> Double? {
            let (ahead, left) = (
                way.displacement.ahead - meter.displacement.ahead, way.displacement.left - meter.displacement.left
            )
            return hypot(ahead, left) > 0.15 ? atan2(side * left, side * ahead) : nil
        }
        func miss(_ correction: PathCorrection) -> Double {
            miss(GoalFit.measured(frames, after: meter, correction)) ?? 0
        }
        guard var rest = miss(way) else { return }
        if abs(way.turn - meter.turn) > 0.1 {
            let least = GoalFit.turnScales.least
            correction.turnScale = least
            let other = miss(correction)
            // Between the two it is taken to go in a straight line.
            let share = abs(other) < abs(rest) ? min(rest / (rest - other), 1) : 0
            correction.turnScale = 1 - share * (1 - least)
            rest = miss(correction)
        }
        for _ in 0..<2 {
            let drift = correction.drift - 2 * rest
            correction.drift = min(max(drift, -GoalFit.largestDrift), GoalFit.largestDrift)
            rest = miss(correction)
        }
        cost += abs(rest) * 2
    }

    /// The direction that counts, radians from how the body faced when the action began.
    private static func axis(of direction: MotionGoal.Direction, _ way: PathMeter) -> Double {
        switch direction {
        case .forward: 0
        case .backward: .pi
        case .left: .pi / 2
        case .right: -.pi / 2
        case .any, .path: atan2(way.displacement.left, way.displacement.ahead)
        }
    }

    private static func measured(
        _ frames: [HumanFrame], after meter: PathMeter, _ correction: PathCorrection = PathCorrection()
    ) -> PathMeter {
        var way = meter
        for (frame, change) in zip(frames, correction.transforms(of: frames, after: meter.end)) {
            way.add(change.act(FloorPose(frame, after: way.end)))
        }
        return way
    }

    /// What an action has brought of its goal, in the goal's own terms.
    static func achieved(_ goal: MotionGoal, _ way: PathMeter, steps: Int) -> MotionGoal {
        var achieved = MotionGoal()
        achieved.direction = goal.direction
        if goal.distance != nil {
            let axis = axis(of: goal.direction, way)
            achieved.distance =
                goal.direction == .path
                ? way.length : way.displacement.ahead * cos(axis) + way.displacement.left * sin(axis)
        }
        if goal.turn != nil { achieved.turn = way.turn }
        if goal.steps != nil { achieved.steps = steps }
        return achieved
    }
}
