import Geometry
import HumanBody

/// Noitom's Axis Neuron and Axis Studio: BVH values behind a binary header of 64 bytes, over UDP or TCP.
///
/// Source: Noitom's own structure in eaa3/perception_neuron_ros. Nothing in a packet tells the order of the angles nor which
/// of two skeletons is meant: ``Options``.
public struct AxisStudioDecoder: PersonDecoder {
    /// What the sender is set to and does not tell.
    public struct Options: Hashable, Sendable {
        /// In which order the three angles of a bone come and are applied.
        public enum Angles: String, Hashable, Sendable, CaseIterable {
            case xyz, xzy, yxz, yzx, zxy, zyx
        }
        /// The order of the angles.
        public var angles = Angles.yxz
        /// Whether the spine has four bones and the neck one, as in Axis Neuron, instead of three and two.
        public var isLegacy = false

        /// Axis Studio's defaults.
        public init() {}
    }

    private static let (headSize, boneCount) = (64, 59)
    private let options: Options
    /// What a stream has brought of a message that is not whole.
    private var pending: [UInt8] = []

    /// A reader of one sender's packets.
    public init(_ options: Options = Options()) { self.options = options }

    /// The parents of the 59 bones, and the joint of SMPL that the orientation of a bone becomes.
    private static func skeleton(_ options: Options) -> (parents: [Int], joints: [Int: HumanJoint]) {
        var parents = [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 10, 11]
        let chest = options.isLegacy ? 10 : 9
        for _ in 0..<2 {
            let shoulder = parents.count
            parents += [chest, shoulder, shoulder + 1, shoulder + 2]
            let hand = shoulder + 3
            parents += [hand, hand + 1, hand + 2]
            for _ in 0..<4 {
                let palm = parents.count
                parents += [hand, palm, palm + 1, palm + 2]
            }
        }
        let joints: [Int: HumanJoint] = [
            0: .pelvis, 1: .rightHip, 2: .rightKnee, 3: .rightAnkle, 4: .leftHip, 5: .leftKnee, 6: .leftAnkle,
            7: .spine1, 8: .spine2, chest: .spine3, (options.isLegacy ? 11 : 10): .neck, 12: .head,
            13: .rightCollar, 14: .rightShoulder, 15: .rightElbow, 16: .rightWrist,
            36: .leftCollar, 37: .leftShoulder, 38: .leftElbow, 39: .leftWrist,
        ]
        return (parents, joints)
    }

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        var bytes = pending + packet
        pending = []
        var frames: [PersonFrame] = []
        while bytes.count >= Self.headSize {
            guard let start = Self.start(in: bytes) else {
                throw .malformed(
                    "no header of Noitom's is in it (FF DD … FF EE); is the stream binary, with the old header?")
            }
            if start > 0 { bytes.removeFirst(start) }
            guard bytes.count >= Self.headSize else { break }
            var reader = ByteReader(bytes)
            let (frame, size) = try self.frame(&reader)
            guard let size else {
                // The rest comes with the next piece of the stream.
                guard bytes.count <= largestPersonPacket else { throw .tooLarge(bytes: bytes.count) }
                break
            }
            if let frame { frames.append(frame) }
            bytes.removeFirst(size)
        }
        if !bytes.isEmpty, bytes.count < largestPersonPacket { pending = bytes }
        return frames
    }

    /// Where the first header begins, or may begin.
    private static func start(in bytes: [UInt8]) -> Int? {
        for index in bytes.indices {
            guard bytes[index] == 0xFF, index + 1 < bytes.count else { continue }
            let next = bytes[index + 1]
            guard next == 0xDD || (0x88...0x99).contains(next) else { continue }
            guard index + headSize <= bytes.count else { return index }
            if next != 0xDD || (bytes[index + 62] == 0xFF && bytes[index + 63] == 0xEE) { return index }
        }
        return nil
    }

    /// The frame behind a header, nil for sensors' values; and the bytes of both, nil when not all are there.
    private func frame(_ reader: inout ByteReader) throws(PersonStreamError) -> (PersonFrame?, Int?) {
        let token: UInt16 = try reader.little("the header")
        try reader.skip(4, "the header")
        let count = Int(try reader.little("the header") as UInt16)
        let hasDisplacement = try reader.byte("the header") != 0
        let hasReference = try reader.byte("the header") != 0
        let size = Self.headSize + 4 * count
        if token != 0xDDFF {
            return (nil, reader.end >= size ? size : nil)
        }
        try reader.skip(4, "the header")
        var nameField = try reader.part(32, "the header")
        let name = (try? nameField.terminatedText("the name")) ?? "axis"
        let index: UInt32 = try reader.little("the header")
        try reader.skip(14, "the header")
        let expected =
            (hasReference ? 6 : 0) + (hasDisplacement ? 6 * Self.boneCount : 6 + 3 * (Self.boneCount - 1))
        guard count == expected else {
            throw .malformed("\(count) values; a body of 59 bones sent like this has \(expected)")
        }
        guard reader.left >= 4 * count else { return (nil, nil) }
        var values: [Double] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            let value = try reader.littleFloat("the values")
            guard value.isFinite, abs(value) < 1e5 else { throw .unusableNumber("the values") }
            values.append(value)
        }
        let frame = self.frame(
            values, hasReference: hasReference, hasDisplacement: hasDisplacement, name: name, sequence: Int64(index))
        return (frame, size)
    }

    private func frame(
        _ values: [Double], hasReference: Bool, hasDisplacement: Bool, name: String, sequence: Int64
    ) -> PersonFrame {
        var place = 0
        func position() -> Vector3 {
            place += 3
            // Centimetres.
            return Vector3(values[place - 3], values[place - 2], values[place - 1]) / 100
        }
        func rotation() -> Quaternion {
            place += 3
            return self.rotation(of: Array(values[place - 3..<place]))
        }
        let reference = hasReference ? RigidTransform(translation: position(), rotation: rotation()) : .identity
        let (parents, joints) = Self.skeleton(options)
        var now: [Quaternion] = []
        var world = [Quaternion?](repeating: nil, count: HumanJoint.count)
        var pelvis: Vector3?
        var leg = 0.0
        for bone in parents.indices {
            if hasDisplacement || bone == 0 {
                let offset = position()
                if bone == 0 { pelvis = reference.act(offset) }
                if [2, 3, 5, 6].contains(bone) { leg += offset.length / 2 }
            }
            now.append((bone == 0 ? reference.rotation : now[parents[bone]]) * rotation())
            if let joint = joints[bone] { world[joint] = now[bone].normalized }
        }
        return PersonFrame(
            name: (name.isEmpty ? "axis" : name).asPersonName, stamp: SenderStamp(sequence: sequence), world: world,
            pelvis: pelvis, leg: leg)
    }

    private func rotation(of degrees: [Double]) -> Quaternion {
        let axes: [Character: Vector3] = ["x": Vector3(1, 0, 0), "y": Vector3(0, 1, 0), "z": Vector3(0, 0, 1)]
        var rotation = Quaternion.identity
        for (axis, angle) in zip(options.angles.rawValue, degrees) {
            rotation = rotation * Quaternion(angle: angle * .pi / 180, axis: axes[axis] ?? .zero)
        }
        return rotation
    }
}
