/// How thick the body is around the joints of `SMPLSkeleton`: what lies between a joint and the floor that it rests on.
public enum SMPLSurface {
    /// By joint: height over the floor when that part of the body lies on it, metres; nil for joints that never come first
    /// (collars, spine, neck).
    ///
    /// Feet are those of `SMPLFoot`; the others are half the depths of a grown body's parts (knee 11 cm, trunk 20 to 22 cm, head
    /// 18 cm), wrists those of a hand laid flat.
    public static let heights: [Double?] = HumanJoint.allCases.map { joint in
        switch joint {
        case .leftAnkle: SMPLFoot.ankleHeight(.left)
        case .rightAnkle: SMPLFoot.ankleHeight(.right)
        case .leftFoot, .rightFoot: SMPLFoot.toeHeight
        case .leftKnee, .rightKnee: 0.055
        case .leftElbow, .rightElbow: 0.045
        case .leftWrist, .rightWrist: 0.04
        case .leftShoulder, .rightShoulder: 0.065
        case .leftHip, .rightHip, .pelvis: 0.1
        case .spine3: 0.11
        case .head: 0.09
        case .spine1, .spine2, .neck, .leftCollar, .rightCollar: nil
        }
    }
}
