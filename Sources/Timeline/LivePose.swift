public import Robots

/// Where a robot that follows a live person shall be with the next frame.
public struct LivePose: Hashable, Sendable {
    /// How it stands with the person.
    public enum State: String, Hashable, Sendable, CaseIterable {
        case ramping, following, predicting, holding
    }

    /// The robot, in its own world.
    public var configuration: RobotConfiguration
    /// Contact of each sole point with the floor in [0, 1].
    public var contacts: [Float]
    /// Whether the robot could stand still like this.
    public var isBalanced: Bool
    /// How it stands with the person.
    public var state: State
    /// When the sensors saw the person like this, CLOCK_MONOTONIC nanoseconds.
    public var sensed: Int64
    /// Frames of the person that are missing so far.
    public var lost: Int
    /// The endless motion that the person's is counted as, with the first bit set, and its frame, for those who track the human
    /// itself; 0 for none.
    public var trajectory: UInt64 = 0
    /// The frame's number.
    public var number = 0

    /// Joins the parts.
    public init(
        configuration: RobotConfiguration, contacts: [Float], isBalanced: Bool, state: State, sensed: Int64, lost: Int
    ) {
        (self.configuration, self.contacts, self.isBalanced) = (configuration, contacts, isBalanced)
        (self.state, self.sensed, self.lost) = (state, sensed, lost)
    }
}

/// Whom a robot is to follow, and with what.
public struct LiveFollow: Hashable, Sendable {
    /// The person's name.
    public var person: [UInt8]
    /// Whether the root and all joints follow, in place of the plan; else some joints do, over the plan.
    public var isWhole: Bool
    /// The joints that follow, by driven joint.
    public var joints: [Bool]
    /// Where to go over to.
    public var pose: LivePose

    /// Joins the parts.
    public init(person: [UInt8], isWhole: Bool, joints: [Bool], pose: LivePose) {
        (self.person, self.isWhole, self.joints, self.pose) = (person, isWhole, joints, pose)
    }
}

/// What a published frame tells of the person whom it follows.
public struct LiveTrace: Hashable, Sendable {
    /// The person's name.
    public var person: [UInt8]
    /// How it stands with the person.
    public var state: LivePose.State
    /// When the sensors saw the person like this, CLOCK_MONOTONIC nanoseconds.
    public var sensed: Int64
    /// Frames of the person that are missing so far.
    public var lost: Int

    /// Joins the parts.
    public init(person: [UInt8], state: LivePose.State, sensed: Int64, lost: Int) {
        (self.person, self.state, self.sensed, self.lost) = (person, state, sensed, lost)
    }
}
