/// Value, velocity and acceleration of a scalar curve at one instant.
public struct CurvePoint: Hashable, Sendable {
    /// The value, in any unit.
    public var value: Double
    /// First derivative by the curve's parameter.
    public var velocity: Double
    /// Second derivative by the curve's parameter.
    public var acceleration: Double

    /// Creates a point from its parts.
    @inlinable
    public init(value: Double, velocity: Double = 0, acceleration: Double = 0) {
        self.value = value
        self.velocity = velocity
        self.acceleration = acceleration
    }

    /// The parabola through three samples at −1, 0 and 1, taken at 0. Parameter: samples.
    @inlinable
    public init(before: Double, at value: Double, after: Double) {
        self.init(value: value, velocity: (after - before) / 2, acceleration: before - 2 * value + after)
    }

    /// The same curve with a parameter that runs `factor` times as fast.
    @inlinable
    public func scaled(by factor: Double) -> CurvePoint {
        CurvePoint(value: value, velocity: velocity * factor, acceleration: acceleration * factor * factor)
    }
}
