public import Geometry
public import HumanMotion

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

    /// From SMPL's rest pose (y up, facing +z) to the world (z up, facing +x).
    static let base = Quaternion(w: 0.5, x: 0.5, y: 0.5, z: 0.5)
    /// From the wrists to the middle of the hands in the rest pose, m.
    static let hands = [Vector3(0.084, -0.008, -0.015), Vector3(-0.084, -0.008, -0.015)]

    /// The pose of a human frame.
    public init(_ frame: HumanFrame) {
        rootRotation = (Self.base * frame.rotations[0] * Self.base.conjugate).normalized
        rootPosition = Self.base.act(frame.pelvis)
        var local = frame
        local.pelvis = .zero
        local.rotations[0] = .identity
        let poses = SMPLSkeleton.forwardKinematics(local)
        var places = poses.map(\.translation)
        for (hand, wrist) in zip(Self.hands, [20, 21]) {
            places.append(poses[wrist].translation + poses[wrist].rotation.act(hand))
        }
        joints = places.map { Self.base.act($0) }
        rotations = frame.rotations.dropFirst().map(\.rotationVector)
    }
}
