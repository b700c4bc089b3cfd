public import HumanBody

/// The bones of Unity's humanoid that make a body, by the names that VMC and others send.
public enum HumanoidBone: String, Hashable, Sendable, CaseIterable {
    case hips = "Hips"
    case spine = "Spine"
    case chest = "Chest"
    case upperChest = "UpperChest"
    case neck = "Neck"
    case head = "Head"
    case leftShoulder = "LeftShoulder"
    case leftUpperArm = "LeftUpperArm"
    case leftLowerArm = "LeftLowerArm"
    case leftHand = "LeftHand"
    case rightShoulder = "RightShoulder"
    case rightUpperArm = "RightUpperArm"
    case rightLowerArm = "RightLowerArm"
    case rightHand = "RightHand"
    case leftUpperLeg = "LeftUpperLeg"
    case leftLowerLeg = "LeftLowerLeg"
    case leftFoot = "LeftFoot"
    case leftToes = "LeftToes"
    case rightUpperLeg = "RightUpperLeg"
    case rightLowerLeg = "RightLowerLeg"
    case rightFoot = "RightFoot"
    case rightToes = "RightToes"

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue.lowercased(), $0) })

    /// The bone of a name, in any letters; nil for fingers, eyes, the jaw and what is no bone.
    public init?(named name: some StringProtocol) {
        guard let bone = Self.byName[name.lowercased()] else { return nil }
        self = bone
    }

    /// The joint of SMPL that turns it.
    public var joint: HumanJoint {
        switch self {
        case .hips: .pelvis
        case .spine: .spine1
        case .chest: .spine2
        case .upperChest: .spine3
        case .neck: .neck
        case .head: .head
        case .leftShoulder: .leftCollar
        case .leftUpperArm: .leftShoulder
        case .leftLowerArm: .leftElbow
        case .leftHand: .leftWrist
        case .rightShoulder: .rightCollar
        case .rightUpperArm: .rightShoulder
        case .rightLowerArm: .rightElbow
        case .rightHand: .rightWrist
        case .leftUpperLeg: .leftHip
        case .leftLowerLeg: .leftKnee
        case .leftFoot: .leftAnkle
        case .leftToes: .leftFoot
        case .rightUpperLeg: .rightHip
        case .rightLowerLeg: .rightKnee
        case .rightFoot: .rightAnkle
        case .rightToes: .rightFoot
        }
    }

    /// The bone before it when all optional ones are there.
    var parent: HumanoidBone? {
        joint.parent.flatMap { parent in Self.allCases.first { $0.joint == parent } }
    }
}
