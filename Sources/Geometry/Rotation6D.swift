/// A rotation as six numbers: the first two **rows** of its matrix (PyTorch3D, 272-D features), not the columns
/// that HumanML3D takes. Zhou et al., "On the Continuity of Rotation Representations", CVPR 2019.
public struct Rotation6D: Hashable, Sendable {
    /// First row of the matrix.
    public var first: Vector3
    /// Second row of the matrix.
    public var second: Vector3

    /// Creates the six numbers as they are; they need not be orthonormal.
    @inlinable
    public init(first: Vector3, second: Vector3) {
        self.first = first
        self.second = second
    }

    /// The first two rows of a rotation matrix.
    @inlinable
    public init(_ matrix: Matrix3) { self.init(first: matrix.rows.0, second: matrix.rows.1) }

    /// The nearest rotation in the sense of Gram–Schmidt on the two rows; parallel or null rows fall back to an
    /// arbitrary, finite rotation.
    @inlinable public var matrix: Matrix3 {
        let x = first.lengthSquared > 1e-24 ? first.normalized : Vector3(1, 0, 0)
        var y = second - x * x.dot(second)
        if y.lengthSquared < 1e-24 {
            let helper = abs(x.x) < 0.9 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
            y = helper - x * x.dot(helper)
        }
        y = y.normalized
        return Matrix3(rows: x, y, x.cross(y))
    }
}
