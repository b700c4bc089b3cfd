internal import Geometry
public import Robots
internal import Timeline

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// References for TWIST and TWIST2, and so for RoboJuDo: Redis keys with JSON lists, set 50 times a second.
///
/// A message is a pipeline of `SET` commands of constant length, one for each key; blanks pad the numbers, as JSON allows.
/// Orientation is roll, pitch, yaw about the fixed axes x, y, z; velocities are in the root body's axes.
public struct TwistEncoder: RobotSinkEncoder, ~Copyable {
    /// Which generation reads the keys.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// TWIST: 33 numbers with 25 joints, without the pitch and yaw of the wrists.
        case twist
        /// TWIST2: 35 numbers with 29 joints, keys of the G1 with hands.
        case twist2
    }

    /// The joints of TWIST.
    public static let twistJoints =
        ["left", "right"].flatMap { side in
            ["hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll"].map { "\(side)_\($0)_joint" }
        } + ["waist_yaw_joint", "waist_roll_joint", "waist_pitch_joint"]
        + ["left", "right"].flatMap { side in
            ["shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow", "wrist_roll"].map { "\(side)_\($0)_joint" }
        }

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { 1 }
    /// How many commands a message holds: the server sends as many answers.
    public let commandCount: Int
    private let format: Format
    private let order: [Int]
    /// The hands and the neck, at rest, and what precedes the time.
    private let rest: [UInt8]
    private var writer: MessageWriter

    private static let width = 14

    /// Prepares messages for a Unitree G1 with 29 joints at a stream rate that is a multiple of 50.
    public init(_ format: Format, profile: RobotProfile, streamRate: Int) throws(SinkError) {
        let stride = try profile.stride(toHz50: streamRate)
        func set(_ key: String, length: Int) -> String {
            "*3\r\n$3\r\nSET\r\n$\(key.utf8.count)\r\n\(key)\r\n$\(length)\r\n"
        }
        func zeros(_ key: String, _ count: Int) -> String {
            let value = "[" + Array(repeating: "0.0", count: count).joined(separator: ",") + "]"
            return set(key, length: value.utf8.count) + value + "\r\n"
        }
        let order: JointOrder
        switch format {
        case .twist:
            order = try JointOrder(joints: Self.twistJoints, target: "twist", of: profile)
        case .twist2:
            order = try JointOrder("mujoco", of: profile, count: 29)
        }
        (self.format, self.stride, self.order) = (format, stride, order.places)
        let numbers: Int
        let key: String
        switch format {
        case .twist:
            (numbers, key) = (33, "action_mimic_g1")
            rest = Array(zeros("action_hand_g1", 14).utf8)
            commandCount = 2
        case .twist2:
            let robot = "unitree_g1_with_hands"
            (numbers, key) = (35, "action_body_\(robot)")
            rest = Array(
                (zeros("action_hand_left_\(robot)", 7) + zeros("action_hand_right_\(robot)", 7)
                    + zeros("action_neck_\(robot)", 2) + set("t_action", length: 13)).utf8)
            commandCount = 5
        }
        let body = Array(set(key, length: numbers * (Self.width + 1) + 1).utf8)
        writer = MessageWriter(prefix: body, room: numbers * (Self.width + 1) + rest.count + 64)
    }

    /// Writes the first of `frames`.
    public mutating func encode(_ frames: some FrameWindow, stamp: ReferenceStamp) -> UnsafeRawBufferPointer? {
        let frame = frames[0]
        let rotation = frame.rootRotation
        let velocity = rotation.conjugate.act(frame.rootLinearVelocity)
        let yawRate = rotation.conjugate.act(frame.rootAngularVelocity).z
        let (w, x, y, z) = (rotation.w, rotation.x, rotation.y, rotation.z)
        let roll = atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
        let pitch = asin(min(max(2 * (w * y - z * x), -1), 1))
        let yaw = atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))

        writer.begin()
        writer.text("[")
        switch format {
        case .twist:
            number(frame.rootPosition.z)
            number(roll)
            number(pitch)
            number(yaw)
            number(velocity.x)
            number(velocity.y)
            number(velocity.z)
            number(yawRate)
        case .twist2:
            number(velocity.x)
            number(velocity.y)
            number(frame.rootPosition.z)
            number(roll)
            number(pitch)
            number(yawRate)
        }
        for index in order.indices { number(frame.jointPositions[order[index]], isLast: index == order.count - 1) }
        writer.text("]\r\n")
        writer.bytes(rest)
        if format == .twist2 {
            // Thirteen digits from 2001 to 2286.
            writer.digits(min(max(stamp.wallNanoseconds / 1_000_000, 1_000_000_000_000), 9_999_999_999_999))
            writer.text("\r\n")
        }
        return writer.end()
    }

    private mutating func number(_ value: Double, isLast: Bool = false) {
        // What does not fit the width would break the length that was announced.
        writer.decimal(abs(value) < 1e6 ? value : .nan, width: Self.width)
        if !isLast { writer.text(",") }
    }
}
