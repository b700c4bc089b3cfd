#if canImport(Glibc)
    public import Glibc
#else
    public import Darwin
#endif

/// A rotation as a unit quaternion, stored (w, x, y, z); `q` and `-q` are the same rotation.
public struct Quaternion: Hashable, Sendable, Codable {
    /// Scalar part.
    public var w: Double
    /// Vector part along the first axis.
    public var x: Double
    /// Vector part along the second axis.
    public var y: Double
    /// Vector part along the third axis.
    public var z: Double

    /// No rotation.
    public static let identity = Quaternion(w: 1, x: 0, y: 0, z: 0)

    /// Creates a quaternion from its components, as they are.
    @inlinable
    public init(w: Double, x: Double, y: Double, z: Double) {
        self.w = w
        self.x = x
        self.y = y
        self.z = z
    }

    /// Rotation by `angle` (radians) about `axis`, which need not be of length one.
    @inlinable
    public init(angle: Double, axis: Vector3) {
        let u = axis.normalized
        let s = sin(angle / 2)
        self.init(w: cos(angle / 2), x: u.x * s, y: u.y * s, z: u.z * s)
    }

    /// The exponential map: rotation by the length of `rotationVector` (radians) about its direction.
    @inlinable
    public init(rotationVector v: Vector3) {
        let angle = v.length
        // sin(a/2)/a by its series near zero, exact to rounding.
        let s = angle < 1e-4 ? 0.5 - angle * angle / 48 : sin(angle / 2) / angle
        self.init(w: cos(angle / 2), x: v.x * s, y: v.y * s, z: v.z * s)
    }

    /// The rotation that carries the direction `first` onto `firstThere`, and `second` as near as it goes to `secondThere`.
    ///
    /// Where a pair is parallel its second direction says nothing, and an axis takes its place.
    @inlinable
    public init(carrying first: Vector3, _ second: Vector3, onto firstThere: Vector3, _ secondThere: Vector3) {
        self = (Self(along: firstThere, secondThere) * Self(along: first, second).conjugate).normalized
    }

    /// The rotation of the frame whose x axis is along `first`, with `second` in the plane of its x and y axes.
    @usableFromInline
    init(along first: Vector3, _ second: Vector3) {
        let x = first.normalized
        var y = second - x * second.dot(x)
        if y.length < 1e-6 {
            y = abs(x.x) < 0.7 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
            y -= x * y.dot(x)
        }
        y = y.normalized
        self.init(Matrix3(columns: x, y, x.cross(y)))
    }

    /// The shortest rotation that carries the direction `from` onto the direction `to`.
    @inlinable
    public init(from: Vector3, to: Vector3) {
        let u = from.normalized
        let v = to.normalized
        let w = 1 + u.dot(v)
        if w < 1e-12 {
            let helper = abs(u.x) < 0.9 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
            self.init(angle: .pi, axis: u.cross(helper))
            return
        }
        let c = u.cross(v)
        self = Quaternion(w: w, x: c.x, y: c.y, z: c.z).normalized
    }

    /// The inverse of the exponential map: axis times angle, angle in [0, π].
    @inlinable public var rotationVector: Vector3 {
        let sign: Double = w < 0 ? -1 : 1
        let v = Vector3(x, y, z) * sign
        let s = v.length
        guard s > 1e-9 else { return v * 2 }
        return v * (2 * atan2(s, w * sign) / s)
    }

    /// Angle of the rotation in [0, π], radians.
    @inlinable public var angle: Double { 2 * atan2((x * x + y * y + z * z).squareRoot(), abs(w)) }

    /// The inverse rotation of a unit quaternion.
    @inlinable public var conjugate: Quaternion { Quaternion(w: w, x: -x, y: -y, z: -z) }
    /// Four-component length.
    @inlinable public var length: Double { (w * w + x * x + y * y + z * z).squareRoot() }
    /// Scaled to length one.
    @inlinable public var normalized: Quaternion {
        let n = length
        return Quaternion(w: w / n, x: x / n, y: y / n, z: z / n)
    }
    /// Whether no component is infinite or not a number.
    @inlinable public var isFinite: Bool { w.isFinite && x.isFinite && y.isFinite && z.isFinite }

    /// Four-component scalar product; negative when the two lie in opposite hemispheres.
    @inlinable
    public func dot(_ o: Quaternion) -> Double { w * o.w + x * o.x + y * o.y + z * o.z }

    /// The same rotation in the hemisphere of `reference`.
    @inlinable
    public func aligned(with reference: Quaternion) -> Quaternion { dot(reference) < 0 ? -self : self }

    /// Rotates a vector.
    @inlinable
    public func act(_ v: Vector3) -> Vector3 {
        let q = Vector3(x, y, z)
        let t = q.cross(v) * 2
        return v + t * w + q.cross(t)
    }

    /// Spherical interpolation along the shorter arc from `self` (t = 0) to `other` (t = 1).
    @inlinable
    public func slerp(to other: Quaternion, _ t: Double) -> Quaternion {
        (self * Quaternion(rotationVector: (conjugate * other).rotationVector * t)).normalized
    }

    /// The angle of the rotation's part about `axis` (swing-twist decomposition), in (-π, π].
    @inlinable
    public func twist(about axis: Vector3) -> Double {
        let u = axis.normalized
        let a = 2 * atan2(x * u.x + y * u.y + z * u.z, w)
        return a > .pi ? a - 2 * .pi : (a <= -.pi ? a + 2 * .pi : a)
    }

    /// Composition: first `b`, then `a`.
    @inlinable
    public static func * (a: Quaternion, b: Quaternion) -> Quaternion {
        Quaternion(
            w: a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
            x: a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            y: a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
            z: a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w)
    }
    /// The same rotation, opposite sign.
    @inlinable
    public static prefix func - (a: Quaternion) -> Quaternion { Quaternion(w: -a.w, x: -a.x, y: -a.y, z: -a.z) }
}
