public import Geometry

/// How a robot lies in its description, where that is known.
public struct RobotOrientation: Hashable, Sendable {
    /// What points up, in the root body's frame of the description; nil to find out.
    public var up: Vector3?
    /// Where the robot looks, in the same frame; nil to find out.
    public var front: Vector3?

    /// Creates an orientation; what is nil is found out.
    public init(up: Vector3? = nil, front: Vector3? = nil) {
        self.up = up
        self.front = front
    }
}
