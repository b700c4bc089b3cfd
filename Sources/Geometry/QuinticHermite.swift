/// The polynomial of degree five on [0, 1] that takes given values, velocities and accelerations at both ends.
///
/// Pieces that share their end points join twice continuously differentiable.
public struct QuinticHermite: Hashable, Sendable {
    @usableFromInline let c0, c1, c2, c3, c4, c5: Double

    /// Creates the polynomial from its ends; derivatives are by the parameter in [0, 1].
    @inlinable
    public init(from a: CurvePoint, to b: CurvePoint) {
        c0 = a.value
        c1 = a.velocity
        c2 = a.acceleration / 2
        let value = b.value - c0 - c1 - c2
        let velocity = b.velocity - c1 - 2 * c2
        let acceleration = b.acceleration / 2 - c2
        c3 = 10 * value - 4 * velocity + acceleration
        c4 = -15 * value + 7 * velocity - 2 * acceleration
        c5 = 6 * value - 3 * velocity + acceleration
    }

    /// The curve at `u` in [0, 1]; derivatives are by `u`.
    @inlinable
    public func callAsFunction(_ u: Double) -> CurvePoint {
        CurvePoint(
            value: c0 + u * (c1 + u * (c2 + u * (c3 + u * (c4 + u * c5)))),
            velocity: c1 + u * (2 * c2 + u * (3 * c3 + u * (4 * c4 + u * 5 * c5))),
            acceleration: 2 * c2 + u * (6 * c3 + u * (12 * c4 + u * 20 * c5)))
    }
}
