internal import Geometry
public import Robots
internal import Timeline

/// SONIC's streamed motion, version 1: robot joints (GR00T-WholeBodyControl; topic `pose`, 50 Hz).
///
/// Every message is a window of future frames, one frame further than the one before. The receiver merges it into what
/// it has: frames from the window's first on are replaced. Its motion ends `lookAhead` frames before the last one known,
/// so the window reaches that far beyond the frame of now, and `margin` frames more for what the network delays or
/// loses. As the window's first and last frame rise with every message, also while the robot holds, nothing makes the
/// receiver begin anew and match its heading again. A receiver whose clock is fast runs ahead, in the end by the margin:
/// a long one would let it play frames that are replaced later.
public struct SonicEncoder: RobotSinkEncoder, ~Copyable {
    /// How far the receiver's default policy looks ahead: 10 frames, 5 apart.
    public static let defaultLookAhead = 46
    /// Topic of the messages.
    public static let topic = "pose"

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { (count - 1) * stride + 1 }
    private let count: Int
    private let order: [Int]
    private var writer: MessageWriter

    /// Prepares messages for a robot.
    ///
    /// - Parameters:
    ///   - profile: The robot; its target `isaaclab` gives the joint order.
    ///   - streamRate: Frames per second of the stream, a multiple of 50.
    ///   - lookAhead: Frames (at 50 Hz) that the receiver's policy looks ahead.
    ///   - margin: Frames (at 50 Hz) that the window is longer.
    /// - Throws: What the profile or the rate cannot give.
    public init(
        profile: RobotProfile, streamRate: Int, lookAhead: Int = defaultLookAhead, margin: Int = 8
    ) throws(SinkError) {
        let stride = try profile.stride(toHz50: streamRate)
        let order = try JointOrder("isaaclab", of: profile, count: 29).places
        let count = max(lookAhead, 1) + max(margin, 1)
        let layout: [(name: String, type: String, shape: [Int])] = [
            ("body_quat", "f32", [count, 4]), ("frame_index", "i64", [count]),
            ("joint_pos", "f32", [count, order.count]), ("joint_vel", "f32", [count, order.count]),
            ("catch_up", "u8", [1]),
        ]
        let head: [UInt8]
        do throws(StreamMessageError) {
            head = try StreamMessage.head(topic: Self.topic, version: 1, count: count, layout: layout)
        } catch {
            throw .layout(error)
        }
        (self.stride, self.order, self.count) = (stride, order, count)
        writer = MessageWriter(prefix: head, room: count * (24 + 8 * order.count) + 1)
    }

    /// Writes the window that begins with the first of `frames`.
    public mutating func encode(_ frames: some FrameWindow, stamp: ReferenceStamp) -> UnsafeRawBufferPointer? {
        writer.begin()
        for index in 0..<count {
            let rotation = frames[index * stride].rootRotation
            writer.float(rotation.w)
            writer.float(rotation.x)
            writer.float(rotation.y)
            writer.float(rotation.z)
        }
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
        // Planned motion is never skipped to catch up.
        writer.byte(0)
        return writer.end()
    }
}

/// SONIC's messages of the topic `command`, which start and stop the robot's control.
public struct SonicCommand: Hashable, Sendable {
    /// Starts control with streamed motion as its input. May be repeated.
    public static let start = SonicCommand(start: 1, stop: 0)
    /// Ends control.
    public static let stop = SonicCommand(start: 0, stop: 1)

    /// The message.
    public let bytes: [UInt8]

    private init(start: UInt8, stop: UInt8) {
        // 0 asks for streamed motion, 1 for the robot's own planner.
        let fields: [(name: String, value: UInt8)] = [("start", start), ("stop", stop), ("planner", 0)]
        let layout = fields.map { (name: $0.name, type: "u8", shape: [1]) }
        let head = try? StreamMessage.head(topic: "command", version: 1, count: 1, layout: layout)
        bytes = (head ?? []) + fields.map(\.value)
    }
}
