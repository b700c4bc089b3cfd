/// A joint of SMPL's body, hands and face left out. The raw value is its place in SMPL's arrays.
public enum HumanJoint: Int, CaseIterable, Sendable {
    case pelvis
    case leftHip, rightHip
    case spine1
    case leftKnee, rightKnee
    case spine2
    case leftAnkle, rightAnkle
    case spine3
    /// The toe base.
    case leftFoot, rightFoot
    case neck
    case leftCollar, rightCollar
    case head
    case leftShoulder, rightShoulder
    case leftElbow, rightElbow
    case leftWrist, rightWrist

    /// Number of joints.
    public static let count = 22

    /// In SMPL's order. Made once: frames are gone through joint by joint.
    public static let allCases: [HumanJoint] = (0..<count).compactMap(HumanJoint.init(rawValue:))

    private static let names = [
        "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
        "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
        "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    ]

    /// Name as files have it: `left_hip`.
    public var name: String { Self.names[rawValue] }

    /// The joint of a name; nil when there is none.
    public init?(named name: String) {
        guard let place = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: place)
    }

    /// The joint that this one hangs on; nil for the pelvis.
    public var parent: HumanJoint? {
        switch self {
        case .pelvis: nil
        case .leftHip, .rightHip, .spine1: .pelvis
        case .leftKnee: .leftHip
        case .rightKnee: .rightHip
        case .spine2: .spine1
        case .leftAnkle: .leftKnee
        case .rightAnkle: .rightKnee
        case .spine3: .spine2
        case .leftFoot: .leftAnkle
        case .rightFoot: .rightAnkle
        case .neck, .leftCollar, .rightCollar: .spine3
        case .head: .neck
        case .leftShoulder: .leftCollar
        case .rightShoulder: .rightCollar
        case .leftElbow: .leftShoulder
        case .rightElbow: .rightShoulder
        case .leftWrist: .leftElbow
        case .rightWrist: .rightElbow
        }
    }

    /// Every joint but the pelvis with its parent, parents before their children.
    public static let bones: [(parent: HumanJoint, joint: HumanJoint)] = allCases.compactMap { joint in
        joint.parent.map { (parent: $0, joint: joint) }
    }

    /// The side of the body; nil for a joint of the middle.
    public var side: Side? { Side.both.first { $0.joints.contains(self) } }

    /// The joint on the other side of the body; a joint of the middle is its own mirror.
    public var mirrored: HumanJoint { Self.mirrors[self] }

    private static let mirrors: [HumanJoint] = {
        var mirrors = allCases
        for (left, right) in zip(Side.left.joints, Side.right.joints) {
            (mirrors[left], mirrors[right]) = (right, left)
        }
        return mirrors
    }()
}

extension Array {
    /// The element of a joint, in an array that holds one for each in SMPL's order.
    @inlinable
    public subscript(joint: HumanJoint) -> Element {
        get { self[joint.rawValue] }
        _modify { yield &self[joint.rawValue] }
    }
}
