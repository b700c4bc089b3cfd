import Geometry
import HumanBody
import JSON
import Wire

/// The SMPL messages that whole-body controllers read, and that kmmd sends itself: `sonic_smpl`, `sim2real_smpl`,
/// `lerobot_smpl`. So the daemon stands between an existing sender and any robot.
public struct SMPLMessageDecoder: PersonDecoder {
    /// Whose messages are read.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// SONIC's streamed motion, versions 2 and 3: topic `pose`, a window of frames at 50 Hz.
        case sonic = "sonic_smpl"
        /// sim2real's SMPL stream: JSON, the last ten frames at 50 Hz.
        case sim2real = "sim2real_smpl"
        /// LeRobot's `rt/smpl`: JSON, positions of 24 joints.
        case lerobot = "lerobot_smpl"
    }

    private static let period: Int64 = 20_000_000
    private static let mostFrames = 256

    private let format: Format
    private let name: String
    private var last: Int64?

    /// A reader of one sender's messages; the formats have no names, so the person is called `name`.
    public init(_ format: Format, name: String? = nil) {
        self.format = format
        self.name = name ?? format.rawValue
    }

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        let frames: [Indexed]
        switch format {
        case .sonic: frames = try sonic(packet)
        case .sim2real: frames = try sim2real(packet)
        case .lerobot: frames = try lerobot(packet)
        }
        // Windows overlap; an index that falls far is a new start of the sender.
        if let newest = frames.last?.index, let known = last, newest < known - 100 { last = nil }
        let new = frames.filter { frame in last.map { frame.index > $0 } ?? true }
        // Of a sender's first window only the newest frame is of now.
        let taken = last == nil ? Array(new.suffix(1)) : new
        if let newest = taken.last?.index { last = newest }
        return taken.map(\.frame)
    }

    private struct Indexed {
        var index: Int64
        var frame: PersonFrame
    }

    /// A frame of 21 rotation vectors and the root's orientation with z up and SMPL's base taken away.
    private func frame(
        _ index: Int64, root: [Double], pose: ArraySlice<Double>, time: Int64?
    ) throws(PersonStreamError) -> Indexed {
        guard root.count == 4, pose.count == 63 else {
            throw .malformed("a frame needs 63 numbers of pose and 4 of root")
        }
        try Self.check(index)
        guard let base = Quaternion(w: root[0], x: root[1], y: root[2], z: root[3]).checked(),
            pose.allSatisfy({ $0.isFinite && abs($0) < 100 })
        else { throw .unusableNumber("frame \(index)") }
        var local: [Quaternion?] = [AxisConvention.zUp.rotation(base)]
        for joint in 0..<21 {
            let at = pose.startIndex + 3 * joint
            local.append(Quaternion(rotationVector: Vector3(pose[at], pose[at + 1], pose[at + 2])))
        }
        let stamp = SenderStamp(time: time ?? index * Self.period, sequence: index)
        return Indexed(index: index, frame: PersonFrame(name: name, stamp: stamp, local: local))
    }

    /// Refuses numbers of frames that no sender comes to.
    private static func check(_ index: Int64) throws(PersonStreamError) {
        guard index.magnitude < 100_000_000_000 else { throw .unusableNumber("frame_index") }
    }

    // MARK: Formats

    private func sonic(_ packet: [UInt8]) throws(PersonStreamError) -> [Indexed] {
        let message: StreamMessage
        do throws(StreamMessageError) { message = try StreamMessage(decoding: packet) } catch {
            throw .malformed("no message of the container: \(error)")
        }
        func field(_ names: String...) -> StreamMessage.Field? { message.fields.first { names.contains($0.name) } }
        guard let index = field("frame_index")?.elements.integers, let poses = field("smpl_pose")?.elements.numbers,
            let roots = field("body_quat", "body_quat_w")?.elements.numbers
        else { throw .nobody("`frame_index`, `smpl_pose` or `body_quat` is missing") }
        let count = index.count
        guard count > 0, count <= Self.mostFrames, poses.count == 63 * count, roots.count == 4 * count else {
            throw .malformed("\(count) frames, but \(poses.count) numbers of pose and \(roots.count) of root")
        }
        // A sender that lives through the motion tells the time of its last frame; a planned window begins now.
        let isLive = message.fields.contains { $0.name.hasPrefix("timestamp") }
        var frames: [Indexed] = []
        for place in 0..<(isLive ? count : 1) {
            frames.append(
                try frame(
                    index[place], root: Array(roots[4 * place..<4 * place + 4]),
                    pose: poses[63 * place..<63 * place + 63], time: nil))
        }
        return frames
    }

    private func parse(_ packet: [UInt8]) throws(PersonStreamError) -> JSONValue {
        // A topic may stand before the object.
        guard let start = packet.firstIndex(of: UInt8(ascii: "{")) else { throw .malformed("it is no JSON object") }
        do throws(JSONSyntaxError) { return try JSONValue(parsing: packet[start...], maximumDepth: 16) } catch {
            throw .malformed("its JSON cannot be read: \(error.reason)")
        }
    }

    private func sim2real(_ packet: [UInt8]) throws(PersonStreamError) -> [Indexed] {
        let json = try parse(packet)
        guard let index = json["frame_index"]?.array?.map(\.integer), let poses = json["smpl_body_pose_aa"]?.array,
            let roots = json["smpl_root_quat_w"]?.array
        else { throw .nobody("`frame_index`, `smpl_body_pose_aa` or `smpl_root_quat_w` is missing") }
        guard index.count <= Self.mostFrames, poses.count == index.count, roots.count == index.count else {
            throw .malformed("\(index.count) frames, but \(poses.count) poses and \(roots.count) roots")
        }
        var frames: [Indexed] = []
        for place in index.indices {
            guard let number = index[place], let root = roots[place].numbers, let pose = poses[place].numbers else {
                throw .malformed("frame \(place) is no list of numbers")
            }
            frames.append(try frame(number, root: root, pose: pose[...], time: nil))
        }
        return frames
    }

    private func lerobot(_ packet: [UInt8]) throws(PersonStreamError) -> [Indexed] {
        let json = try parse(packet)
        guard let data = json["data"], let index = data["frame_index"]?.integer,
            let joints = data["smpl_joints_local"]?.numbers, let root = data["root_quat"]?.numbers
        else { throw .nobody("`smpl_joints_local`, `root_quat` or `frame_index` is missing") }
        try Self.check(index)
        guard joints.count == 72, root.count == 4 else { throw .malformed("24 joints have 72 numbers, a root 4") }
        guard let base = Quaternion(w: root[0], x: root[1], y: root[2], z: root[3]).checked() else {
            throw .unusableNumber("root_quat")
        }
        let axes = AxisConvention.zUp
        var there: [Vector3] = []
        for at in stride(from: 0, to: joints.count, by: 3) {
            let place = Vector3(joints[at], joints[at + 1], joints[at + 2])
            guard place.isPlace else { throw .unusableNumber("smpl_joints_local") }
            there.append(axes.position(base.act(place)))
        }
        var points = BodyPoints()
        for joint in HumanJoint.allCases { points.joints[joint] = there[joint.rawValue] }
        (points.hands[.left], points.hands[.right]) = (there[22], there[23])
        var pelvis: Vector3?
        if let place = data["root_transl"]?.numbers, place.count == 3 {
            pelvis = axes.position(Vector3(place[0], place[1], place[2]))
            guard pelvis?.isPlace == true else { throw .unusableNumber("root_transl") }
        }
        guard let pose = points.pose() else { throw .nobody("the joints make no body") }
        let stamp = SenderStamp(time: index * Self.period, sequence: index)
        var world = pose.world
        world[.pelvis] = axes.rotation(base)
        return [
            Indexed(
                index: index,
                frame: PersonFrame(name: name, stamp: stamp, world: world, pelvis: pelvis, leg: pose.legLength))
        ]
    }
}

extension JSONValue {
    /// The numbers of a list of numbers, lists in it opened.
    var numbers: [Double]? {
        guard let array else { return nil }
        var numbers: [Double] = []
        for element in array {
            if let number = element.number {
                numbers.append(number)
            } else if let inner = element.numbers {
                numbers += inner
            } else {
                return nil
            }
        }
        return numbers
    }
}

extension StreamMessage.Elements {
    /// The elements as numbers, whatever their type.
    var numbers: [Double] {
        switch self {
        case .float(let values): values.map(Double.init)
        case .double(let values): values
        case .integer(let values): values.map(Double.init)
        case .byte(let values): values.map(Double.init)
        }
    }

    var integers: [Int64]? { if case .integer(let values) = self { values } else { nil } }
}
