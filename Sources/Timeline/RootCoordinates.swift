import Geometry
import Robots

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The root's pose as six numbers that can be interpolated and limited one by one: position, heading and tilt.
///
/// The rotation is a turn by `yaw` about the vertical after a tilt about a horizontal axis (twist and swing), so
/// the tilt's length is the angle between the root's z axis and the vertical. Smooth while that is below π.
struct RootCoordinates: Hashable, Sendable {
    /// Places in a list of coordinates; joint `i` follows at `count + i`.
    static let (x, y, z, yaw, tiltX, tiltY, count) = (0, 1, 2, 3, 4, 5, 6)

    var position: Vector3
    /// Heading, radians; not wrapped, so that it is continuous over many turns.
    var yaw: Double
    /// Rotation vector of the tilt in the heading's frame, radians; the third component is zero.
    var tilt: Vector3

    /// The coordinates of a pose, with the heading that lies nearest to `reference`; `facing` is how x ahead, y left, z up
    /// lie in the root body's own frame.
    init(position: Vector3, rotation root: Quaternion, facing: Quaternion = .identity, yawNear reference: Double) {
        self.position = position
        let rotation = root * facing
        let norm = (rotation.w * rotation.w + rotation.z * rotation.z).squareRoot()
        let twist =
            norm > 1e-9
            ? Quaternion(w: rotation.w / norm, x: 0, y: 0, z: rotation.z / norm) : .identity
        let angle = 2 * atan2(twist.z, twist.w)
        yaw = angle + 2 * .pi * ((reference - angle) / (2 * .pi)).rounded()
        tilt = (twist.conjugate * rotation).rotationVector
        tilt.z = 0
    }

    init(position: Vector3, yaw: Double, tilt: Vector3) { (self.position, self.yaw, self.tilt) = (position, yaw, tilt) }

    /// Reads the first six of a list of coordinates.
    init(_ list: [Double]) {
        position = Vector3(list[Self.x], list[Self.y], list[Self.z])
        yaw = list[Self.yaw]
        tilt = Vector3(list[Self.tiltX], list[Self.tiltY], 0)
    }

    /// Orientation of the frame that looks ahead.
    var rotation: Quaternion {
        Quaternion(angle: yaw, axis: Vector3(0, 0, 1)) * Quaternion(rotationVector: tilt)
    }

    /// Angular velocity in the world when heading and tilt move at the given rates.
    func angularVelocity(yawRate: Double, tiltRate: Vector3) -> Vector3 {
        rotation.act(RotationVector.bodyAngularVelocity(tilt, rate: tiltRate)) + Vector3(0, 0, yawRate)
    }

    /// Writes the six numbers to the front of a list.
    func write(to list: inout [Double]) {
        list[Self.x] = position.x
        list[Self.y] = position.y
        list[Self.z] = position.z
        list[Self.yaw] = yaw
        list[Self.tiltX] = tilt.x
        list[Self.tiltY] = tilt.y
    }
}

extension RobotConfiguration {
    /// All coordinates: the root's six, then the joints.
    func coordinates(yawNear reference: Double, facing: Quaternion) -> [Double] {
        var list = [Double](repeating: 0, count: RootCoordinates.count) + jointPositions
        RootCoordinates(position: rootPosition, rotation: rootRotation, facing: facing, yawNear: reference)
            .write(to: &list)
        return list
    }
}
