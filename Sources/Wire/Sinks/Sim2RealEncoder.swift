internal import Geometry
internal import JSON
public import Robots
internal import Timeline

/// The canonical stream of sim2real (EGalahad): JSON with the joints and bodies named in every message, at 50 Hz.
///
/// Velocities are those of the planned curve, so that the receiver need not take differences. `motion_first_frame` makes it realign place and heading, so it is
/// set only where the stream itself begins, and in a few messages, as one may get lost. Once a halted robot rests, and a
/// few messages have said where, `paused` has the receiver hold until the halt is reset.
public struct Sim2RealEncoder: RobotSinkEncoder, ~Copyable {
    /// How many messages at the beginning say that they begin the motion.
    public static let repeatedFirstFrames: Int64 = 5

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { 1 }
    private let workspace: KinematicWorkspace
    private let bodyCount: Int
    private var velocities: BodyVelocities
    private var sequence: Int64 = 0
    /// How every body was turned in the message before: of the two quaternions of a rotation the nearer one is sent, as
    /// receivers interpolate.
    private var rotations: [Quaternion]
    /// Messages in a row of a robot that rests, halted.
    private var haltedMessages: Int64 = 0
    private var writer: MessageWriter

    /// Prepares messages for a robot at a stream rate that is a multiple of 50.
    public init(profile: RobotProfile, streamRate: Int) throws(SinkError) {
        let stride = try profile.stride(toHz50: streamRate)
        let tree: KinematicTree
        do throws(KinematicsError) {
            tree = try KinematicTree(profile)
        } catch {
            throw .kinematics(robot: profile.name, error)
        }
        self.stride = stride
        workspace = KinematicWorkspace(tree)
        bodyCount = tree.bodyNames.count
        velocities = BodyVelocities(profile)
        rotations = Array(repeating: .identity, count: bodyCount)
        let fixed: JSONValue = [
            "source": "kmmd", "joint_names": .array(profile.jointNames.map(JSONValue.string)),
            "body_names": .array(tree.bodyNames.map(JSONValue.string)),
        ]
        let prefix = Array(fixed.encoded.dropLast())
        writer = MessageWriter(prefix: prefix, room: 24 * (2 * profile.jointNames.count + 13 * bodyCount) + 512)
    }

    /// Writes the first of `frames`.
    public mutating func encode(_ frames: some FrameWindow, stamp: ReferenceStamp) -> UnsafeRawBufferPointer? {
        let frame = frames[0]
        workspace.update(frame.configuration)
        velocities.update(frame, workspace)
        writer.begin()
        writer.member("joint_pos", frame.jointPositions)
        writer.member("joint_vel", frame.jointVelocities)
        let (bodies, linear, angular) = (workspace, velocities.linear, velocities.angular)
        writer.member("body_pos_w", count: bodyCount) { bodies.pose(ofBody: $0).translation }
        writer.member("body_lin_vel_w", count: bodyCount) { linear[$0] }
        writer.member("body_ang_vel_w", count: bodyCount) { angular[$0] }
        writer.text(",\"body_quat_w\":[")
        for body in 0..<bodyCount {
            let found = workspace.pose(ofBody: body).rotation
            let rotation = found.dot(rotations[body]) < 0 ? -found : found
            rotations[body] = rotation
            writer.text(body > 0 ? ",[" : "[")
            writer.decimal(rotation.w)
            writer.text(",")
            writer.decimal(rotation.x)
            writer.text(",")
            writer.decimal(rotation.y)
            writer.text(",")
            writer.decimal(rotation.z)
            writer.text("]")
        }
        writer.text("],\"publish_t_ns\":")
        writer.digits(stamp.playNanoseconds)
        writer.text(",\"seq\":")
        writer.digits(sequence)
        writer.text(",\"frame\":")
        writer.digits(frame.frame)
        writer.text(
            sequence < Self.repeatedFirstFrames ? ",\"motion_first_frame\":true" : ",\"motion_first_frame\":false")
        // What was played last is to be seen in motion before it is held.
        let isPaused = haltedMessages >= Self.repeatedFirstFrames
        writer.text(isPaused ? ",\"paused\":true}" : ",\"paused\":false}")
        guard let bytes = writer.end() else { return nil }
        sequence += 1
        haltedMessages = frame.state == .halted && frame.isSettled ? haltedMessages + 1 : 0
        return bytes
    }
}

extension MessageWriter {
    /// A member with a list of numbers.
    fileprivate mutating func member(_ name: StaticString, _ numbers: [Double]) {
        begin(name)
        for index in numbers.indices {
            if index > 0 { text(",") }
            decimal(numbers[index])
        }
        text("]")
    }

    /// A member with a list of vectors.
    fileprivate mutating func member(_ name: StaticString, count: Int, _ vector: (Int) -> Vector3) {
        begin(name)
        for index in 0..<count {
            let value = vector(index)
            text(index > 0 ? ",[" : "[")
            decimal(value.x)
            text(",")
            decimal(value.y)
            text(",")
            decimal(value.z)
            text("]")
        }
        text("]")
    }

    private mutating func begin(_ name: StaticString) {
        text(",\"")
        text(name)
        text("\":[")
    }
}
