public import Geometry

/// An axis of a file's world, as `x` or `-z`.
public enum WorldAxis: String, CaseIterable, Hashable, Sendable {
    /// Along the axis.
    case x, y, z
    /// Against it.
    case minusX = "-x"
    case minusY = "-y"
    case minusZ = "-z"

    /// As a unit vector.
    public var direction: Vector3 {
        switch self {
        case .x: Vector3(1, 0, 0)
        case .y: Vector3(0, 1, 0)
        case .z: Vector3(0, 0, 1)
        case .minusX: Vector3(-1, 0, 0)
        case .minusY: Vector3(0, -1, 0)
        case .minusZ: Vector3(0, 0, -1)
        }
    }

    /// The axis nearest to a direction.
    init(nearest direction: Vector3) {
        self = Self.allCases.max { $0.direction.dot(direction) < $1.direction.dot(direction) } ?? .y
    }

    /// The rotation that turns this axis to y, the world's up; what is ahead stays in sight of the file's axes.
    ///
    /// Half a turn is made about x, not about any axis: what was ahead of a camera stays in line.
    func turnToYUp(front: WorldAxis?) -> Quaternion {
        if let front, abs(front.direction.dot(direction)) < 0.5 {
            return Quaternion(Matrix3(rows: direction.cross(front.direction), direction, front.direction))
        }
        return self == .minusY
            ? Quaternion(angle: .pi, axis: Vector3(1, 0, 0)) : Quaternion(from: direction, to: Vector3(0, 1, 0))
    }
}
