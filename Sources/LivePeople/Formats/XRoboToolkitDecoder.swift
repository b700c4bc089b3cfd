import Geometry
import HumanBody
import JSON

/// A PICO headset with XRoboToolkit's app, which takes the daemon for its PC service: framed JSON over TCP.
///
/// Sources: XR-Robotics/XRoboToolkit-Unity-Client (sender), XRoboToolkit-PC-Service-Pybind. 24 joints in SMPL's order, poses in
/// the world, x right, y up, z back. A headset that lost the body goes on sending the last pose: one that stays the same to
/// the bit for 0.3 s is not tracked.
public struct XRoboToolkitDecoder: PersonDecoder {
    private static let (largest, frozen): (Int, Int64) = (1 << 20, 300_000_000)

    private let name: String
    private var pending: [UInt8] = []
    private var last: (joints: [RigidTransform], since: Int64)?

    /// A reader of one headset's connection; the format has no names, so the person is called `name`.
    public init(name: String = "pico") { self.name = name }

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        var bytes = pending + packet
        pending = []
        var frames: [PersonFrame] = []
        while let first = bytes.firstIndex(of: 0x3F) {
            if first > 0 { bytes.removeFirst(first) }
            guard bytes.count >= 6 else { break }
            let size = (0..<4).reduce(0) { $0 | Int(bytes[2 + $1]) << (8 * $1) }
            guard size <= Self.largest else { throw .tooLarge(bytes: size) }
            guard bytes.count >= size + 15 else { break }
            guard bytes[size + 14] == 0xA5 else {
                bytes.removeFirst()
                throw .malformed("a packet of \(size) bytes that does not end with A5")
            }
            let body = Array(bytes[6..<6 + size])
            let command = bytes[1]
            bytes.removeFirst(size + 15)
            if command == 0x6D, let frame = try frame(body, at: time) { frames.append(frame) }
        }
        guard bytes.count <= Self.largest + 15 else { throw .tooLarge(bytes: bytes.count) }
        pending = bytes
        return frames
    }

    private mutating func frame(_ body: [UInt8], at time: Int64) throws(PersonStreamError) -> PersonFrame? {
        func json(_ bytes: [UInt8]) throws(PersonStreamError) -> JSONValue {
            do throws(JSONSyntaxError) { return try JSONValue(parsing: bytes, maximumDepth: 16) } catch {
                throw .malformed("its JSON cannot be read: \(error.reason)")
            }
        }
        let outer = try json(body)
        guard outer["functionName"]?.string == "Tracking", let value = outer["value"] else { return nil }
        let tracking = try value.string.map { text throws(PersonStreamError) in try json(Array(text.utf8)) } ?? value
        // Without the full-body mode there is no body.
        guard let joints = tracking["Body"]?["joints"]?.array else { return nil }
        guard joints.count == 24 else { throw .malformed("\(joints.count) joints; a body has 24") }
        var poses: [RigidTransform] = []
        for (index, joint) in joints.enumerated() {
            guard let text = joint["p"]?.string, let pose = Self.pose(text) else {
                throw .unusableNumber("joint \(index)")
            }
            poses.append(pose)
        }
        var stamp = SenderStamp(time: tracking["timeStampNs"]?.integer)
        if stamp.time == 0 { stamp.time = nil }
        if last?.joints != poses { last = (poses, time) }
        var frame = PersonFrame(
            name: name, stamp: stamp, world: (0..<HumanJoint.count).map { poses[$0].rotation },
            pelvis: poses[0].translation, leg: Self.leg(poses))
        frame.isTracked = time - (last?.since ?? time) < Self.frozen
        return frame
    }

    private static func leg(_ poses: [RigidTransform]) -> Double {
        Side.both.flatMap(\.leg.segments).reduce(0) { sum, bone in
            sum + (poses[bone.end].translation - poses[bone.start].translation).length
        } / 2
    }

    /// A pose of seven numbers separated by commas.
    private static func pose(_ text: String) -> RigidTransform? {
        let numbers = text.split(separator: ",").map { Double(String($0.filter { $0 != " " })) }
        let values = numbers.compactMap(\.self)
        guard numbers.count == 7, values.count == 7 else { return nil }
        let place = Vector3(values[0], values[1], values[2])
        guard place.isPlace,
            let rotation = Quaternion(w: values[6], x: values[3], y: values[4], z: values[5]).checked()
        else { return nil }
        let axes = AxisConvention.openXR
        return RigidTransform(translation: axes.position(place), rotation: axes.rotation(rotation))
    }
}
