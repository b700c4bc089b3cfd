import HumanBody

/// The skeletons that the native message may name without declaring them.
public enum KnownSkeleton: String, Hashable, Sendable, CaseIterable {
    /// SMPL's body.
    case smpl22
    /// SMPL's body and two points in the hands.
    case smpl24
    /// SMPL-H: body and fingers.
    case smpl52
    /// SMPL-X: body, jaw, eyes and fingers.
    case smpl55
    /// MediaPipe Pose, positions.
    case mediaPipe33 = "mediapipe33"
    /// COCO's key points, positions in three dimensions.
    case coco17
    /// Azure Kinect, positions.
    case kinect32
    /// Unity's humanoid bones as VMC orders them in `Documentation/live-people.md`.
    case vmc
    /// Xsens' 23 segments.
    case xsens23
    /// Head and two wrists.
    case points3

    /// The joints in order.
    public var names: [String] {
        switch self {
        case .smpl22: HumanJoint.allCases.map(\.name)
        case .smpl24: HumanJoint.allCases.map(\.name) + ["left_hand", "right_hand"]
        case .smpl52: HumanJoint.allCases.map(\.name) + Self.fingers
        case .smpl55: HumanJoint.allCases.map(\.name) + ["jaw", "left_eye", "right_eye"] + Self.fingers
        case .mediaPipe33: Self.mediaPipe
        case .coco17:
            ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]
                + ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"].flatMap { ["left_" + $0, "right_" + $0] }
        case .kinect32: Self.kinect
        case .vmc: HumanoidBone.allCases.map(\.rawValue)
        case .xsens23: XsensSegment.allCases.map { "\($0)" }
        case .points3: ["head", "left_wrist", "right_wrist"]
        }
    }

    private static let fingers = ["left", "right"].flatMap { side in
        ["index", "middle", "pinky", "ring", "thumb"].flatMap { finger in (1...3).map { "\(side)_\(finger)\($0)" } }
    }

    private static let mediaPipe =
        [
            "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
            "left_ear", "right_ear", "mouth_left", "mouth_right",
        ]
        + [
            "shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index",
        ].flatMap { ["left_" + $0, "right_" + $0] }

    private static let kinect: [String] = {
        let arm = ["clavicle", "shoulder", "elbow", "wrist", "hand", "handtip", "thumb"]
        let leg = ["hip", "knee", "ankle", "foot"]
        func both(_ parts: [String]) -> [String] { ["left_", "right_"].flatMap { side in parts.map { side + $0 } } }
        return ["pelvis", "spine_navel", "spine_chest", "neck"] + both(arm) + both(leg)
            + ["head", "nose", "left_eye", "left_ear", "right_eye", "right_ear"]
    }()

    /// For every joint the one of SMPL that it turns; nil for those that turn none, such as eyes and fingers.
    var joints: [HumanJoint?] {
        switch self {
        case .smpl22, .smpl24, .smpl52, .smpl55: names.map(HumanJoint.init(named:))
        case .vmc: HumanoidBone.allCases.map(\.joint)
        case .xsens23: XsensSegment.allCases.map(\.joint)
        case .points3: [.head, .leftWrist, .rightWrist]
        case .mediaPipe33, .coco17, .kinect32: Array(repeating: nil, count: names.count)
        }
    }

    /// The joint before each in the skeleton; −1 for the root, and for the points of a camera.
    var parents: [Int] {
        switch self {
        case .smpl22, .smpl24, .smpl52, .smpl55:
            return names.indices.map { index in
                HumanJoint(rawValue: index).map { $0.parent?.rawValue ?? -1 } ?? HumanJoint.leftWrist.rawValue
            }
        case .vmc:
            let all = HumanoidBone.allCases
            return all.map { bone in bone.parent.flatMap { parent in all.firstIndex(of: parent) } ?? -1 }
        case .xsens23:
            return XsensSegment.allCases.map { $0.parent.map { $0.rawValue - 1 } ?? -1 }
        case .mediaPipe33, .coco17, .kinect32, .points3: return Array(repeating: -1, count: names.count)
        }
    }

    /// Whether only positions are of use: orientations are not sent, or mean something else in every joint.
    var hasPointsOnly: Bool { self == .mediaPipe33 || self == .coco17 || self == .kinect32 }
}
