import Geometry

/// The fastest way from a velocity and an acceleration to rest, with limited acceleration and jerk, in continuous time.
///
/// Up to three phases: the acceleration goes to its peak, stays, and goes to zero.
struct JerkLimitedStop: Sendable {
    private var velocity = 0.0
    private var acceleration = 0.0
    /// Jerk and length of the three phases.
    private var jerks = (0.0, 0.0, 0.0)
    private var lengths = (0.0, 0.0, 0.0)

    /// No motion.
    init() {}

    /// A stop; time counts stream frames, as the limits do.
    init(velocity: Double, acceleration: Double, limits: AxisLimits) {
        self.velocity = velocity
        self.acceleration = acceleration
        let jerk = limits.jerk
        let highest = max(limits.acceleration, abs(acceleration))
        // What is left of the velocity when the acceleration is let go of: it says which way to push.
        let rest = velocity + acceleration * abs(acceleration) / (2 * jerk)
        guard abs(rest) > 0 || abs(acceleration) > 0 else { return }
        let sign: Double = rest > 0 ? -1 : 1
        let start = sign * acceleration
        let change = -sign * velocity
        var peak = max(jerk * change + start * start / 2, 0).squareRoot()
        var hold = 0.0
        if peak > highest {
            peak = highest
            hold = (change - (2 * peak * peak - start * start) / (2 * jerk)) / peak
        }
        lengths = (max(peak - start, 0) / jerk, max(hold, 0), peak / jerk)
        jerks = (sign * jerk, 0, -sign * jerk)
    }

    /// Time until rest, stream frames.
    var duration: Double { lengths.0 + lengths.1 + lengths.2 }

    /// The motion since the start after `time`; the value is the way gone.
    func callAsFunction(_ time: Double) -> CurvePoint {
        var point = CurvePoint(value: 0, velocity: velocity, acceleration: acceleration)
        var left = max(time, 0)
        for index in 0..<3 {
            let (jerk, length) = phase(index)
            let t = min(left, length)
            point = CurvePoint(
                value: point.value + t * (point.velocity + t * (point.acceleration / 2 + t * jerk / 6)),
                velocity: point.velocity + t * (point.acceleration + t * jerk / 2),
                acceleration: point.acceleration + t * jerk)
            left -= t
        }
        if left > 0 || time >= duration { (point.velocity, point.acceleration) = (0, 0) }
        return point
    }

    private func phase(_ index: Int) -> (jerk: Double, length: Double) {
        index == 0 ? (jerks.0, lengths.0) : (index == 1 ? (jerks.1, lengths.1) : (jerks.2, lengths.2))
    }
}
