import Geometry
import HumanBody

/// Sony mocopi's own UDP format: tagged, little-endian, 27 bones with rotations in their parents.
///
/// Sources: seagetch/mcp-receiver, t-34400/mocopi_protocol_supplement, Sony's plugin for Unity (bones, axes).
public struct MocopiDecoder: PersonDecoder {
    private static let boneCount = 27
    /// Deepest tag in a tag.
    private static let depth = 4

    private struct Bone {
        var parent: Int
        var rest: RigidTransform
    }

    private let name: String
    /// The skeleton as the app described it last; nil before.
    private var skeleton: [Bone]?

    /// A reader of one sender's packets; the format has no names, so the person is called `name`.
    public init(name: String = "mocopi") { self.name = name }

    /// The joint of SMPL that each bone's orientation in the world becomes.
    private static let joints: [HumanJoint?] = {
        var joints = [HumanJoint?](repeating: nil, count: boneCount)
        for (bone, joint) in [
            (0, HumanJoint.pelvis), (3, .spine1), (5, .spine2), (7, .spine3), (9, .neck), (10, .head),
            (11, .leftCollar), (12, .leftShoulder), (13, .leftElbow), (14, .leftWrist),
            (15, .rightCollar), (16, .rightShoulder), (17, .rightElbow), (18, .rightWrist),
            (19, .leftHip), (20, .leftKnee), (21, .leftAnkle), (22, .leftFoot),
            (23, .rightHip), (24, .rightKnee), (25, .rightAnkle), (26, .rightFoot),
        ] { joints[bone] = joint }
        return joints
    }()

    /// The parents of bones 0 to 26 until the app has described them.
    private static let parents = [
        -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 11, 12, 13, 7, 15, 16, 17, 0, 19, 20, 21, 0, 23, 24, 25,
    ]

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        var reader = ByteReader(packet)
        var (isMocopi, frames): (Bool, [PersonFrame]) = (false, [])
        var next = self
        while reader.left > 0 {
            let (tag, content) = try Self.tag(&reader)
            var body = content
            switch tag {
            case "head": isMocopi = try Self.isHead(&body)
            case "skdf": next.skeleton = try Self.skeleton(&body)
            case "fram": frames.append(try next.frame(&body))
            default: break
            }
        }
        guard isMocopi else {
            throw .malformed("the packet does not begin as mocopi's: \"sony motion format\" is missing")
        }
        self = next
        return frames
    }

    private static func tag(_ reader: inout ByteReader) throws(PersonStreamError) -> (String, ByteReader) {
        let size: UInt32 = try reader.little("a tag")
        let name = String(decoding: try reader.take(4, "a tag's name"), as: UTF8.self)
        return (name, try reader.part(Int(size), "the tag \(name)"))
    }

    private static func isHead(_ reader: inout ByteReader) throws(PersonStreamError) -> Bool {
        while reader.left > 0 {
            let (name, body) = try tag(&reader)
            var value = body
            if name == "ftyp" {
                return try value.take(value.left, "ftyp").prefix(18).elementsEqual("sony motion format".utf8)
            }
        }
        return false
    }

    /// Rotation and place of `tran`.
    private static func pose(_ reader: inout ByteReader) throws(PersonStreamError) -> RigidTransform {
        var q = [0.0, 0, 0, 0]
        for index in 0..<4 { q[index] = try reader.littleFloat("tran") }
        let place = try reader.littlePosition("tran")
        guard place.isPlace, let rotation = Quaternion(w: q[3], x: q[0], y: q[1], z: q[2]).checked() else {
            throw .unusableNumber("a bone's tran")
        }
        return RigidTransform(translation: place, rotation: rotation)
    }

    /// The bones in a tag such as `btrs`: number, parent where one is given, pose.
    private static func bones(
        _ reader: inout ByteReader, each: String
    ) throws(PersonStreamError) -> [(id: Int, parent: Int?, pose: RigidTransform)] {
        var bones: [(id: Int, parent: Int?, pose: RigidTransform)] = []
        while reader.left > 0 {
            let (name, content) = try tag(&reader)
            var body = content
            guard name == each else { continue }
            var (id, parent, pose): (Int?, Int?, RigidTransform?) = (nil, nil, nil)
            while body.left > 0 {
                let (field, content) = try tag(&body)
                var value = content
                switch field {
                case "bnid": id = Int(try value.little("bnid") as UInt16)
                case "pbid": parent = Int(try value.little("pbid") as UInt16)
                case "tran": pose = try Self.pose(&value)
                default: break
                }
            }
            guard let id, let pose else { throw .malformed("a bone without bnid or tran") }
            guard bones.count < 256 else { throw .malformed("more than 256 bones") }
            bones.append((id, parent, pose))
        }
        return bones
    }

    private static func skeleton(_ reader: inout ByteReader) throws(PersonStreamError) -> [Bone] {
        var skeleton = parents.map { Bone(parent: $0, rest: .identity) }
        while reader.left > 0 {
            let (name, content) = try tag(&reader)
            var body = content
            guard name == "bons" else { continue }
            for bone in try bones(&body, each: "bndt") where bone.id < boneCount {
                // The root names itself, or nobody, as its parent.
                let parent = bone.parent.flatMap { $0 < bone.id ? $0 : nil } ?? -1
                skeleton[bone.id] = Bone(parent: bone.id == 0 ? -1 : parent, rest: bone.pose)
            }
        }
        return skeleton
    }

    private func frame(_ reader: inout ByteReader) throws(PersonStreamError) -> PersonFrame {
        var stamp = SenderStamp()
        var poses = [RigidTransform?](repeating: nil, count: Self.boneCount)
        while reader.left > 0 {
            let (name, content) = try Self.tag(&reader)
            var body = content
            switch name {
            case "fnum": stamp.sequence = Int64(try body.little("fnum") as UInt32)
            case "time":
                let seconds = try body.littleFloat("time")
                if stamp.time == nil, seconds.isFinite, abs(seconds) < 1e9 { stamp.time = Int64(seconds * 1e9) }
            case "uttm":
                let seconds = try body.littleDouble("uttm")
                guard seconds.isFinite, abs(seconds) < 9e9 else { throw .unusableNumber("uttm") }
                stamp.time = Int64(seconds * 1e9)
            case "btrs":
                for bone in try Self.bones(&body, each: "btdt") where bone.id < Self.boneCount {
                    poses[bone.id] = bone.pose
                }
            default: break
            }
        }
        guard let root = poses[0] else { throw .malformed("a frame without its root bone") }
        return PersonFrame(name: name, stamp: stamp, world: world(poses), pelvis: root.translation, leg: legLength)
    }

    /// Orientations in the world, with those of the rest pose taken away.
    private func world(_ poses: [RigidTransform?]) -> [Quaternion?] {
        var (now, rest) = ([Quaternion](), [Quaternion]())
        var joints = [Quaternion?](repeating: nil, count: HumanJoint.count)
        for bone in 0..<Self.boneCount {
            let parent = skeleton?[bone].parent ?? Self.parents[bone]
            let own = skeleton?[bone].rest.rotation ?? .identity
            now.append((parent < 0 ? .identity : now[parent]) * (poses[bone]?.rotation ?? own))
            rest.append((parent < 0 ? .identity : rest[parent]) * own)
            if poses[bone] != nil, let joint = Self.joints[bone] {
                joints[joint] = (now[bone] * rest[bone].conjugate).normalized
            }
        }
        return joints
    }

    private var legLength: Double? {
        skeleton.map { bones in [20, 21, 24, 25].reduce(0) { $0 + bones[$1].rest.translation.length } / 2 }
    }
}
