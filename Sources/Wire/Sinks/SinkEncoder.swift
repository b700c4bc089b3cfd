public import Robots
public import Timeline

extension LookAhead: FrameWindow {}
extension [PublishedFrame]: FrameWindow {}

/// Writes references in the format of one kind of receiver, message after message into the same memory.
public protocol SinkEncoder: ~Copyable {
    /// How many stream frames lie between two messages.
    var stride: Int { get }
    /// How many stream frames a message is made of: the window must hold as many.
    var frameCount: Int { get }
    /// For how many of them it needs the human behind the robot's motion.
    var personCount: Int { get }
    /// Writes the message for the windows' first frame. Allocates nothing.
    ///
    /// - Parameters:
    ///   - frames: The next frames of the stream.
    ///   - people: The human of each of them; nil where none is known.
    ///   - stamp: When the first of them is published.
    /// - Returns: The message's bytes, valid until the next call; nil when a number is not finite, as no such number leaves
    ///   the process, or when frames or humans that the format needs are missing.
    mutating func encode(
        _ frames: some FrameWindow, people: (some PersonWindow)?, stamp: ReferenceStamp
    ) -> UnsafeRawBufferPointer?
}

/// Writes the robot's references alone.
public protocol RobotSinkEncoder: SinkEncoder, ~Copyable {
    /// Writes the message for the window's first frame. Allocates nothing.
    ///
    /// - Parameters:
    ///   - frames: The next frames of the stream.
    ///   - stamp: When the first of them is published.
    /// - Returns: The message's bytes, valid until the next call; nil when a number is not finite.
    mutating func encode(_ frames: some FrameWindow, stamp: ReferenceStamp) -> UnsafeRawBufferPointer?
}

extension RobotSinkEncoder where Self: ~Copyable {
    /// None.
    public var personCount: Int { 0 }

    /// Writes the message without looking at the humans.
    public mutating func encode(
        _ frames: some FrameWindow, people: (some PersonWindow)?, stamp: ReferenceStamp
    ) -> UnsafeRawBufferPointer? {
        encode(frames, stamp: stamp)
    }
}

/// Why a robot's references cannot be written in a format.
public enum SinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The profile does not say in which order the receiver wants the joints.
    case noTarget(robot: String, target: String)
    /// The target names a joint that the robot does not have.
    case unknownJoint(robot: String, target: String, joint: String)
    /// The format has room for another number of joints.
    case jointCount(robot: String, found: Int, expected: Int)
    /// The format is sent 50 times a second, and the stream's rate is no multiple of that.
    case rate(robot: String, found: Int)
    /// The robot's kinematics cannot be computed.
    case kinematics(robot: String, KinematicsError)
    /// A field is too long for the format.
    case layout(StreamMessageError)

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .noTarget(let robot, let target):
            "the profile of \(robot) has no /targets/\(target): a list of the joints in that order is needed"
        case .unknownJoint(let robot, let target, let joint):
            "/targets/\(target) in the profile of \(robot) names \"\(joint)\", which is no driven joint"
        case .jointCount(let robot, let found, let expected):
            "the format carries \(expected) joints, \(robot) has \(found) for it"
        case .rate(let robot, let found):
            "the format is sent at 50 Hz; the stream of \(robot) has \(found) Hz, which is no multiple"
        case .kinematics(let robot, let error): "the kinematics of \(robot) cannot be computed: \(error)"
        case .layout(let error): "the message cannot be laid out: \(error)"
        }
    }
}
