import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The sources of SMPL's joints in a skeleton whose joints are named as in the CMU or Bandai-Namco sets.
struct NamedSources {
    typealias Failure = SMPLConversion.Failure
    typealias Source = SMPLConversion.Source

    private static let degree = Double.pi / 180
    /// The Acclaim elbow's hinge is rolled about the arm (its axes are "180 30 90"): without the roll a bent arm would twist
    /// SMPL's shoulder, whose elbow bends about y.
    private static let elbowRoll = 28.5 * degree

    private let bvh: BVH
    /// Whether it is a skeleton of the CMU set, converted from Acclaim's format.
    private let isAcclaim: Bool
    /// How far sole and toes of the rest pose (its shins turned upright) pitch down when the foot stands flat: medians over
    /// the standing frames of the CMU and HDM05 sets, and of the Bandai sets, whose rest bone is level.
    private let pitch: (sole: Double, toe: Double)

    init(_ bvh: BVH) {
        self.bvh = bvh
        isAcclaim = bvh.index(of: "LowerBack") != nil
        pitch = isAcclaim ? (2 * Self.degree, -10 * Self.degree) : (39 * Self.degree, 21.5 * Self.degree)
    }

    /// The source joint of that name.
    func index(_ name: String) throws(Failure) -> Int {
        guard let index = bvh.index(of: name) else { throw .missingJoint(name) }
        return index
    }

    /// Both legs together, m.
    func legs() throws(Failure) -> Double {
        var sum = 0.0
        for word in ["Left", "Right"] { sum += try bone(word + "Leg").length + bone(word + "Foot").length }
        return sum
    }

    /// Sources of pelvis, spine, neck and head; the other joints are unset.
    func trunk() throws(Failure) -> [Source] {
        var sources = [Source](
            repeating: Source(part: .init(joint: 0), alignment: .identity), count: HumanJoint.count)
        sources[.pelvis] = try turn(like: "Hips")
        // Three bending joints on both sides, or two sources with a third halfway between.
        sources[.spine1] = try turn(like: isAcclaim ? "LowerBack" : "Spine")
        sources[.spine2] = try turn(like: "Spine")
        if !isAcclaim {
            sources[.spine2].part = .init(joint: try index("Spine"), towards: try index("Spine1"), share: 0.5)
        }
        sources[.spine3] = try turn(like: "Spine1")
        sources[.neck] = try turn(like: isAcclaim ? "Neck1" : "Neck")
        sources[.head] = try turn(like: "Head")
        return sources
    }

    /// Sets the sources of a side's leg, foot, collar, arm and wrist.
    func addLimbs(of side: Side, to sources: inout [Source]) throws(Failure) {
        let word = side == .left ? "Left" : "Right"
        sources[side.hip] = try point(to: side.knee, like: word + "UpLeg", to: word + "Leg")
        sources[side.knee] = try point(to: side.ankle, like: word + "Leg", to: word + "Foot")
        sources[side.collar] = try turn(like: word + "Shoulder")
        sources[side.shoulder] = try point(to: side.elbow, like: word + "Arm", to: word + "ForeArm")
        sources[side.elbow] = try point(to: side.wrist, like: word + "ForeArm", to: word + "Hand")
        if isAcclaim {
            for (joint, end) in side.arm.segments {
                let roll = Quaternion(angle: -side.sign * Self.elbowRoll, axis: SMPLSkeleton.offsets[end])
                sources[joint].alignment = sources[joint].alignment * roll
            }
        }
        // In Acclaim skeletons "Hand" turns the forearm only; the next joint bends the wrist.
        sources[side.wrist] = try turn(like: word + (isAcclaim ? "FingerBase" : "Hand"))
        try addFoot(of: side, word, to: &sources)
    }

    private func addFoot(of side: Side, _ word: String, to sources: inout [Source]) throws(Failure) {
        let straight = Quaternion(from: Vector3(0, -1, 0), to: try bone(word + "Foot"))
        let ahead = straight.conjugate.act(try bone(word + "ToeBase"))
        let outward = SMPLSkeleton.offsets[side.toe]
        let up = Vector3(0, 1, 0)
        let yaw = Quaternion(angle: atan2(ahead.x, ahead.z), axis: up)
        let smplYaw = Quaternion(angle: -atan2(outward.x, outward.z), axis: up)
        // A frame level on the standing foot, seen from the rest frame: the rest frame is pitched down by then.
        func sole(_ pitch: Double) -> Quaternion {
            straight * yaw * Quaternion(angle: -pitch, axis: Vector3(1, 0, 0)) * smplYaw
        }
        sources[side.ankle] = Source(part: .init(joint: try index(word + "Foot")), alignment: sole(pitch.sole))
        sources[side.toe] = Source(part: .init(joint: try index(word + "ToeBase")), alignment: sole(pitch.toe))
    }

    /// Takes the rotation of a source joint as it is.
    private func turn(like name: String) throws(Failure) -> Source {
        Source(part: .init(joint: try index(name)), alignment: .identity)
    }

    /// The limb that ends in `end`, which is the source's bone from `name` to `endName`.
    private func point(to end: HumanJoint, like name: String, to endName: String) throws(Failure) -> Source {
        let alignment = Quaternion(from: SMPLSkeleton.offsets[end], to: try bone(endName))
        return Source(part: .init(joint: try index(name)), alignment: alignment)
    }

    private func bone(_ name: String) throws(Failure) -> Vector3 {
        let offset = bvh.joints[try index(name)].offset
        guard offset.length > 1e-4 else { throw .nullBone(name) }
        return offset
    }
}
