import Geometry
import HumanBody

/// VMC protocol: OSC over UDP, as VirtualMotionCapture, SlimeVR, VSeeFace, Warudo and others send it.
///
/// Sources: the specification V3.1 (sh-akira/VirtualMotionCaptureProtocol), EVMC4U and SlimeVR. `Documentation/live-people.md`
/// has the layout. Bones carry rotations in their parents in Unity's axes; a frame is spread over messages.
public struct VMCDecoder: PersonDecoder {
    /// A bundle that has this many bones, the hips among them, is a frame by itself.
    private static let wholeBundle = 10
    /// Bones farther apart than this are of two frames, nanoseconds.
    private static let (longestFrame, longestBurst): (Int64, Int64) = (8_000_000, 20_000_000)

    private struct Bones {
        var rotations = [Quaternion?](repeating: nil, count: HumanJoint.count)
        var hips: Vector3?
        var legs: [HumanoidBone: Double] = [:]
        var count = 0
        var since: Int64 = 0
    }

    private let name: String
    private var bones = Bones()
    private var root = RigidTransform.identity
    private var isTracked = true
    /// The sender's clock when it was heard last, and what the last frame was stamped.
    private var clock: Int64?
    private var stamped: (time: Int64, clock: Int64, received: Int64)?
    /// Frames of the first second, and those in which the trunk is turned as no trunk is.
    private var judged = (all: 0, odd: 0)

    /// A reader of one sender's packets; the format has no names, so the person is called `name`.
    public init(name: String = "vmc") { self.name = name }

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        let messages = try OSCMessage.messages(in: packet)
        var next = self
        var frames: [PersonFrame] = []
        if next.bones.count > 0, time - next.bones.since > Self.longestFrame {
            // What began in a burst long before is no part of this one.
            if time - next.bones.since < Self.longestBurst { next.close(at: time, &frames) }
            next.bones = Bones()
        }
        let earlier = next.bones.count
        for message in messages { try next.take(message, at: time, &frames) }
        let hasHips = next.bones.rotations[.pelvis] != nil
        // Those of one packet alone: others come bone by bone.
        if hasHips, next.bones.count - earlier >= Self.wholeBundle { next.close(at: time, &frames) }
        self = next
        return frames
    }

    private mutating func take(
        _ message: OSCMessage, at time: Int64, _ frames: inout [PersonFrame]
    ) throws(PersonStreamError) {
        switch message.address {
        case "/VMC/Ext/T":
            guard case .float(let seconds)? = message.arguments.first else { return }
            guard seconds.isFinite, abs(seconds) < 1e9 else { throw .unusableNumber("/VMC/Ext/T") }
            clock = Int64(seconds * 1e9)
            // Behind the bones of a frame that came message by message.
            if bones.count >= Self.wholeBundle, bones.rotations[.pelvis] != nil {
                close(at: time, &frames)
            }
        case "/VMC/Ext/OK": takeState(message.arguments)
        case "/VMC/Ext/Root/Pos":
            guard let (_, pose) = try Self.pose(message) else { return }
            root = pose
        case "/VMC/Ext/Bone/Pos":
            guard let (name, pose) = try Self.pose(message), let bone = HumanoidBone(named: name) else { return }
            if bones.rotations[bone.joint] != nil { close(at: time, &frames) }
            if bones.count == 0 { bones.since = time }
            bones.rotations[bone.joint] = pose.rotation
            bones.count += 1
            switch bone {
            case .hips: bones.hips = pose.translation
            case .leftLowerLeg, .leftFoot, .rightLowerLeg, .rightFoot: bones.legs[bone] = pose.translation.length
            default: break
            }
        default: break
        }
    }

    private mutating func takeState(_ arguments: [OSCMessage.Argument]) {
        func flag(_ index: Int) -> Int32? {
            guard index < arguments.count, case .integer(let value) = arguments[index] else { return nil }
            return value
        }
        isTracked = flag(0) != 0 && (flag(1) ?? 3) == 3 && (flag(3) ?? 1) != 0
    }

    /// Name and pose of a message, in SMPL's axes; nil when arguments are missing or of other types.
    private static func pose(_ message: OSCMessage) throws(PersonStreamError) -> (String, RigidTransform)? {
        guard message.arguments.count >= 8, case .text(let name) = message.arguments[0] else { return nil }
        var values: [Double] = []
        for argument in message.arguments[1...7] {
            guard case .float(let value) = argument else { return nil }
            values.append(value)
        }
        let place = Vector3(values[0], values[1], values[2])
        guard place.isPlace,
            let rotation = Quaternion(w: values[6], x: values[3], y: values[4], z: values[5]).checked()
        else { throw .unusableNumber("\(message.address) of \(name.prefix(32))") }
        let axes = AxisConvention.unity
        return (name, RigidTransform(translation: axes.position(place), rotation: axes.rotation(rotation)))
    }

    /// Makes a frame of the bones at hand.
    private mutating func close(at time: Int64, _ frames: inout [PersonFrame]) {
        defer { bones = Bones() }
        guard var rotations = Optional(bones.rotations), let hips = rotations[.pelvis] else { return }
        if rotations[.spine3] == nil, let chest = rotations[.spine2] {
            let half = Quaternion.identity.slerp(to: chest, 0.5)
            (rotations[.spine2], rotations[.spine3]) = (half, half)
        }
        judge(rotations)
        rotations[.pelvis] = root.rotation * hips
        var frame = PersonFrame(
            name: name, stamp: stamp(at: time), local: rotations,
            pelvis: bones.hips.map { root.act($0) })
        frame.isTracked = isTracked
        frame.isRestKnown = judged.odd * 2 <= judged.all
        let legs = bones.legs
        if let leftKnee = legs[.leftLowerLeg], let leftAnkle = legs[.leftFoot], let rightKnee = legs[.rightLowerLeg],
            let rightAnkle = legs[.rightFoot], leftKnee + leftAnkle > 0.1
        {
            frame.legLength = (leftKnee + leftAnkle + rightKnee + rightAnkle) / 2
        }
        frames.append(frame)
    }

    /// The sender's clock moves at its own pace, or stands: then time has passed as it did here.
    private mutating func stamp(at time: Int64) -> SenderStamp {
        guard let clock else { return SenderStamp() }
        var moment = clock
        if let stamped, stamped.clock == clock { moment = stamped.time + max(time - stamped.received, 0) }
        stamped = (moment, clock, time)
        return SenderStamp(time: moment)
    }

    /// Avatars whose bones have axes of their own (VRM 1) show a trunk that is turned by more than a trunk can be.
    private mutating func judge(_ rotations: [Quaternion?]) {
        guard judged.all < 60 else { return }
        judged.all += 1
        let trunk = [HumanJoint.spine1, .spine2, .neck].compactMap { rotations[$0]?.angle }
        if trunk.contains(where: { $0 > .pi / 3 }) { judged.odd += 1 }
    }
}
