import Geometry
import HumanBody
import JSON
import Wire

/// The daemon's own messages of people: `human.<name>.` with a frame, `skeleton.<name>.` with a declaration.
public struct NativePersonDecoder: PersonDecoder {
    /// Largest message, bytes, and most declared skeletons.
    private static let (largest, declarations) = (largestPersonPacket, 64)
    /// Confidence below which a joint counts as not seen.
    private static let leastConfidence = 0.3

    private var declared: [String: Skeleton] = [:]
    private var rests: [String: [Quaternion]] = [:]

    /// A reader of all senders' messages.
    public init() {}

    /// What a skeleton's joints are.
    private struct Skeleton {
        var known: KnownSkeleton?
        var parents: [Int]
        var joints: [HumanJoint?]
        var rest: [Quaternion]?

        init(_ known: KnownSkeleton) { (self.known, parents, joints) = (known, known.parents, known.joints) }

        init(parents: [Int], joints: [HumanJoint?], rest: [Quaternion]?) {
            (self.parents, self.joints, self.rest) = (parents, joints, rest)
        }

        var count: Int { parents.count }
    }

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        guard packet.count <= Self.largest else { throw .tooLarge(bytes: packet.count) }
        let message: StreamMessage
        do throws(StreamMessageError) { message = try StreamMessage(decoding: packet) } catch {
            throw .malformed("no message of the container: \(error)")
        }
        let parts = message.topic.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[2].isEmpty, !parts[1].isEmpty, parts[1] == parts[1].asPersonName else {
            throw .malformed(
                "the topic is human.NAME. or skeleton.NAME., with a name of 1 to 64 letters, digits, _ and -")
        }
        switch parts[0] {
        case "skeleton":
            try declare(message, of: parts[1])
            return []
        case "human": return [try frame(message, of: parts[1])]
        default: throw .malformed("the topic \"\(parts[0].prefix(32))\" is none of human, skeleton and deadman")
        }
    }

    // MARK: Declarations

    private mutating func declare(_ message: StreamMessage, of person: String) throws(PersonStreamError) {
        guard let name = message.text("skeleton"), KnownSkeleton(rawValue: name) == nil else {
            throw .malformed("a declaration has a `skeleton` of its own, none of the known ones")
        }
        guard let parents = message.field("parents")?.elements.integers,
            let map = message.field("smpl")?.elements.integers,
            parents.count == map.count, (1...256).contains(parents.count)
        else { throw .malformed("a declaration needs `parents` and `smpl`, i64, one for each of 1 to 256 joints") }
        guard parents.enumerated().allSatisfy({ $1 >= -1 && $1 < $0 }) else {
            throw .malformed("`parents` has to name a joint before each, or -1")
        }
        let rest = try message.quaternions("rest", count: parents.count)
        let key = person + "." + name
        guard declared.count < Self.declarations || declared[key] != nil else {
            throw .malformed("more than \(Self.declarations) skeletons are declared")
        }
        declared[key] = Skeleton(
            parents: parents.map(Int.init), joints: map.map { HumanJoint(rawValue: Int($0)) }, rest: rest)
    }

    // MARK: Frames

    private mutating func frame(_ message: StreamMessage, of person: String) throws(PersonStreamError) -> PersonFrame {
        let name = message.text("skeleton") ?? KnownSkeleton.smpl22.rawValue
        guard let skeleton = declared[person + "." + name] ?? KnownSkeleton(rawValue: name).map(Skeleton.init) else {
            throw .unknownSkeleton(String(name.prefix(64)))
        }
        let axisName = message.text("axes") ?? "smpl"
        guard let axes = AxisConvention(rawValue: axisName) else {
            throw .malformed(
                "the axes \"\(axisName.prefix(32))\" are not known; known: "
                    + AxisConvention.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let (places, root) = try Self.places(message, skeleton.count, axes)
        let seen = try Self.seen(message, skeleton.count)
        let key = person + "." + name
        let rest = try message.quaternions("rest", count: skeleton.count) ?? rests[key] ?? skeleton.rest
        if message.field("rest") != nil {
            guard rests.count < Self.declarations || rests[key] != nil else { throw .malformed("too many rest poses") }
            rests[key] = rest
        }
        let stamp = Self.stamp(message)
        var frame: PersonFrame
        let known = skeleton.known
        if known == .points3 {
            frame = try Self.threePoints(message, places, axes, person, stamp)
        } else if let orientations = try Self.orientations(message, skeleton), known?.hasPointsOnly != true {
            var world = [Quaternion?](repeating: nil, count: HumanJoint.count)
            for (index, joint) in skeleton.joints.enumerated() where seen[index] {
                guard let joint else { continue }
                let turn = rest.map { orientations[index] * $0[index].conjugate } ?? orientations[index]
                world[joint] = axes.rotation(turn).normalized
            }
            guard world[.pelvis] != nil else { throw .nobody("the pelvis is not seen") }
            let pelvis = root ?? skeleton.joints.firstIndex(of: .pelvis).flatMap { places?[$0] }
            frame = PersonFrame(
                name: person, stamp: stamp, world: world, pelvis: pelvis, leg: Self.leg(skeleton, places))
        } else {
            guard let places else { throw .malformed("one of `rot`, `rot_world` and `pos` is needed") }
            let points = BodyPoints(skeleton.known, skeleton.joints, places.enumerated().map { seen[$0] ? $1 : nil })
            guard let pose = points.pose() else { throw .nobody("hips and shoulders are not seen") }
            // A camera's origin is often the person: only a place that is sent apart from the points is believed.
            let isPlaced = skeleton.known != .mediaPipe33 && skeleton.known != .coco17
            frame = PersonFrame(
                name: person, stamp: stamp, world: pose.world, pelvis: root ?? (isPlaced ? pose.pelvis : nil),
                leg: pose.legLength)
        }
        try Self.addRest(message, to: &frame)
        return frame
    }

    private static func addRest(_ message: StreamMessage, to frame: inout PersonFrame) throws(PersonStreamError) {
        if case .bool(let isValid)? = message.member("valid") { frame.isTracked = isValid }
        if frame.legLength == nil, let height = message.member("height_m")?.number, (0.5...2.5).contains(height) {
            frame.legLength = height * SMPLSkeleton.legLength / smplHeight
        }
        if let contacts = message.field("contacts")?.elements.numbers {
            guard contacts.count == 4, contacts.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= 1 }) else {
                throw .unusableNumber("`contacts`: four numbers from 0 to 1")
            }
            frame.contacts = FootContacts(
                leftAnkle: contacts[0], leftToe: contacts[1], rightAnkle: contacts[2], rightToe: contacts[3])
        }
    }

    /// Height of the person that SMPL's mean skeleton belongs to, metres.
    private static let smplHeight = 1.72

    private static func stamp(_ message: StreamMessage) -> SenderStamp {
        let time = message.member("t_src_ns")?.integer ?? message.field("t_src_ns")?.elements.integers?.first
        return SenderStamp(
            time: time, sequence: message.member("seq")?.integer, session: message.member("session")?.integer)
    }

    private static func places(
        _ message: StreamMessage, _ count: Int, _ axes: AxisConvention
    ) throws(PersonStreamError) -> (places: [Vector3?]?, root: Vector3?) {
        var root: Vector3?
        if let numbers = message.field("root_pos")?.elements.numbers {
            guard numbers.count == 3 else { throw .malformed("`root_pos` has \(numbers.count) numbers, not 3") }
            let place = Vector3(numbers[0], numbers[1], numbers[2])
            guard place.isPlace else { throw .unusableNumber("root_pos") }
            root = axes.position(place)
        }
        guard let numbers = message.field("pos")?.elements.numbers else { return (nil, root) }
        guard numbers.count == 3 * count else {
            throw .malformed("`pos` has \(numbers.count) numbers; \(count) joints have \(3 * count)")
        }
        var places: [Vector3?] = []
        for joint in 0..<count {
            let place = Vector3(numbers[3 * joint], numbers[3 * joint + 1], numbers[3 * joint + 2])
            // NaN says that a point is not seen.
            guard place.isPlace || !place.isFinite else { throw .unusableNumber("pos") }
            places.append(place.isFinite ? axes.position(place) : nil)
        }
        return (places, root)
    }

    private static func seen(_ message: StreamMessage, _ count: Int) throws(PersonStreamError) -> [Bool] {
        guard let confidence = message.field("confidence")?.elements.numbers else {
            return Array(repeating: true, count: count)
        }
        guard confidence.count == count, confidence.allSatisfy(\.isFinite) else {
            throw .malformed("`confidence` has \(confidence.count) numbers; the skeleton has \(count) joints")
        }
        return confidence.map { $0 >= leastConfidence }
    }

    /// Orientations of the skeleton's joints in the world, in the sender's axes; nil when none are sent.
    private static func orientations(
        _ message: StreamMessage, _ skeleton: Skeleton
    ) throws(PersonStreamError) -> [Quaternion]? {
        if message.field("rot_world") != nil {
            guard message.field("rot") == nil else { throw .malformed("`rot` and `rot_world` are not sent together") }
            return try message.quaternions("rot_world", count: skeleton.count)
        }
        guard let local = try message.rotations("rot", count: skeleton.count) else { return nil }
        var world: [Quaternion] = []
        for (index, parent) in skeleton.parents.enumerated() {
            world.append(parent >= 0 ? world[parent] * local[index] : local[index])
        }
        return world
    }

    private static func leg(_ skeleton: Skeleton, _ places: [Vector3?]?) -> Double? {
        guard let places else { return nil }
        func place(_ joint: HumanJoint) -> Vector3? { skeleton.joints.firstIndex(of: joint).flatMap { places[$0] } }
        var length = 0.0
        for (start, end) in Side.both.flatMap(\.leg.segments) {
            guard let a = place(start), let b = place(end) else { return nil }
            length += (b - a).length / 2
        }
        return length
    }

    private static func threePoints(
        _ message: StreamMessage, _ places: [Vector3?]?, _ axes: AxisConvention, _ person: String, _ stamp: SenderStamp
    ) throws(PersonStreamError) -> PersonFrame {
        guard let places, let head = places[0] else { throw .nobody("the head is not seen") }
        let turns = try message.quaternions("rot_world", count: 3)?.map(axes.rotation)
        var points = ThreePoints(head: head, headRotation: turns?[0], wrists: [:])
        points.wrists[.left] = places[1]
        points.wrists[.right] = places[2]
        var world = points.pose()
        for (side, index) in [(Side.left, 1), (.right, 2)] where world[side.elbow] != nil {
            world[side.wrist] = turns?[index] ?? world[side.elbow]
        }
        return PersonFrame(name: person, stamp: stamp, world: world)
    }
}

extension StreamMessage {
    func member(_ key: String) -> JSONValue? { header.first { $0.key == key }?.value }
    func text(_ key: String) -> String? { member(key)?.string }
    func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// Quaternions in the header's order; nil when the field is missing.
    func quaternions(_ name: String, count: Int) throws(PersonStreamError) -> [Quaternion]? {
        guard let numbers = field(name)?.elements.numbers else { return nil }
        guard numbers.count == 4 * count else {
            throw .malformed("`\(name)` has \(numbers.count) numbers; \(count) joints have \(4 * count)")
        }
        let isLast = text("quat") == "xyzw"
        var rotations: [Quaternion] = []
        for joint in 0..<count {
            let q = Array(numbers[4 * joint..<4 * joint + 4])
            let rotation =
                isLast ? Quaternion(w: q[3], x: q[0], y: q[1], z: q[2]) : Quaternion(w: q[0], x: q[1], y: q[2], z: q[3])
            guard let checked = rotation.checked() else { throw .unusableNumber("`\(name)` of joint \(joint)") }
            rotations.append(checked)
        }
        return rotations
    }

    /// Quaternions or rotation vectors, by how many numbers there are.
    func rotations(_ name: String, count: Int) throws(PersonStreamError) -> [Quaternion]? {
        guard let numbers = field(name)?.elements.numbers else { return nil }
        guard numbers.count == 3 * count else { return try quaternions(name, count: count) }
        guard numbers.allSatisfy({ $0.isFinite && abs($0) < 100 }) else { throw .unusableNumber("`\(name)`") }
        return (0..<count).map {
            Quaternion(rotationVector: Vector3(numbers[3 * $0], numbers[3 * $0 + 1], numbers[3 * $0 + 2]))
        }
    }
}

extension BodyPoints {
    /// The points of a skeleton that cameras see, or of one that names SMPL's joints.
    init(_ skeleton: KnownSkeleton?, _ map: [HumanJoint?], _ places: [Vector3?]) {
        guard let skeleton, skeleton.hasPointsOnly else {
            for (joint, place) in zip(map, places) { if let joint, let place { joints[joint] = place } }
            return
        }
        let names = skeleton.names
        func place(_ name: String) -> Vector3? { names.firstIndex(of: name).flatMap { places[$0] } }
        nose = place("nose")
        for side in Side.both {
            func own(_ part: String) -> Vector3? { place("\(side.name)_\(part)") }
            for (part, joint) in [
                ("shoulder", side.shoulder), ("elbow", side.elbow), ("wrist", side.wrist), ("hip", side.hip),
                ("knee", side.knee), ("ankle", side.ankle), ("foot", side.toe),
            ] { joints[joint] = own(part) }
            if let ear = own("ear") { ears[side] = ear }
            if let index = own("index"), let little = own("pinky") { knuckles[side] = (index, little) }
            if let heel = own("heel"), let toe = own("foot_index") { soles[side] = (heel, toe) }
        }
    }
}
