public import Geometry
public import HumanBody
import HumanMotion

/// A human frame as controllers that track SMPL itself take it: world with z up and x forward, SMPL's own base rotation
/// taken away, so that a person who stands and faces forward has the identity as root orientation.
public struct SMPLPose: Hashable, Sendable {
    /// Orientation of the root in the world.
    public var rootRotation: Quaternion
    /// Position of the pelvis in the world, m.
    public var rootPosition: Vector3
    /// 24 joints in the root's own axes, the pelvis at the origin, m: SMPL's 22 and a point in each hand.
    public var joints: [Vector3]
    /// Rotations of the 21 joints after the pelvis in their parents, in SMPL's axes, as rotation vectors.
    public var rotations: [Vector3]
    /// Rotations of the 22 joints in the root's axes.
    private var turns: [Quaternion]

    /// From SMPL's rest pose (y up, facing +z) to the world (z up, facing +x).
    static let base = Quaternion(w: 0.5, x: 0.5, y: 0.5, z: 0.5)
    /// From the wrists to the middle of the hands in the rest pose, m.
    static let hands = [Vector3(0.084, -0.008, -0.015), Vector3(-0.084, -0.008, -0.015)]

    /// The rest pose.
    init() {
        rootRotation = .identity
        rootPosition = .zero
        joints = Array(repeating: .zero, count: HumanJoint.count + 2)
        rotations = Array(repeating: .zero, count: HumanJoint.count - 1)
        turns = SMPLSkeleton.restRotations
    }

    /// The pose of a human frame.
    public init(_ frame: HumanFrame) {
        self.init()
        show(frame.rotations, pelvis: frame.pelvis)
    }

    /// Becomes the pose of a follower; allocates nothing.
    mutating func show(_ follower: borrowing HumanFollower) {
        show(follower.rotations, pelvis: follower.pelvis)
    }

    /// Becomes another pose, in the memory at hand.
    mutating func copy(_ other: SMPLPose) {
        (rootRotation, rootPosition) = (other.rootRotation, other.rootPosition)
        for index in joints.indices { joints[index] = other.joints[index] }
        for index in rotations.indices { rotations[index] = other.rotations[index] }
        for index in turns.indices { turns[index] = other.turns[index] }
    }

    private mutating func show(_ local: [Quaternion], pelvis: Vector3) {
        rootRotation = (Self.base * local[0] * Self.base.conjugate).normalized
        rootPosition = Self.base.act(pelvis)
        for (parent, joint) in HumanJoint.bones {
            turns[joint] = turns[parent] * local[joint]
            joints[joint] = joints[parent] + Self.base.act(turns[parent].act(SMPLSkeleton.offsets[joint]))
            // Without the pelvis.
            rotations[joint.rawValue - 1] = local[joint].rotationVector
        }
        for (hand, side) in Side.both.enumerated() {
            let wrist = side.wrist
            joints[HumanJoint.count + hand] = joints[wrist] + Self.base.act(turns[wrist].act(Self.hands[hand]))
        }
    }
}

/// Humans, each of a frame in a ``FrameWindow``.
public protocol PersonWindow {
    /// How many there are.
    var count: Int { get }
    /// The human of the frame `index` ticks after the next one.
    subscript(index: Int) -> SMPLPose { get }
}

extension [SMPLPose]: PersonWindow {}
