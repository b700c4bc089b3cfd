public import HumanBody

/// Some of the 22 joints of a person.
public struct JointSet: OptionSet, Hashable, Sendable {
    /// One bit for each joint, by its raw value.
    public let rawValue: UInt32

    /// The joints whose bits are set.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// One joint.
    public init(_ joint: HumanJoint) { rawValue = 1 << UInt32(joint.rawValue) }

    /// All 22.
    public static let all = JointSet(rawValue: (1 << UInt32(HumanJoint.count)) - 1)

    /// Whether a joint is among them.
    public func contains(_ joint: HumanJoint) -> Bool { rawValue >> UInt32(joint.rawValue) & 1 == 1 }

    /// Adds a joint.
    public mutating func insert(_ joint: HumanJoint) { formUnion(JointSet(joint)) }

    /// How many there are.
    public var count: Int { rawValue.nonzeroBitCount }
}
