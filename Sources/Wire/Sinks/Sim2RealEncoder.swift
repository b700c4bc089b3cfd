internal import Geometry
internal import JSON
public import Robots
internal import Timeline

/// The canonical stream of sim2real (EGalahad): JSON with the joints and bodies named in every message, at 50 Hz.
///
/// Velocities are left to the receiver's own differences. `motion_first_frame` makes it realign place and heading, so it is
/// set only where the stream itself begins, and in a few messages, as one may get lost. Once a halted robot rests, and a
/// few messages have said where, `paused` has the receiver hold until the halt is reset.
public struct Sim2RealEncoder: SinkEncoder, ~Copyable {
    /// How many messages at the beginning say that they begin the motion.
    public static let repeatedFirstFrames: Int64 = 5

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { 1 }
    private let workspace: KinematicWorkspace
    private let bodyCount: Int
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
        rotations = Array(repeating: .identity, count: bodyCount)
        let fixed: JSONValue = [
            "source": "kmmd", "joint_names": .array(profile.jointNames.map(JSONValue.string)),
            "body_names": .array(tree.bodyNames.map(JSONValue.string)),
        ]
        let prefix = Array(fixed.encoded.dropLast())
        writer = MessageWriter(prefix: prefix, room: 24 * (profile.jointNames.count + 7 * bodyCount) + 512)
    }

    /// Writes the first of `frames`.
    public mutating func encode(_ frames: some FrameWindow, stamp: ReferenceStamp) -> UnsafeRawBufferPointer? {
        let frame = frames[0]
        workspace.update(frame.configuration)
        writer.begin()
        writer.text(",\"joint_pos\":[")
        for joint in frame.jointPositions.indices {
            if joint > 0 { writer.text(",") }
            writer.decimal(frame.jointPositions[joint])
        }
        writer.text("],\"body_pos_w\":[")
        for body in 0..<bodyCount {
            let position = workspace.pose(ofBody: body).translation
            writer.text(body > 0 ? ",[" : "[")
            writer.decimal(position.x)
            writer.text(",")
            writer.decimal(position.y)
            writer.text(",")
            writer.decimal(position.z)
            writer.text("]")
        }
        writer.text("],\"body_quat_w\":[")
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
