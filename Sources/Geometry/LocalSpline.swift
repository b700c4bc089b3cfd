/// Twice continuously differentiable interpolation of evenly spaced scalar samples, by local pieces.
///
/// Velocity and acceleration at a knot are those of the parabola through it and its two neighbours (at the ends: through
/// the first or last three), and quintic Hermite pieces join the knots. So every knot is hit exactly, and moving
/// a knot moves the curve on at most two intervals on each side of it. Parameter and derivatives count knots.
public enum LocalSpline {
    /// The curve at knot `index` of `count`, where `knot` reads a sample.
    ///
    /// One knot alone gives a constant, two a straight line.
    @inlinable
    public static func atKnot(_ index: Int, count: Int, _ knot: (Int) -> Double) -> CurvePoint {
        guard count > 2 else {
            let slope = count == 2 ? knot(1) - knot(0) : 0
            return CurvePoint(value: knot(index), velocity: slope)
        }
        let centre = min(max(index, 1), count - 2)
        let middle = CurvePoint(before: knot(centre - 1), at: knot(centre), after: knot(centre + 1))
        return CurvePoint(
            value: knot(index), velocity: middle.velocity + middle.acceleration * Double(index - centre),
            acceleration: middle.acceleration)
    }

    /// The curve through `knots` at the parameter `position` in [0, count − 1]; outside it stays at the end knots.
    @inlinable
    public static func sample(_ knots: [Double], at position: Double) -> CurvePoint {
        precondition(!knots.isEmpty, "a spline has knots")
        let index = min(max(Int(position), 0), max(knots.count - 2, 0))
        guard knots.count > 1 else { return CurvePoint(value: knots[0]) }
        let piece = QuinticHermite(
            from: atKnot(index, count: knots.count) { knots[$0] },
            to: atKnot(index + 1, count: knots.count) { knots[$0] })
        return piece(min(max(position - Double(index), 0), 1))
    }
}
