internal import Geometry
public import Robots
internal import Timeline

/// HoloMotion's references, one frame a message at 50 Hz: `reference_qpos` (from 1.4 on) or `obs65` (1.3, and OMG).
public struct HoloMotionEncoder: RobotSinkEncoder, ~Copyable {
    /// What a message holds.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// Root position, root orientation, 29 joints; frame index and UTC time.
        case referenceQPos = "reference_qpos"
        /// 29 joints, their velocities, root position, root orientation.
        case obs65
    }

    /// How many stream frames lie between two messages.
    public let stride: Int
    /// How many stream frames a message is made of.
    public var frameCount: Int { 1 }
    private let format: Format
    private let order: [Int]
    private var writer: MessageWriter

    /// Prepares messages for a robot, whose target `mujoco` gives the joint order, at a stream rate that is a multiple
    /// of 50.
    public init(_ format: Format, profile: RobotProfile, streamRate: Int) throws(SinkError) {
        let stride = try profile.stride(toHz50: streamRate)
        let order = try JointOrder("mujoco", of: profile, count: 29).places
        let layout: [(name: String, type: String, shape: [Int])] =
            switch format {
            case .referenceQPos:
                [
                    ("reference_qpos", "f32", [36]), ("frame_index", "i64", [1]), ("timestamp_realtime", "f64", [1]),
                ]
            case .obs65: [("latest_obs", "f32", [65])]
            }
        let head: [UInt8]
        do throws(StreamMessageError) {
            head = try StreamMessage.head(topic: format.rawValue, version: 1, count: 1, layout: layout)
        } catch {
            throw .layout(error)
        }
        (self.format, self.stride, self.order) = (format, stride, order)
        writer = MessageWriter(prefix: head, room: 65 * 4 + 16)
    }

    /// Writes the first of `frames`.
    public mutating func encode(_ frames: some FrameWindow, stamp: ReferenceStamp) -> UnsafeRawBufferPointer? {
        let frame = frames[0]
        writer.begin()
        switch format {
        case .referenceQPos:
            writeRoot(frame)
            for place in order { writer.float(frame.jointPositions[place]) }
            writer.integer(frame.frame / Int64(stride))
            writer.double(Double(stamp.playNanoseconds) * 1e-9)
        case .obs65:
            for place in order { writer.float(frame.jointPositions[place]) }
            for place in order { writer.float(frame.jointVelocities[place]) }
            writeRoot(frame)
        }
        return writer.end()
    }

    private mutating func writeRoot(_ frame: borrowing PublishedFrame) {
        writer.float(frame.rootPosition.x)
        writer.float(frame.rootPosition.y)
        writer.float(frame.rootPosition.z)
        writer.float(frame.rootRotation.w)
        writer.float(frame.rootRotation.x)
        writer.float(frame.rootRotation.y)
        writer.float(frame.rootRotation.z)
    }
}
