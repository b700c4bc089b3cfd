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
        sample(count: knots.count, at: position) { knots[$0] }
    }

    /// The curve through `count` knots, which `knot` reads, at the parameter `position` in [0, count − 1].
    @inlinable
    public static func sample(count: Int, at position: Double, _ knot: (Int) -> Double) -> CurvePoint {
        precondition(count > 0, "a spline has knots")
        let index = min(max(Int(position), 0), max(count - 2, 0))
        guard count > 1 else { return CurvePoint(value: knot(0)) }
        let piece = QuinticHermite(
            from: atKnot(index, count: count, knot), to: atKnot(index + 1, count: count, knot))
        return piece(min(max(position - Double(index), 0), 1))
    }
}
