/// A side of the body, and the joints that it has.
public enum Side: String, Codable, Sendable {
    case left, right

    /// Left, then right.
    public static let both: [Side] = [.left, .right]
    /// The other side.
    public var other: Side { self == .left ? .right : .left }
    /// `left` or `right`, as names of joints begin.
    public var name: String { self == .left ? "left" : "right" }
    /// Where it lies along the axis to the left: 1 or -1.
    public var sign: Double { self == .left ? 1 : -1 }

    /// Where the leg begins.
    public var hip: HumanJoint { self == .left ? .leftHip : .rightHip }
    /// The middle of the leg.
    public var knee: HumanJoint { self == .left ? .leftKnee : .rightKnee }
    /// The end of the leg.
    public var ankle: HumanJoint { self == .left ? .leftAnkle : .rightAnkle }
    /// The toe base, which SMPL calls the foot.
    public var toe: HumanJoint { self == .left ? .leftFoot : .rightFoot }
    /// The clavicle.
    public var collar: HumanJoint { self == .left ? .leftCollar : .rightCollar }
    /// Where the arm begins.
    public var shoulder: HumanJoint { self == .left ? .leftShoulder : .rightShoulder }
    /// The middle of the arm.
    public var elbow: HumanJoint { self == .left ? .leftElbow : .rightElbow }
    /// The end of the arm.
    public var wrist: HumanJoint { self == .left ? .leftWrist : .rightWrist }

    /// All of them.
    public var joints: [HumanJoint] { [hip, knee, ankle, toe, collar, shoulder, elbow, wrist] }
    /// From hip to ankle.
    public var leg: HumanLimb { HumanLimb(root: hip, bend: knee, end: ankle) }
    /// From shoulder to wrist.
    public var arm: HumanLimb { HumanLimb(root: shoulder, bend: elbow, end: wrist) }
}
