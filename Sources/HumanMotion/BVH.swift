public import Geometry

/// A motion in the Biovision hierarchy format: a tree of joints and their channels over time.
///
/// Format: M. Meredith and S. Maddock, "Motion Capture File Formats Explained", University of Sheffield, 2001.
public struct BVH: Sendable {
    /// One number that changes over time.
    public enum Channel: String, Hashable, Sendable, CaseIterable {
        /// Translations along the parent's axes.
        case xPosition, yPosition, zPosition
        /// Turns about the joint's own axes.
        case xRotation, yRotation, zRotation

        /// 0, 1, 2 for x, y, z.
        @inlinable public var axis: Int {
            switch self {
            case .xPosition, .xRotation: 0
            case .yPosition, .yRotation: 1
            case .zPosition, .zRotation: 2
            }
        }
        /// Whether the channel turns the joint.
        @inlinable public var isRotation: Bool {
            switch self {
            case .xPosition, .yPosition, .zPosition: false
            case .xRotation, .yRotation, .zRotation: true
            }
        }
    }

    /// A joint of the tree.
    public struct Joint: Hashable, Sendable {
        /// Its name, unique in well-formed files.
        public var name: String
        /// Index of the parent, which comes earlier; -1 for the root.
        public var parent: Int
        /// Rest position in the parent's frame, metres.
        public var offset: Vector3
        /// Its channels in the order of the file: rotations multiply from left to right.
        public var channels: [Channel]
        /// Position of the end site in the joint's frame, metres, when the joint has one.
        public var endSite: Vector3?
    }

    /// The joints, parents first.
    public var joints: [Joint]
    /// Seconds between frames.
    public var frameTime: Double
    /// Number of frames.
    public var frameCount: Int
    /// Row-major `[frameCount, channelCount]`: metres and radians, joints in order.
    public var values: [Double]
    /// What the reader passed over, in sentences.
    public var notes: [String] = []

    /// Numbers per frame.
    public var channelCount: Int { joints.reduce(0) { $0 + $1.channels.count } }

    /// Frames per second; a whole number when the rounded frame time of the file allows it.
    public var frameRate: Double {
        let rate = 1 / frameTime
        return abs(rate - rate.rounded()) < 1e-3 * rate ? max(rate.rounded(), 1) : rate
    }

    /// Index of the first joint of that name.
    public func index(of name: String) -> Int? { joints.firstIndex { $0.name == name } }

    /// World poses of all joints in a frame, metres. A position channel replaces the offset along its axis, as the
    /// usual exporters write absolute values.
    public func worldPoses(frame: Int) -> [RigidTransform] {
        precondition(frame >= 0 && frame < frameCount, "no such frame")
        var next = frame * channelCount
        var poses: [RigidTransform] = []
        poses.reserveCapacity(joints.count)
        for joint in joints {
            var local = RigidTransform(translation: joint.offset, rotation: .identity)
            for channel in joint.channels {
                let value = values[next]
                next += 1
                if channel.isRotation {
                    local.rotation = local.rotation * Self.turn(value, axis: channel.axis)
                } else {
                    local.translation[channel.axis] = value
                }
            }
            poses.append(joint.parent < 0 ? local : poses[joint.parent] * local)
        }
        return poses
    }

    private static func turn(_ angle: Double, axis: Int) -> Quaternion {
        var direction = Vector3.zero
        direction[axis] = 1
        return Quaternion(angle: angle, axis: direction)
    }
}
