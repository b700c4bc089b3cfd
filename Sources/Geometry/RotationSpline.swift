/// A rotation and its angular velocity.
public struct RotationPoint: Hashable, Sendable {
    /// The rotation.
    public var rotation: Quaternion
    /// Angular velocity in the rotating (body) frame, radians per unit of the parameter.
    public var bodyAngularVelocity: Vector3

    /// Creates a point from its parts.
    public init(rotation: Quaternion, bodyAngularVelocity: Vector3) {
        self.rotation = rotation
        self.bodyAngularVelocity = bodyAngularVelocity
    }
}

/// Twice continuously differentiable interpolation of evenly spaced rotations, by local pieces.
///
/// Through each waypoint and its two neighbours runs a parabola in the tangent space of the waypoint; between two waypoints the
/// two parabolas are blended with a quintic smooth step, along the geodesic from one to the other. So waypoints are hit
/// exactly, a waypoint reaches two intervals on each side, q and −q are the same waypoint, and unlike with squad (Shoemake,
/// "Animating rotation with quaternion curves", 1985) the angular velocity too is smooth. Neighbours lie less than half
/// a turn apart. Parameter and velocities count waypoints.
public enum RotationSpline {
    /// The curve through `waypoints` at `position` in [0, count − 1]; outside it stays at the end waypoints.
    public static func sample(_ waypoints: [Quaternion], at position: Double) -> RotationPoint {
        sample(count: waypoints.count, at: position) { waypoints[$0] }
    }

    /// The curve through `count` waypoints, which `waypoint` reads, at `position` in [0, count − 1].
    public static func sample(count: Int, at position: Double, _ waypoint: (Int) -> Quaternion) -> RotationPoint {
        precondition(count > 0, "a spline has knots")
        guard count > 1 else { return RotationPoint(rotation: waypoint(0), bodyAngularVelocity: .zero) }
        let index = min(max(Int(position), 0), count - 2)
        let u = min(max(position - Double(index), 0), 1)
        let first = parabola(count, around: index, at: u, waypoint)
        let second = parabola(count, around: index + 1, at: u - 1, waypoint)

        let weight = u * u * u * (10 + u * (-15 + 6 * u))
        let weightRate = 30 * u * u * (1 - u) * (1 - u)
        let step = first.rotation.conjugate * second.rotation
        let gap = step.rotationVector
        let gapRate = RotationVector.rate(
            gap, bodyAngularVelocity: second.bodyAngularVelocity - step.conjugate.act(first.bodyAngularVelocity))
        let part = Quaternion(rotationVector: gap * weight)
        return RotationPoint(
            rotation: (first.rotation * part).normalized,
            bodyAngularVelocity: part.conjugate.act(first.bodyAngularVelocity)
                + RotationVector.bodyAngularVelocity(gap * weight, rate: gap * weightRate + gapRate * weight))
    }

    /// The parabola of the waypoint at `index`, `u` waypoints away from it.
    private static func parabola(
        _ count: Int, around index: Int, at u: Double, _ waypoint: (Int) -> Quaternion
    ) -> RotationPoint {
        let base = waypoint(index)
        func tangent(_ other: Int) -> Vector3 { (base.conjugate * waypoint(other)).rotationVector }
        let velocity: Vector3
        let halfAcceleration: Vector3
        if index > 0, index + 1 < count {
            let (before, after) = (tangent(index - 1), tangent(index + 1))
            velocity = (after - before) / 2
            halfAcceleration = (after + before) / 2
        } else {
            // At an end the geodesic to the only neighbour.
            velocity = index == 0 ? tangent(1) : -tangent(index - 1)
            halfAcceleration = .zero
        }
        let vector = (velocity + halfAcceleration * u) * u
        return RotationPoint(
            rotation: base * Quaternion(rotationVector: vector),
            bodyAngularVelocity: RotationVector.bodyAngularVelocity(vector, rate: velocity + halfAcceleration * (2 * u))
        )
    }
}
