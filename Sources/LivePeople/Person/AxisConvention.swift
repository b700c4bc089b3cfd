public import Geometry

/// How a sender's axes lie; everything is turned into SMPL's: x left, y up, z ahead of a person who faces ahead.
public enum AxisConvention: String, Hashable, Sendable, CaseIterable {
    /// x left, y up, z ahead.
    case smpl
    /// x ahead, y left, z up: robots, ROS, Xsens.
    case zUp = "zup"
    /// x right, y up, z ahead, left-handed.
    case unity
    /// x right, y up, z back.
    case openXR = "openxr"
    /// x to the image's right, y down, z away from a camera that the person faces.
    case camera

    /// A position in SMPL's axes.
    public func position(_ p: Vector3) -> Vector3 {
        switch self {
        case .smpl: p
        case .zUp: Vector3(p.y, p.z, p.x)
        case .unity: Vector3(-p.x, p.y, p.z)
        case .openXR: Vector3(-p.x, p.y, -p.z)
        case .camera: Vector3(p.x, -p.y, -p.z)
        }
    }

    /// A rotation in SMPL's axes.
    public func rotation(_ q: Quaternion) -> Quaternion {
        switch self {
        case .smpl: q
        case .zUp: Quaternion(w: q.w, x: q.y, y: q.z, z: q.x)
        case .unity, .camera: Quaternion(w: q.w, x: q.x, y: -q.y, z: -q.z)
        case .openXR: Quaternion(w: q.w, x: -q.x, y: q.y, z: -q.z)
        }
    }
}
