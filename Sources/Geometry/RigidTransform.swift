/// A pose `X_AB`: where frame B lies in frame A, and the map of coordinates from B to A.
public struct RigidTransform: Hashable, Sendable, Codable {
    /// Origin of B in A, metres.
    public var translation: Vector3
    /// Orientation of B in A.
    public var rotation: Quaternion

    /// B equals A.
    public static let identity = RigidTransform(translation: .zero, rotation: .identity)

    /// Creates a pose from its parts.
    @inlinable
    public init(translation: Vector3, rotation: Quaternion) {
        self.translation = translation
        self.rotation = rotation
    }

    /// `X_BA`.
    @inlinable public var inverse: RigidTransform {
        let r = rotation.conjugate
        return RigidTransform(translation: -r.act(translation), rotation: r)
    }

    /// Maps a point given in B to its coordinates in A.
    @inlinable
    public func act(_ p: Vector3) -> Vector3 { rotation.act(p) + translation }

    /// Composition `X_AC = X_AB * X_BC`.
    @inlinable
    public static func * (a: RigidTransform, b: RigidTransform) -> RigidTransform {
        RigidTransform(translation: a.act(b.translation), rotation: a.rotation * b.rotation)
    }
}
