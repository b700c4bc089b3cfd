internal import Geometry
public import Robots
internal import Timeline

/// SONIC's streamed motion, version 3: the human itself, and of the robot only the wrists (topic `pose`, 50 Hz).
public struct SonicSMPLEncoder: ~Copyable {
    /// How far the receiver's SMPL policy looks ahead.
    public static let defaultLookAhead = 10

    /// How many frames a message holds.
    public let count: Int
    private let order: [Int]
    private var writer: MessageWriter

    /// Prepares messages for a robot whose target `isaaclab` gives the joint order.
    ///
    /// - Parameters:
    ///   - profile: The robot.
    ///   - lookAhead: Frames that the receiver's policy looks ahead.
    ///   - margin: Frames that the window is longer.
    /// - Throws: What the profile cannot give.
    public init(
        profile: RobotProfile, lookAhead: Int = defaultLookAhead, margin: Int = 8
    ) throws(SinkError) {
        let order = try JointOrder("isaaclab", of: profile, count: 29).places
        let count = max(lookAhead, 1) + max(margin, 1)
        let head: [UInt8]
        do throws(StreamMessageError) {
            head = try StreamMessage.head(
                topic: SonicEncoder.topic, version: 3, count: count,
                layout: [
                    ("body_quat", "f32", [count, 4]), ("frame_index", "i64", [count]),
                    ("joint_pos", "f32", [count, 29]), ("joint_vel", "f32", [count, 29]),
                    ("smpl_joints", "f32", [count, 24, 3]), ("smpl_pose", "f32", [count, 21, 3]),
                    ("catch_up", "u8", [1]),
                ])
        } catch {
            throw .layout(error)
        }
        (self.order, self.count) = (order, count)
        writer = MessageWriter(prefix: head, room: count * (24 + 8 * 29 + 12 * 45) + 1)
    }

    /// Writes a window; `people` holds the human of each of its frames. Nil when a number is not finite, or a frame lacks
    /// its human.
    public mutating func encode(_ frames: some FrameWindow, people: [SMPLPose]) -> UnsafeRawBufferPointer? {
        guard people.count >= count, frames.count >= count else { return nil }
        writer.begin()
        for index in 0..<count { writer.quaternion(people[index].rootRotation) }
        for index in 0..<count { writer.integer(frames[index].frame) }
        for index in 0..<count {
            let frame = frames[index]
            for place in order { writer.float(frame.jointPositions[place]) }
        }
        for index in 0..<count {
            let frame = frames[index]
            for place in order { writer.float(frame.jointVelocities[place]) }
        }
        for index in 0..<count { for joint in people[index].joints { writer.vector(joint) } }
        for index in 0..<count { for rotation in people[index].rotations { writer.vector(rotation) } }
        writer.byte(0)
        return writer.end()
    }
}

/// LeRobot's SMPL reference for the G1 (`rt/smpl`): one frame a message at 50 Hz, JSON.
public struct LeRobotSMPLEncoder: ~Copyable {
    private var writer = MessageWriter(
        prefix: Array(#"{"topic":"rt/smpl","data":{"smpl_joints_local":["#.utf8), room: 4096)

    /// Prepares messages.
    public init() {}

    /// Writes the human of a frame; nil when a number is not finite.
    public mutating func encode(_ person: SMPLPose, frame: Int64) -> UnsafeRawBufferPointer? {
        writer.begin()
        writer.list(person.joints)
        writer.text("],\"frame_index\":")
        writer.digits(frame)
        writer.text(",\"root_quat\":[")
        writer.list(person.rootRotation)
        writer.text("],\"root_transl\":[")
        writer.list([person.rootPosition])
        writer.text("]}}")
        return writer.end()
    }
}

/// sim2real's SMPL stream: windows of ten frames at 50 Hz, JSON.
public struct Sim2RealSMPLEncoder: ~Copyable {
    /// How many frames a message holds.
    public static let count = 10

    private let jointCount: Int
    private var sequence: Int64 = 0
    private var writer: MessageWriter

    /// Prepares messages for a robot.
    public init(profile: RobotProfile) {
        let names = JSONValue.array(profile.jointNames.map(JSONValue.string))
        let fixed: JSONValue = ["topic": "pose", "version": 3, "joint_names": names]
        jointCount = profile.jointNames.count
        writer = MessageWriter(
            prefix: Array(fixed.encoded.dropLast()), room: Self.count * 24 * (2 * jointCount + 3 * 45 + 4) + 1024)
    }

    /// Writes a window of past frames; `people` holds the human of each.
    ///
    /// - Parameters:
    ///   - frames: The robot's frames, the newest last.
    ///   - people: The human of each frame.
    ///   - nanoseconds: UTC when the newest frame is carried out.
    /// - Returns: The message; nil when a number is not finite, or there are fewer frames than a message holds.
    public mutating func encode(
        _ frames: some FrameWindow, people: [SMPLPose], newestAt nanoseconds: Int64
    ) -> UnsafeRawBufferPointer? {
        let count = Self.count
        guard people.count >= count, frames.count >= count else { return nil }
        writer.begin()
        matrix(",\"smpl_body_pose_aa\":[[") { $0.triples(people[$1].rotations) }
        matrix(",\"smpl_joint_pos_root\":[[") { $0.triples(people[$1].joints) }
        matrix(",\"smpl_root_quat_w\":[[") { $0.list(people[$1].rootRotation) }
        matrix(",\"joint_pos\":[[") { $0.list(frames[$1].jointPositions) }
        matrix(",\"joint_vel\":[[") { $0.list(frames[$1].jointVelocities) }
        writer.text(",\"frame_index\":[")
        for index in 0..<count {
            if index > 0 { writer.text(",") }
            writer.digits(frames[index].frame)
        }
        writer.text("],\"publish_t_ns\":[")
        writer.digits(nanoseconds)
        writer.text("],\"motion_first_frame\":[")
        writer.text(sequence < Sim2RealEncoder.repeatedFirstFrames ? "true" : "false")
        writer.text("]}")
        guard let bytes = writer.end() else { return nil }
        sequence += 1
        return bytes
    }

    private mutating func matrix(_ head: StaticString, _ row: (inout MessageWriter, Int) -> Void) {
        writer.text(head)
        for index in 0..<Self.count {
            if index > 0 { writer.text("],[") }
            row(&writer, index)
        }
        writer.text("]]")
    }
}

extension MessageWriter {
    mutating func quaternion(_ rotation: Quaternion) {
        float(rotation.w)
        float(rotation.x)
        float(rotation.y)
        float(rotation.z)
    }

    mutating func vector(_ vector: Vector3) {
        float(vector.x)
        float(vector.y)
        float(vector.z)
    }

    mutating func list(_ values: [Double]) {
        for index in values.indices {
            if index > 0 { text(",") }
            decimal(values[index])
        }
    }

    mutating func list(_ rotation: Quaternion) {
        decimal(rotation.w)
        text(",")
        decimal(rotation.x)
        text(",")
        decimal(rotation.y)
        text(",")
        decimal(rotation.z)
    }

    mutating func list(_ vectors: [Vector3]) {
        for index in vectors.indices {
            if index > 0 { text(",") }
            decimal(vectors[index].x)
            text(",")
            decimal(vectors[index].y)
            text(",")
            decimal(vectors[index].z)
        }
    }

    mutating func triples(_ vectors: [Vector3]) {
        for index in vectors.indices {
            text(index > 0 ? ",[" : "[")
            list([vectors[index]])
            text("]")
        }
    }
}
