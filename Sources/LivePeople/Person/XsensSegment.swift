public import HumanBody

/// The segments of an Xsens MVN body; raw values are the numbers on the wire.
public enum XsensSegment: Int, Hashable, Sendable, CaseIterable {
    case pelvis = 1
    case l5, l3, t12, t8, neck, head
    case rightShoulder, rightUpperArm, rightForearm, rightHand
    case leftShoulder, leftUpperArm, leftForearm, leftHand
    case rightUpperLeg, rightLowerLeg, rightFoot, rightToe
    case leftUpperLeg, leftLowerLeg, leftFoot, leftToe

    /// The joint of SMPL that turns it; nil for the lowest part of the spine, which SMPL lacks.
    public var joint: HumanJoint? {
        switch self {
        case .pelvis: .pelvis
        case .l5: nil
        case .l3: .spine1
        case .t12: .spine2
        case .t8: .spine3
        case .neck: .neck
        case .head: .head
        case .rightShoulder: .rightCollar
        case .rightUpperArm: .rightShoulder
        case .rightForearm: .rightElbow
        case .rightHand: .rightWrist
        case .leftShoulder: .leftCollar
        case .leftUpperArm: .leftShoulder
        case .leftForearm: .leftElbow
        case .leftHand: .leftWrist
        case .rightUpperLeg: .rightHip
        case .rightLowerLeg: .rightKnee
        case .rightFoot: .rightAnkle
        case .rightToe: .rightFoot
        case .leftUpperLeg: .leftHip
        case .leftLowerLeg: .leftKnee
        case .leftFoot: .leftAnkle
        case .leftToe: .leftFoot
        }
    }

    /// The segment before it.
    var parent: XsensSegment? {
        switch self {
        case .pelvis: nil
        case .l5, .rightUpperLeg, .leftUpperLeg: .pelvis
        case .rightShoulder, .leftShoulder: .t8
        default: XsensSegment(rawValue: rawValue - 1)
        }
    }
}
