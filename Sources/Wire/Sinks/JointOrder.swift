public import Robots

/// The joints of a receiver, as places in the robot's own joint order.
public struct JointOrder: Hashable, Sendable {
    /// Place of the receiver's joint `i` in the robot's order.
    public let places: [Int]
    /// The receiver's names.
    public let names: [String]

    /// The order that a profile gives for a target (`mujoco`, `isaaclab`, …).
    ///
    /// - Parameters:
    ///   - target: Name of the target.
    ///   - profile: The robot.
    ///   - count: How many joints the format has room for; nil for any number.
    /// - Throws: What the profile lacks.
    public init(_ target: String, of profile: RobotProfile, count: Int? = nil) throws(SinkError) {
        guard let order = profile.targets[target] else { throw .noTarget(robot: profile.name, target: target) }
        try self.init(joints: order.joints, names: order.names, target: target, of: profile)
        if let count, places.count != count {
            throw .jointCount(robot: profile.name, found: places.count, expected: count)
        }
    }

    /// The joints of these names, in their order.
    public init(
        joints: [String], names: [String]? = nil, target: String, of profile: RobotProfile
    ) throws(SinkError) {
        let own = profile.jointNames
        var places: [Int] = []
        for joint in joints {
            guard let place = own.firstIndex(of: joint) else {
                throw .unknownJoint(robot: profile.name, target: target, joint: joint)
            }
            places.append(place)
        }
        self.places = places
        self.names = names ?? joints
    }
}

extension RobotProfile {
    /// How many stream frames make one of a format that is sent 50 times a second.
    func stride(toHz50 streamRate: Int) throws(SinkError) -> Int {
        guard streamRate >= 50, streamRate.isMultiple(of: 50) else { throw .rate(robot: name, found: streamRate) }
        return streamRate / 50
    }
}
