/// A vector of three components. Metres when it is a position; the frame is said by the name of the variable.
///
/// An own type, as `SIMD3<Double>` runs unspecialised generic code in debug builds.
public struct Vector3: Hashable, Sendable, Codable {
    /// Component along the first axis.
    public var x: Double
    /// Component along the second axis.
    public var y: Double
    /// Component along the third axis.
    public var z: Double

    /// The null vector.
    public static let zero = Vector3(0, 0, 0)

    /// Creates a vector from its components.
    @inlinable
    public init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// Euclidean length.
    @inlinable public var length: Double { lengthSquared.squareRoot() }
    /// Square of the Euclidean length.
    @inlinable public var lengthSquared: Double { x * x + y * y + z * z }
    /// The vector scaled to length one; the null vector stays null.
    @inlinable public var normalized: Vector3 {
        let length = length
        return length > 0 ? self / length : self
    }
    /// Whether no component is infinite or not a number.
    @inlinable public var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }

    /// Scalar product.
    @inlinable
    public func dot(_ other: Vector3) -> Double { x * other.x + y * other.y + z * other.z }
    /// Right-handed vector product.
    @inlinable
    public func cross(_ other: Vector3) -> Vector3 {
        Vector3(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }
    /// Straight line from `self` (t = 0) to `other` (t = 1).
    @inlinable
    public func mixed(with other: Vector3, _ t: Double) -> Vector3 { self * (1 - t) + other * t }

    /// Component by index 0, 1, 2.
    @inlinable public subscript(index: Int) -> Double {
        get { index == 0 ? x : (index == 1 ? y : z) }
        set {
            switch index {
            case 0: x = newValue
            case 1: y = newValue
            default: z = newValue
            }
        }
    }

    /// Sum by component.
    @inlinable
    public static func + (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x + b.x, a.y + b.y, a.z + b.z) }
    /// Difference by component.
    @inlinable
    public static func - (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x - b.x, a.y - b.y, a.z - b.z) }
    /// The opposite vector.
    @inlinable
    public static prefix func - (a: Vector3) -> Vector3 { Vector3(-a.x, -a.y, -a.z) }
    /// Scaled vector.
    @inlinable
    public static func * (a: Vector3, s: Double) -> Vector3 { Vector3(a.x * s, a.y * s, a.z * s) }
    /// Scaled vector.
    @inlinable
    public static func * (s: Double, a: Vector3) -> Vector3 { a * s }
    /// Scaled vector.
    @inlinable
    public static func / (a: Vector3, s: Double) -> Vector3 { Vector3(a.x / s, a.y / s, a.z / s) }
    /// Adds in place.
    @inlinable
    public static func += (a: inout Vector3, b: Vector3) { a = a + b }
    /// Subtracts in place.
    @inlinable
    public static func -= (a: inout Vector3, b: Vector3) { a = a - b }
}
