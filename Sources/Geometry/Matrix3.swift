/// A 3 × 3 matrix, stored by rows.
public struct Matrix3: Hashable, Sendable {
    /// The three rows.
    public var rows: (Vector3, Vector3, Vector3) {
        get { (row0, row1, row2) }
        set { (row0, row1, row2) = newValue }
    }
    @usableFromInline var row0: Vector3
    @usableFromInline var row1: Vector3
    @usableFromInline var row2: Vector3

    /// The unit matrix.
    public static let identity = Matrix3(rows: Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1))

    /// Creates a matrix from its rows.
    @inlinable
    public init(rows r0: Vector3, _ r1: Vector3, _ r2: Vector3) {
        row0 = r0
        row1 = r1
        row2 = r2
    }

    /// Creates a matrix from its columns.
    @inlinable
    public init(columns c0: Vector3, _ c1: Vector3, _ c2: Vector3) {
        self.init(
            rows: Vector3(c0.x, c1.x, c2.x), Vector3(c0.y, c1.y, c2.y), Vector3(c0.z, c1.z, c2.z))
    }

    /// The rotation matrix of a unit quaternion.
    @inlinable
    public init(_ q: Quaternion) {
        let (w, x, y, z) = (q.w, q.x, q.y, q.z)
        self.init(
            rows: Vector3(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
            Vector3(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
            Vector3(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)))
    }

    /// The transposed matrix; the inverse of a rotation.
    @inlinable public var transposed: Matrix3 { Matrix3(columns: row0, row1, row2) }
    /// Determinant; +1 for a rotation.
    @inlinable public var determinant: Double { row0.dot(row1.cross(row2)) }

    /// Element by row and column.
    @inlinable public subscript(row: Int, column: Int) -> Double {
        row == 0 ? row0[column] : (row == 1 ? row1[column] : row2[column])
    }

    /// Matrix times column vector.
    @inlinable
    public static func * (m: Matrix3, v: Vector3) -> Vector3 {
        Vector3(m.row0.dot(v), m.row1.dot(v), m.row2.dot(v))
    }
    /// Matrix product.
    @inlinable
    public static func * (a: Matrix3, b: Matrix3) -> Matrix3 {
        let t = b.transposed
        return Matrix3(
            rows: Vector3(a.row0.dot(t.row0), a.row0.dot(t.row1), a.row0.dot(t.row2)),
            Vector3(a.row1.dot(t.row0), a.row1.dot(t.row1), a.row1.dot(t.row2)),
            Vector3(a.row2.dot(t.row0), a.row2.dot(t.row1), a.row2.dot(t.row2)))
    }
}

extension Quaternion {
    /// The unit quaternion (w ≥ 0) of a rotation matrix, by the numerically largest component.
    @inlinable
    public init(_ m: Matrix3) {
        let (a, b, c) = (m[0, 0], m[1, 1], m[2, 2])
        let trace = a + b + c
        var q: Quaternion
        if trace > max(a, b, c) {
            q = Quaternion(w: 1 + trace, x: m[2, 1] - m[1, 2], y: m[0, 2] - m[2, 0], z: m[1, 0] - m[0, 1])
        } else if a >= b, a >= c {
            q = Quaternion(w: m[2, 1] - m[1, 2], x: 1 + a - b - c, y: m[1, 0] + m[0, 1], z: m[2, 0] + m[0, 2])
        } else if b >= c {
            q = Quaternion(w: m[0, 2] - m[2, 0], x: m[1, 0] + m[0, 1], y: 1 - a + b - c, z: m[2, 1] + m[1, 2])
        } else {
            q = Quaternion(w: m[1, 0] - m[0, 1], x: m[2, 0] + m[0, 2], y: m[2, 1] + m[1, 2], z: 1 - a - b + c)
        }
        q = q.normalized
        self = q.w < 0 ? -q : q
    }
}
