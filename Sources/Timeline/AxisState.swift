/// Motion of one coordinate on the grid of stream frames: the position in the last frame and its finite differences.
///
/// All units count stream frames: v(n) = q(n) − q(n−1), a(n) = v(n) − v(n−1).
struct AxisState: Hashable, Sendable {
    var position: Double
    var velocity = 0.0
    var acceleration = 0.0

    var isAtRest: Bool { velocity == 0 && acceleration == 0 }

    /// The state one frame later when the acceleration becomes `acceleration`.
    func advanced(by acceleration: Double) -> AxisState {
        let velocity = velocity + acceleration
        return AxisState(position: position + velocity, velocity: velocity, acceleration: acceleration)
    }
}

/// Limits of one coordinate, in units of stream frames.
struct AxisLimits: Hashable, Sendable {
    var lower = -Double.infinity
    var upper = Double.infinity
    var velocity: Double
    var acceleration: Double
    var jerk: Double

    /// Limits given per second, on a stream of `rate` frames per second.
    init(
        lower: Double = -.infinity, upper: Double = .infinity, velocity: Double, acceleration: Double, jerk: Double,
        rate: Double
    ) {
        self.lower = lower
        self.upper = upper
        self.velocity = velocity / rate
        self.acceleration = acceleration / (rate * rate)
        self.jerk = jerk / (rate * rate * rate)
    }

    /// A share of velocity, acceleration and jerk.
    func scaled(by share: Double) -> AxisLimits {
        var limits = self
        limits.velocity *= share
        limits.acceleration *= share
        limits.jerk *= share
        return limits
    }
}
