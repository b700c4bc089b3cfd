public import Geometry

/// One frame of human motion on the SMPL skeleton. World: y up, metres, floor at y = 0.
public struct HumanFrame: Hashable, Sendable {
    /// Position of the pelvis joint (not SMPL's `transl`).
    public var pelvis: Vector3
    /// By joint: the pelvis in the world, every other joint in its parent.
    public var rotations: [Quaternion]
    /// Probabilities that heels and toes stand on the floor.
    public var contacts: FootContacts

    /// Creates a frame; `rotations` holds one element for each joint.
    public init(
        pelvis: Vector3, rotations: [Quaternion] = SMPLSkeleton.restRotations, contacts: FootContacts = .none
    ) {
        precondition(rotations.count == HumanJoint.count, "an SMPL frame has 22 rotations")
        self.pelvis = pelvis
        self.rotations = rotations
        self.contacts = contacts
    }
}
