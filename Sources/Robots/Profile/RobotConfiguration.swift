public import Geometry

/// Where a robot is: the pose of its root body in the world and the position of every driven joint.
///
/// World: x forward, y left, z up, metres, floor at z = 0. Joint positions are in the order of
/// ``RobotProfile/jointNames``: radians for revolute joints, metres for prismatic ones.
public struct RobotConfiguration: Hashable, Sendable {
    /// Origin of the root body in the world, metres.
    public var rootPosition: Vector3
    /// Orientation of the root body in the world.
    public var rootRotation: Quaternion
    /// Position of each driven joint.
    public var jointPositions: [Double]

    /// Creates a configuration from its parts.
    public init(rootPosition: Vector3, rootRotation: Quaternion, jointPositions: [Double]) {
        self.rootPosition = rootPosition
        self.rootRotation = rootRotation
        self.jointPositions = jointPositions
    }

    /// Whether no number is infinite or not a number.
    public var isFinite: Bool {
        rootPosition.isFinite && rootRotation.isFinite && jointPositions.allSatisfy(\.isFinite)
    }
}
