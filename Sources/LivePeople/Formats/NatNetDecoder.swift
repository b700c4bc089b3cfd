import Geometry
import HumanBody

/// OptiTrack's NatNet 3.0 to 4.1: skeletons of Motive, little-endian.
///
/// Sources: TimSchneider42/python-natnet-client, mje-nz/python_natnet and GMR's client. Names of bones come with the model
/// description, which has to be asked for (``requests``); until it was read, frames are counted and say nothing.
public struct NatNetDecoder: PersonDecoder {
    /// What is sent to the server's command port.
    public enum Request: Hashable, Sendable {
        /// Who are you: answered with the versions.
        case connect
        /// Describe what you stream.
        case models
        /// Keep sending to this address.
        case keepAlive
    }

    private static let (mostBodies, mostSkeletons) = (4096, 64)

    private struct Skeleton {
        var name: String
        var joints: [Int32: HumanJoint]
        var legLength: Double?
    }

    private let axes: AxisConvention
    private var version: (major: Int, minor: Int)
    private var skeletons: [Int32: Skeleton]?
    /// Whether the server says that its models have changed.
    private var isOutdated = false

    /// A reader of one server. `axes` is `smpl` for Motive's Y-up setting and `zUp` for the other; nothing in the stream says
    /// which. `version` holds until the server tells its own.
    public init(axes: AxisConvention = .smpl, version: (major: Int, minor: Int) = (3, 1)) {
        (self.axes, self.version) = (axes, version)
    }

    /// What has to be asked for now.
    public var requests: [Request] { skeletons == nil || isOutdated ? [.connect, .models] : [.keepAlive] }

    /// The bytes of a request.
    public static func bytes(of request: Request) -> [UInt8] {
        switch request {
        case .connect:
            // Padded as Motive's own client does, with the wanted version behind the name.
            var payload = [UInt8](repeating: 0, count: 270)
            payload.replaceSubrange(0..<4, with: "Ping".utf8)
            payload.replaceSubrange(265..<269, with: [4, 1, 0, 0])
            return [0, 0, UInt8(payload.count & 0xFF), UInt8(payload.count >> 8)] + payload
        case .models: return [4, 0, 0, 0]
        case .keepAlive: return [10, 0, 0, 0]
        }
    }

    private var hasSectionSizes: Bool { version.major > 4 || (version.major == 4 && version.minor >= 1) }

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        var reader = ByteReader(packet)
        let message: UInt16 = try reader.little("the header")
        let size = Int(try reader.little("the header") as UInt16)
        var body = try reader.part(min(size, reader.left), "the message")
        guard body.left == size else { throw .truncated("the message") }
        switch message {
        case 1:
            try body.skip(256 + 4, "the server's versions")
            let version = (major: Int(try body.byte("a version")), minor: Int(try body.byte("a version")))
            guard (2...4).contains(version.major) else {
                throw .malformed("NatNet \(version.major).\(version.minor); 2.11 to 4 can be read")
            }
            self.version = version
            return []
        case 5:
            skeletons = try models(&body)
            isOutdated = false
            return []
        case 7: return try frame(&body)
        default: return []
        }
    }

    // MARK: Models

    private func models(_ reader: inout ByteReader) throws(PersonStreamError) -> [Int32: Skeleton] {
        let count = try Self.count(&reader, most: Self.mostBodies, "descriptions")
        var skeletons: [Int32: Skeleton] = [:]
        for _ in 0..<count {
            let type: Int32 = try reader.little("a description")
            if hasSectionSizes {
                let size: Int32 = try reader.little("a description")
                var body = try reader.part(Int(size), "a description")
                if type == 2 { try skeleton(&body, into: &skeletons) }
                continue
            }
            switch type {
            case 0:
                _ = try reader.terminatedText("a marker set")
                for _ in 0..<(try Self.count(&reader, most: 65536, "markers")) {
                    _ = try reader.terminatedText("a marker's name")
                }
            case 1: _ = try bone(&reader)
            case 2: try skeleton(&reader, into: &skeletons)
            // Force plates and what follows have no size here; skeletons come before them.
            default: return skeletons
            }
        }
        return skeletons
    }

    private func skeleton(
        _ reader: inout ByteReader, into skeletons: inout [Int32: Skeleton]
    ) throws(PersonStreamError) {
        let name = try reader.terminatedText("a skeleton's name")
        let id: Int32 = try reader.little("a skeleton")
        var skeleton = Skeleton(name: name.isEmpty ? "natnet\(id)" : name.asPersonName, joints: [:])
        var (leg, segments) = (0.0, 0)
        for _ in 0..<(try Self.count(&reader, most: 1024, "bones")) {
            let bone = try bone(&reader)
            guard let joint = Self.joint(named: bone.name, of: name) else { continue }
            skeleton.joints[bone.id & 0xFFFF] = joint
            if [.leftKnee, .rightKnee, .leftAnkle, .rightAnkle].contains(joint) {
                leg += bone.offset.length / 2
                segments += 1
            }
        }
        if segments == 4 { skeleton.legLength = leg }
        guard skeletons.count < Self.mostSkeletons else { throw .malformed("more than 64 skeletons") }
        skeletons[id] = skeleton
    }

    private func bone(
        _ reader: inout ByteReader
    ) throws(PersonStreamError) -> (name: String, id: Int32, offset: Vector3) {
        let name = try reader.terminatedText("a bone's name")
        let id: Int32 = try reader.little("a bone")
        try reader.skip(4, "a bone")
        let offset = try reader.littlePosition("a bone")
        if version.major >= 3 {
            let markers = try Self.count(&reader, most: 4096, "markers")
            try reader.skip(16 * markers, "markers")
            if version.major >= 4 {
                for _ in 0..<markers { _ = try reader.terminatedText("a marker's name") }
            }
        }
        return (name, id, offset)
    }

    /// The joint of a bone by the names of Motive's and of FBX' convention, with or without the skeleton's name before them.
    static func joint(named name: String, of skeleton: String) -> HumanJoint? {
        var bare = Substring(name)
        if bare.hasPrefix(skeleton + "_") || bare.hasPrefix(skeleton + ":") {
            bare = bare.dropFirst(skeleton.count + 1)
        }
        return joints[bare.lowercased()]
    }

    private static let joints: [String: HumanJoint] = {
        var joints: [String: HumanJoint] = [
            "hips": .pelvis, "hip": .pelvis, "spine": .spine1, "ab": .spine1, "spine1": .spine3, "chest": .spine3,
            "neck": .neck, "head": .head,
        ]
        for side in Side.both {
            let (long, short) = (side.name, side == .left ? "l" : "r")
            for (words, joint) in [
                (["shoulder", "shoulder"], side.collar), (["arm", "uarm"], side.shoulder),
                (["forearm", "farm"], side.elbow), (["hand", "hand"], side.wrist), (["upleg", "thigh"], side.hip),
                (["leg", "shin"], side.knee), (["foot", "foot"], side.ankle), (["toebase", "toe"], side.toe),
            ] {
                joints[long + words[0]] = joint
                joints[short + words[1]] = joint
            }
        }
        return joints
    }()

    // MARK: Frames

    private mutating func frame(_ reader: inout ByteReader) throws(PersonStreamError) -> [PersonFrame] {
        let number: Int32 = try reader.little("the frame")
        var people: [(id: Int32, bodies: [Body])] = []
        // Marker sets, unlabelled markers, rigid bodies, skeletons, then what is not needed.
        try section(&reader, "marker sets") { reader throws(PersonStreamError) in
            _ = try reader.terminatedText("a marker set")
            try reader.skip(12 * (try Self.count(&reader, most: 65536, "markers")), "markers")
        }
        try section(&reader, "unlabelled markers") { reader throws(PersonStreamError) in
            try reader.skip(12, "a marker")
        }
        try section(&reader, "rigid bodies") { [self] reader throws(PersonStreamError) in
            _ = try body(&reader)
        }
        try section(&reader, "skeletons", isNeeded: true) { [self] reader throws(PersonStreamError) in
            let id: Int32 = try reader.little("a skeleton")
            var bodies: [Body] = []
            for _ in 0..<(try Self.count(&reader, most: 1024, "bones")) { bodies.append(try body(&reader)) }
            people.append((id, bodies))
        }
        if hasSectionSizes {
            for name in ["assets", "labelled markers", "force plates", "devices"] {
                try section(&reader, name) { _ throws(PersonStreamError) in }
            }
        } else {
            try section(&reader, "labelled markers") { reader throws(PersonStreamError) in
                try reader.skip(26, "a marker")
            }
            // Force plates and devices: channels of values.
            for name in ["force plates", "devices"] where version.major >= 3 {
                try section(&reader, name) { reader throws(PersonStreamError) in
                    try reader.skip(4, name)
                    for _ in 0..<(try Self.count(&reader, most: 256, "channels")) {
                        try reader.skip(4 * (try Self.count(&reader, most: 65536, "values")), "values")
                    }
                }
            }
        }
        try reader.skip(8, "the time code")
        let seconds = try reader.littleDouble("the time")
        guard seconds.isFinite, abs(seconds) < 9e9 else { throw .unusableNumber("the time") }
        if reader.left >= 26 {
            try reader.skip(24, "the ticks")
            // From 4.1 a precision time lies before the flags.
            if reader.left >= 10 { try reader.skip(8, "the precision time") }
            let flags: UInt16 = try reader.little("the flags")
            if flags & 2 != 0 { isOutdated = true }
        }
        let stamp = SenderStamp(time: Int64(seconds * 1e9), sequence: Int64(number))
        guard let skeletons else { return [] }
        return people.compactMap { id, bodies in skeletons[id].flatMap { person(of: $0, bodies, stamp) } }
    }

    private struct Body {
        var id: Int32
        var pose: RigidTransform
        var isTracked: Bool
    }

    private func body(_ reader: inout ByteReader) throws(PersonStreamError) -> Body {
        let id: Int32 = try reader.little("a rigid body")
        let place = try reader.littlePosition("a rigid body")
        let (v, w) = (try reader.littlePosition("a rigid body"), try reader.littleFloat("a rigid body"))
        if version.major < 3 {
            // Markers of the body: places, numbers, sizes.
            try reader.skip(20 * (try Self.count(&reader, most: 4096, "markers")), "markers")
        }
        try reader.skip(4, "a rigid body")
        let flags: UInt16 = try reader.little("a rigid body")
        let isTracked = flags & 1 == 1
        guard let rotation = Quaternion(w: w, x: v.x, y: v.y, z: v.z).checked(), place.isPlace else {
            // What is not tracked may hold zeros.
            if !isTracked { return Body(id: id, pose: .identity, isTracked: false) }
            throw .unusableNumber("rigid body \(id)")
        }
        return Body(
            id: id, pose: RigidTransform(translation: axes.position(place), rotation: axes.rotation(rotation)),
            isTracked: isTracked)
    }

    private func person(of skeleton: Skeleton, _ bodies: [Body], _ stamp: SenderStamp) -> PersonFrame? {
        var world = [Quaternion?](repeating: nil, count: HumanJoint.count)
        var pelvis: Vector3?
        for body in bodies where body.isTracked {
            guard let joint = skeleton.joints[body.id & 0xFFFF] else { continue }
            world[joint] = body.pose.rotation
            if joint == .pelvis { pelvis = body.pose.translation }
        }
        guard world[.pelvis] != nil else { return nil }
        if world[.spine2] == nil, let low = world[.spine1], let high = world[.spine3] {
            world[.spine2] = low.slerp(to: high, 0.5)
        }
        return PersonFrame(name: skeleton.name, stamp: stamp, world: world, pelvis: pelvis, leg: skeleton.legLength)
    }

    /// Goes through a section: by its size where it has one and is not needed, else element by element.
    private func section(
        _ reader: inout ByteReader, _ name: String, isNeeded: Bool = false,
        _ element: (inout ByteReader) throws(PersonStreamError) -> Void
    ) throws(PersonStreamError) {
        let count = try Self.count(&reader, most: 65536, name)
        if hasSectionSizes {
            let size: Int32 = try reader.little(name)
            var body = try reader.part(Int(size), name)
            if isNeeded { for _ in 0..<count { try element(&body) } }
        } else {
            for _ in 0..<count { try element(&reader) }
        }
    }

    private static func count(_ reader: inout ByteReader, most: Int, _ name: String) throws(PersonStreamError) -> Int {
        let count: Int32 = try reader.little(name)
        guard count >= 0, count <= most else { throw .malformed("\(count) \(name); at most \(most) are read") }
        return Int(count)
    }
}
