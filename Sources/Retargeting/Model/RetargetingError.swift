public import HumanBody

/// Why a retargeter cannot be made for a robot.
public enum RetargetingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The human map lacks a joint that a floating root needs.
    case unmappedJoint(HumanJoint)
    /// The solver finds no T pose for the robot: its lengths or ranges are not finite.
    case noTPose
    /// The foot of the profile is not the body that follows the ankle.
    case footMismatch(path: String, expected: String)

    /// What was wrong, where, and what would be right.
    public var description: String {
        switch self {
        case .unmappedJoint(let joint):
            "/human/map: the joint \"\(joint.name)\" is not mapped; a robot on legs needs it"
        case .noTPose: "/bodies: lengths and ranges in which the robot cannot be brought into a T pose"
        case .footMismatch(let path, let expected):
            "\(path): is not the body that follows the ankle; expected \"\(expected)\""
        }
    }
}
