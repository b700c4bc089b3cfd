import Geometry
import HumanBody
import JSON

/// Rokoko Studio's custom streaming, JSON versions 2 to 4, plain or in an LZ4 frame; several people in one datagram.
///
/// Sources: the maker's receivers for Unity, Blender and Unreal. Orientations are in the world, in Unity's axes, and not the
/// identity in the T pose: its constants are taken away.
public struct RokokoDecoder: PersonDecoder {
    /// Largest text, bytes, and most people of a datagram.
    private static let (largest, people) = (1 << 20, 16)

    /// A reader of Studio's packets.
    public init() {}

    private static let bones: [(name: String, joint: HumanJoint, rest: Quaternion)] = {
        let r = 0.5.squareRoot()
        func q(_ w: Double, _ x: Double, _ y: Double, _ z: Double) -> Quaternion { Quaternion(w: w, x: x, y: y, z: z) }
        let (up, leftArm, rightArm) = (q(0, 0, 0, 1), q(-0.5, -0.5, -0.5, 0.5), q(0.5, 0.5, -0.5, 0.5))
        let (leftLeg, rightLeg) = (q(r, 0, r, 0), q(r, 0, -r, 0))
        let (leftFoot, rightFoot) = (q(0, 0, r, -r), q(0, 0, -r, r))
        return [
            ("hip", .pelvis, .identity), ("spine", .spine1, up), ("chest", .spine3, up), ("neck", .neck, up),
            ("head", .head, up),
            ("leftShoulder", .leftCollar, q(-r, 0, 0, r)), ("leftUpperArm", .leftShoulder, leftArm),
            ("leftLowerArm", .leftElbow, leftArm), ("leftHand", .leftWrist, leftArm),
            ("rightShoulder", .rightCollar, q(r, 0, 0, r)), ("rightUpperArm", .rightShoulder, rightArm),
            ("rightLowerArm", .rightElbow, rightArm), ("rightHand", .rightWrist, rightArm),
            ("leftUpLeg", .leftHip, leftLeg), ("leftLeg", .leftKnee, leftLeg), ("leftFoot", .leftAnkle, leftFoot),
            ("leftToe", .leftFoot, leftFoot),
            ("rightUpLeg", .rightHip, rightLeg), ("rightLeg", .rightKnee, rightLeg),
            ("rightFoot", .rightAnkle, rightFoot), ("rightToe", .rightFoot, rightFoot),
        ]
    }()

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        let text =
            packet.starts(with: LZ4Frame.magic)
            ? try LZ4Frame.content(of: packet, limit: Self.largest) : packet
        let json: JSONValue
        do throws(JSONSyntaxError) {
            json = try JSONValue(parsing: text, maximumDepth: 16)
        } catch {
            throw .malformed("it is neither JSON nor LZ4: \(error.reason)")
        }
        let scene = json["scene"] ?? json
        guard let actors = scene["actors"]?.array else { throw .nobody("`actors` is missing") }
        var stamp = SenderStamp()
        if let seconds = (scene["timestamp"] ?? json["timestamp"])?.number {
            guard abs(seconds) < 9e9 else { throw .unusableNumber("timestamp") }
            stamp.time = Int64(seconds * 1e9)
        }
        var frames: [PersonFrame] = []
        for (index, actor) in actors.prefix(Self.people).enumerated() {
            if actor["meta"]?["hasBody"]?.bool == false { continue }
            frames.append(try Self.frame(of: actor, number: index, stamp))
        }
        return frames
    }

    private static func frame(
        of actor: JSONValue, number: Int, _ stamp: SenderStamp
    ) throws(PersonStreamError) -> PersonFrame {
        let body = actor["body"] ?? actor
        var world = [Quaternion?](repeating: nil, count: HumanJoint.count)
        var places: [HumanJoint: Vector3] = [:]
        for bone in bones {
            guard let pose = body[bone.name] else { continue }
            if let q = pose["rotation"] {
                guard let w = q["w"]?.number, let x = q["x"]?.number, let y = q["y"]?.number, let z = q["z"]?.number,
                    let rotation = Quaternion(w: w, x: x, y: y, z: z).checked()
                else { throw .unusableNumber("the rotation of \(bone.name)") }
                world[bone.joint] = AxisConvention.unity.rotation(rotation * bone.rest.conjugate).normalized
            }
            if let p = pose["position"], let x = p["x"]?.number, let y = p["y"]?.number, let z = p["z"]?.number {
                let place = Vector3(x, y, z)
                guard place.isPlace else { throw .unusableNumber("the position of \(bone.name)") }
                places[bone.joint] = AxisConvention.unity.position(place)
            }
        }
        guard world[.pelvis] != nil else { throw .nobody("an actor without `hip`") }
        if let low = world[.spine1], let high = world[.spine3] { world[.spine2] = low.slerp(to: high, 0.5) }
        // An example of the maker has centimetres; people's hips are not 10 m high.
        let unit = (places[.pelvis]?.y ?? 1) >= 10 ? 0.01 : 1
        func span(_ a: HumanJoint, _ b: HumanJoint) -> Double? {
            guard let start = places[a], let end = places[b] else { return nil }
            return (end - start).length * unit
        }
        var leg: Double?
        if let a = span(.leftHip, .leftKnee), let b = span(.leftKnee, .leftAnkle), let c = span(.rightHip, .rightKnee),
            let d = span(.rightKnee, .rightAnkle)
        {
            leg = (a + b + c + d) / 2
        }
        let name = actor["name"]?.string ?? "rokoko\(number + 1)"
        return PersonFrame(
            name: name.asPersonName, stamp: stamp, world: world, pelvis: places[.pelvis].map { $0 * unit }, leg: leg)
    }
}
