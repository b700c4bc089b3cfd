/// A part of the human body that a robot's body can stand for.
public enum BodyRole: String, CaseIterable, Hashable, Sendable {
    /// What the legs hang on.
    case pelvis
    /// What the arms hang on.
    case torso
    /// What looks.
    case head
    /// Upper legs.
    case thighLeft = "thigh_left", thighRight = "thigh_right"
    /// Lower legs.
    case shinLeft = "shin_left", shinRight = "shin_right"
    /// What stands on the floor.
    case footLeft = "foot_left", footRight = "foot_right"
    /// Upper arms.
    case upperArmLeft = "upper_arm_left", upperArmRight = "upper_arm_right"
    /// Lower arms.
    case forearmLeft = "forearm_left", forearmRight = "forearm_right"
    /// Hands.
    case handLeft = "hand_left", handRight = "hand_right"

    /// The ends of limbs.
    static let ends: Set<BodyRole> = [.footLeft, .footRight, .handLeft, .handRight]

    /// The role on the other side; the same for what lies in the middle.
    public var mirrored: BodyRole {
        let name =
            rawValue.hasSuffix("_left")
            ? rawValue.dropLast(5) + "_right"
            : rawValue.hasSuffix("_right") ? rawValue.dropLast(6) + "_left" : Substring(rawValue)
        return BodyRole(rawValue: String(name)) ?? self
    }
}
