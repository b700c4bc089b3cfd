#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Jacobians of the exponential map: how a rotation turns when its rotation vector moves.
///
/// Solà, Deray and Atchuthan, "A micro Lie theory for state estimation in robotics", 2018, equations 143 and 144.
public enum RotationVector {
    /// Body angular velocity of exp(`r`) when `r` moves with the velocity `v`.
    public static func bodyAngularVelocity(_ r: Vector3, rate v: Vector3) -> Vector3 {
        let squared = r.lengthSquared
        let cross = r.cross(v)
        guard squared > 1e-8 else { return v - cross * 0.5 + r.cross(cross) / 6 }
        let angle = squared.squareRoot()
        return v - cross * ((1 - cos(angle)) / squared) + r.cross(cross) * ((angle - sin(angle)) / (squared * angle))
    }

    /// The velocity of `r` when exp(`r`) turns with the body angular velocity `w`; `r` is shorter than 2π.
    public static func rate(_ r: Vector3, bodyAngularVelocity w: Vector3) -> Vector3 {
        let squared = r.lengthSquared
        let cross = r.cross(w)
        guard squared > 1e-8 else { return w + cross * 0.5 + r.cross(cross) / 12 }
        let angle = squared.squareRoot()
        let factor = 1 / squared - (1 + cos(angle)) / (2 * angle * sin(angle))
        return w + cross * 0.5 + r.cross(cross) * factor
    }
}
