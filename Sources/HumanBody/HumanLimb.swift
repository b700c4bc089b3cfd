/// An arm or a leg: two segments between three joints.
public struct HumanLimb: Hashable, Sendable {
    /// Hip or shoulder.
    public let root: HumanJoint
    /// Knee or elbow.
    public let bend: HumanJoint
    /// Ankle or wrist.
    public let end: HumanJoint

    /// A limb from its root outwards.
    init(root: HumanJoint, bend: HumanJoint, end: HumanJoint) {
        (self.root, self.bend, self.end) = (root, bend, end)
    }

    /// Left leg, right leg, left arm, right arm.
    public static let all = Side.both.map(\.leg) + Side.both.map(\.arm)

    /// The joints from the root outwards.
    public var joints: [HumanJoint] { [root, bend, end] }
    /// The two segments from the root outwards.
    public var segments: [(start: HumanJoint, end: HumanJoint)] { [(root, bend), (bend, end)] }
}
