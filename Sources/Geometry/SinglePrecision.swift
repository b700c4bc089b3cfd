/// A vector in single precision, for loops over many rows of features; see ``Vector3``.
public struct Vector3f: Hashable, Sendable {
    /// Component along the first axis.
    public var x: Float
    /// Component along the second axis.
    public var y: Float
    /// Component along the third axis.
    public var z: Float

    /// The null vector.
    @inlinable
    public init() { (x, y, z) = (0, 0, 0) }

    /// Creates a vector from its components.
    @inlinable
    public init(_ x: Float, _ y: Float, _ z: Float) { (self.x, self.y, self.z) = (x, y, z) }

    /// Rounds the components.
    @inlinable
    public init(_ v: Vector3) { (x, y, z) = (Float(v.x), Float(v.y), Float(v.z)) }

    /// Component by index 0, 1, 2.
    @inlinable public subscript(index: Int) -> Float { index == 0 ? x : (index == 1 ? y : z) }
    /// Euclidean length.
    @inlinable public var length: Float { (x * x + y * y + z * z).squareRoot() }
    /// Every component brought into ±1.
    @inlinable public var clamped: Vector3f {
        Vector3f(max(-1, min(1, x)), max(-1, min(1, y)), max(-1, min(1, z)))
    }

    /// Scalar product.
    @inlinable
    public func dot(_ other: Vector3f) -> Float { x * other.x + y * other.y + z * other.z }
    /// Right-handed vector product.
    @inlinable
    public func cross(_ other: Vector3f) -> Vector3f {
        Vector3f(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    /// Sum by component.
    @inlinable
    public static func + (a: Vector3f, b: Vector3f) -> Vector3f { Vector3f(a.x + b.x, a.y + b.y, a.z + b.z) }
    /// Difference by component.
    @inlinable
    public static func - (a: Vector3f, b: Vector3f) -> Vector3f { Vector3f(a.x - b.x, a.y - b.y, a.z - b.z) }
    /// Scaled vector.
    @inlinable
    public static func * (a: Vector3f, s: Float) -> Vector3f { Vector3f(a.x * s, a.y * s, a.z * s) }
}

/// A 3 × 3 matrix in single precision, stored by rows; see ``Matrix3``.
public struct Matrix3f: Sendable {
    /// The three rows.
    public var rows: (Vector3f, Vector3f, Vector3f)

    /// The null matrix.
    @inlinable
    public init() { rows = (Vector3f(), Vector3f(), Vector3f()) }

    /// Creates a matrix from its rows.
    @inlinable
    public init(_ a: Vector3f, _ b: Vector3f, _ c: Vector3f) { rows = (a, b, c) }

    /// The outer product a bᵀ.
    @inlinable
    public init(outer a: Vector3f, _ b: Vector3f) { rows = (b * a.x, b * a.y, b * a.z) }

    /// The transposed matrix.
    @inlinable public var transposed: Matrix3f {
        let (a, b, c) = rows
        return Matrix3f(Vector3f(a.x, b.x, c.x), Vector3f(a.y, b.y, c.y), Vector3f(a.z, b.z, c.z))
    }

    /// Sum by element.
    @inlinable
    public static func + (a: Matrix3f, b: Matrix3f) -> Matrix3f {
        Matrix3f(a.rows.0 + b.rows.0, a.rows.1 + b.rows.1, a.rows.2 + b.rows.2)
    }
    /// Matrix times column vector.
    @inlinable
    public static func * (m: Matrix3f, v: Vector3f) -> Vector3f {
        Vector3f(m.rows.0.dot(v), m.rows.1.dot(v), m.rows.2.dot(v))
    }
    /// Matrix product.
    @inlinable
    public static func * (a: Matrix3f, b: Matrix3f) -> Matrix3f {
        let (first, second, third) = b.rows
        func row(_ r: Vector3f) -> Vector3f { first * r.x + second * r.y + third * r.z }
        return Matrix3f(row(a.rows.0), row(a.rows.1), row(a.rows.2))
    }
}
