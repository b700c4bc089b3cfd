/// Twice continuously differentiable interpolation of evenly spaced scalar samples, by local pieces.
///
/// Velocity and acceleration at a waypoint are those of the parabola through it and its two neighbours (at the ends: through
/// the first or last three), and quintic Hermite pieces join the waypoints. So every waypoint is hit exactly, and moving
/// a waypoint moves the curve on at most two intervals on each side of it. Parameter and derivatives count waypoints.
public enum LocalSpline {
    /// The curve at waypoint `index` of `count`, where `waypoint` reads a sample.
    ///
    /// One waypoint alone gives a constant, two a straight line.
    @inlinable
    public static func atWaypoint(_ index: Int, count: Int, _ waypoint: (Int) -> Double) -> CurvePoint {
        guard count > 2 else {
            let slope = count == 2 ? waypoint(1) - waypoint(0) : 0
            return CurvePoint(value: waypoint(index), velocity: slope)
        }
        let centre = min(max(index, 1), count - 2)
        let middle = CurvePoint(before: waypoint(centre - 1), at: waypoint(centre), after: waypoint(centre + 1))
        return CurvePoint(
            value: waypoint(index), velocity: middle.velocity + middle.acceleration * Double(index - centre),
            acceleration: middle.acceleration)
    }

    /// The curve through `waypoints` at the parameter `position` in [0, count − 1]; outside it stays at the end waypoints.
    @inlinable
    public static func sample(_ waypoints: [Double], at position: Double) -> CurvePoint {
        sample(count: waypoints.count, at: position) { waypoints[$0] }
    }

    /// The curve through `count` waypoints, which `waypoint` reads, at the parameter `position` in [0, count − 1].
    @inlinable
    public static func sample(count: Int, at position: Double, _ waypoint: (Int) -> Double) -> CurvePoint {
        precondition(count > 0, "a spline has knots")
        let index = min(max(Int(position), 0), max(count - 2, 0))
        guard count > 1 else { return CurvePoint(value: waypoint(0)) }
        let piece = QuinticHermite(
            from: atWaypoint(index, count: count, waypoint), to: atWaypoint(index + 1, count: count, waypoint))
        return piece(min(max(position - Double(index), 0), 1))
    }
}
