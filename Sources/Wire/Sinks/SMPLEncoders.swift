internal import Geometry
public import Robots
internal import Timeline

/// SONIC's streamed motion, version 3: the human itself, and of the robot only the wrists (topic `pose`, 50 Hz).
public struct SonicSMPLEncoder: SinkEncoder, ~Copyable {
    /// How far the receiver's SMPL policy looks ahead.
    public static let defaultLookAhead = 10
    /// How much longer a window is: for so many frames a receiver on a busy machine goes on when messages are late.
    public static let defaultMargin = 30

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { (count - 1) * stride + 1 }
    /// Each frame's human.
    public var personCount: Int { frameCount }
    private let count: Int
    private let order: [Int]
    private var writer: MessageWriter

    /// Prepares messages for a robot whose target `isaaclab` gives the joint order.
    ///
    /// - Parameters:
    ///   - profile: The robot.
    ///   - streamRate: Frames per second of the stream, a multiple of 50.
    ///   - lookAhead: Frames (at 50 Hz) that the receiver's policy looks ahead.
    ///   - margin: Frames (at 50 Hz) that the window is longer.
    /// - Throws: What the profile or the rate cannot give.
    public init(
        profile: RobotProfile, streamRate: Int, lookAhead: Int = defaultLookAhead, margin: Int = defaultMargin
    ) throws(SinkError) {
        let stride = try profile.stride(toHz50: streamRate)
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
        (self.stride, self.order, self.count) = (stride, order, count)
        writer = MessageWriter(prefix: head, room: count * (24 + 8 * 29 + 12 * 45) + 1)
    }

    /// Writes the window that begins with the first of `frames`.
    public mutating func encode(
        _ frames: some FrameWindow, people: (some PersonWindow)?, stamp: ReferenceStamp
    ) -> UnsafeRawBufferPointer? {
        guard let people, people.count >= personCount, frames.count >= frameCount else { return nil }
        writer.begin()
        for index in 0..<count { writer.quaternion(people[index * stride].rootRotation) }
        let first = frames[0].frame / Int64(stride)
        for index in 0..<count { writer.integer(first + Int64(index)) }
        for index in 0..<count {
            let frame = frames[index * stride]
            for place in order { writer.float(frame.jointPositions[place]) }
        }
        for index in 0..<count {
            let frame = frames[index * stride]
            for place in order { writer.float(frame.jointVelocities[place]) }
        }
        for index in 0..<count { for joint in people[index * stride].joints { writer.vector(joint) } }
        for index in 0..<count { for rotation in people[index * stride].rotations { writer.vector(rotation) } }
        // Planned motion is never skipped to catch up.
        writer.byte(0)
        return writer.end()
    }
}

/// LeRobot's SMPL reference for the G1 (`rt/smpl`): one frame a message at 50 Hz, JSON.
public struct LeRobotSMPLEncoder: SinkEncoder, ~Copyable {
    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { 1 }
    /// The frame's human.
    public var personCount: Int { 1 }
    private var writer = MessageWriter(
        prefix: Array(#"{"topic":"rt/smpl","data":{"smpl_joints_local":["#.utf8), room: 4096)

    /// Prepares messages for a robot; the stream's rate is a multiple of 50.
    public init(profile: RobotProfile, streamRate: Int) throws(SinkError) {
        stride = try profile.stride(toHz50: streamRate)
    }

    /// Writes the human of the first of `frames`.
    public mutating func encode(
        _ frames: some FrameWindow, people: (some PersonWindow)?, stamp: ReferenceStamp
    ) -> UnsafeRawBufferPointer? {
        guard let people, people.count > 0, frames.count > 0 else { return nil }
        let person = people[0]
        writer.begin()
        writer.list(person.joints)
        writer.text("],\"frame_index\":")
        writer.digits(frames[0].frame / Int64(stride))
        writer.text(",\"root_quat\":[")
        writer.list(person.rootRotation)
        writer.text("],\"root_transl\":[")
        writer.list(person.rootPosition)
        writer.text("]}}")
        return writer.end()
    }
}

/// sim2real's SMPL stream: the last ten frames at 50 Hz, JSON.
public struct Sim2RealSMPLEncoder: SinkEncoder, ~Copyable {
    /// How many frames a message holds.
    public static let count = 10

    private struct Past {
        var frame: Int64 = 0
        var positions: [Double]
        var velocities: [Double]
        var person = SMPLPose()
    }

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of; those before it the encoder remembers.
    public var frameCount: Int { 1 }
    /// The frame's human.
    public var personCount: Int { 1 }
    private var past: [Past]
    private var oldest = 0
    private var sequence: Int64 = 0
    private var writer: MessageWriter

    /// Prepares messages for a robot; the stream's rate is a multiple of 50.
    public init(profile: RobotProfile, streamRate: Int) throws(SinkError) {
        stride = try profile.stride(toHz50: streamRate)
        let names = JSONValue.array(profile.jointNames.map(JSONValue.string))
        let fixed: JSONValue = ["topic": "pose", "version": 3, "joint_names": names]
        let joints = profile.jointNames.count
        // Each with storage of its own, so that no message copies any.
        past = (0..<Self.count).map { _ in
            Past(positions: Array(repeating: 0, count: joints), velocities: Array(repeating: 0, count: joints))
        }
        writer = MessageWriter(
            prefix: Array(fixed.encoded.dropLast()), room: Self.count * 24 * (2 * joints + 3 * 45 + 4) + 1024)
    }

    /// Writes the window that ends with the first of `frames`; before the first message the robot stood as in that.
    public mutating func encode(
        _ frames: some FrameWindow, people: (some PersonWindow)?, stamp: ReferenceStamp
    ) -> UnsafeRawBufferPointer? {
        guard let people, people.count > 0, frames.count > 0, frames[0].jointPositions.count == past[0].positions.count
        else {
            return nil
        }
        let frame = frames[0]
        if sequence == 0 {
            for index in 0..<Self.count { remember(frame, people[0], at: index, later: index - Self.count + 1) }
        } else {
            remember(frame, people[0], at: oldest, later: 0)
            oldest = (oldest + 1) % Self.count
        }
        writer.begin()
        matrix(",\"smpl_body_pose_aa\":[[") { $0.triples($1.person.rotations) }
        matrix(",\"smpl_joint_pos_root\":[[") { $0.triples($1.person.joints) }
        matrix(",\"smpl_root_quat_w\":[[") { $0.list($1.person.rootRotation) }
        matrix(",\"joint_pos\":[[") { $0.list($1.positions) }
        matrix(",\"joint_vel\":[[") { $0.list($1.velocities) }
        writer.text(",\"frame_index\":[")
        for index in 0..<Self.count {
            if index > 0 { writer.text(",") }
            writer.digits(past[(oldest + index) % Self.count].frame)
        }
        writer.text("],\"publish_t_ns\":[")
        writer.digits(stamp.playNanoseconds)
        writer.text("],\"motion_first_frame\":[")
        writer.text(sequence < Sim2RealEncoder.repeatedFirstFrames ? "true" : "false")
        writer.text("]}")
        sequence += 1
        return writer.end()
    }

    private mutating func remember(_ frame: PublishedFrame, _ person: SMPLPose, at index: Int, later: Int) {
        past[index].frame = frame.frame / Int64(stride) + Int64(later)
        for joint in past[index].positions.indices {
            past[index].positions[joint] = frame.jointPositions[joint]
            past[index].velocities[joint] = frame.jointVelocities[joint]
        }
        past[index].person.copy(person)
    }

    private mutating func matrix(_ head: StaticString, _ row: (inout MessageWriter, borrowing Past) -> Void) {
        writer.text(head)
        for index in 0..<Self.count {
            if index > 0 { writer.text("],[") }
            row(&writer, past[(oldest + index) % Self.count])
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

    mutating func list(_ vector: Vector3) {
        decimal(vector.x)
        text(",")
        decimal(vector.y)
        text(",")
        decimal(vector.z)
    }

    mutating func list(_ vectors: [Vector3]) {
        for index in vectors.indices {
            if index > 0 { text(",") }
            list(vectors[index])
        }
    }

    mutating func triples(_ vectors: [Vector3]) {
        for index in vectors.indices {
            text(index > 0 ? ",[" : "[")
            list(vectors[index])
            text("]")
        }
    }
}
