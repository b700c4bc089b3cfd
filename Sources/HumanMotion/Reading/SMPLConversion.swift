import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Carries BVH motion of bodies of any size to the one SMPL skeleton.
///
/// For each SMPL joint: world rotation = world rotation of the source joint × a fixed rotation `alignment` between the
/// two rest poses (all joint frames of both are parallel to the world at rest). For limbs the alignment is the shortest
/// arc that carries SMPL's rest bone onto the source's, so every limb points exactly where the source's points and no
/// twist is added. Feet are aligned by their soles, as the bone from ankle to toe slopes differently on every
/// skeleton: a flat foot stays flat, and a foot pointing ahead points ahead. Trunk, collars, head and hands take
/// the source's rotation as it is.
///
/// The middle of the hip joints is the point that follows the source, scaled by the ratio of leg lengths; last, the
/// clip is set on the floor (`FloorEstimate`).
public struct SMPLConversion: Sendable {
    /// Why a skeleton cannot be carried.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The skeleton lacks a joint.
        case missingJoint(String)
        /// A limb's rest bone has no length.
        case nullBone(String)
        /// The motion has no frames.
        case noFrames

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .missingJoint(let name): "the skeleton has no joint '\(name)'"
            case .nullBone(let name): "the bone ending in '\(name)' has no length"
            case .noFrames: "the motion has no frames"
            }
        }
    }

    /// Where the world rotation of an SMPL joint comes from.
    struct Source {
        /// Source joint, and a second one with the share of the way towards it.
        var part: SkeletonMap.Part
        /// SMPL's frame in the source joint's frame.
        var alignment: Quaternion
    }

    let sources: [Source]
    let hips: (left: Int, right: Int)
    let scale: Double
    /// From the source's world to y up, and facing +z when its rest pose does.
    let world: Quaternion
    let bvh: BVH

    init(_ bvh: BVH, sources: [Source], hips: (left: Int, right: Int), scale: Double, world: Quaternion) {
        self.bvh = bvh
        self.sources = sources
        self.hips = hips
        self.scale = scale
        self.world = world
    }

    /// Prepares the way of one motion.
    ///
    /// - Parameter bvh: A motion, y up, whose rest pose is a T pose facing +z with all frames parallel to the world,
    ///   joints named as in the CMU or Bandai-Namco skeletons (`Hips`, `LeftUpLeg`, … `Head`).
    /// - Throws: `Failure`.
    public init(_ bvh: BVH) throws(Failure) { try self.init(bvh, world: .identity) }

    /// The same for a motion whose world is another one than its rest pose's.
    init(_ bvh: BVH, world: Quaternion) throws(Failure) {
        guard bvh.frameCount > 0 else { throw .noFrames }
        self.bvh = bvh
        let isAcclaim = bvh.index(of: "LowerBack") != nil

        func index(_ name: String) throws(Failure) -> Int {
            guard let index = bvh.index(of: name) else { throw .missingJoint(name) }
            return index
        }
        func bone(_ name: String) throws(Failure) -> Vector3 {
            let offset = bvh.joints[try index(name)].offset
            guard offset.length > 1e-4 else { throw .nullBone(name) }
            return offset
        }

        let unset = Source(part: .init(joint: 0), alignment: .identity)
        var sources = [Source](repeating: unset, count: HumanJoint.count)
        func turn(_ joint: HumanJoint, like name: String) throws(Failure) {
            sources[joint] = Source(part: .init(joint: try index(name)), alignment: .identity)
        }
        /// The limb from SMPL `joint` to `end`, which is the source's bone from `name` to `endName`.
        func point(_ joint: HumanJoint, to end: HumanJoint, like name: String, to endName: String) throws(Failure) {
            let alignment = Quaternion(from: SMPLSkeleton.offsets[end], to: try bone(endName))
            sources[joint] = Source(part: .init(joint: try index(name)), alignment: alignment)
        }

        try turn(.pelvis, like: "Hips")
        // Three bending joints on both sides, or two sources with a third halfway between.
        try turn(.spine1, like: isAcclaim ? "LowerBack" : "Spine")
        try turn(.spine2, like: "Spine")
        if !isAcclaim {
            sources[.spine2].part = .init(joint: try index("Spine"), towards: try index("Spine1"), share: 0.5)
        }
        try turn(.spine3, like: "Spine1")
        try turn(.neck, like: isAcclaim ? "Neck1" : "Neck")
        try turn(.head, like: "Head")

        // How far sole and toes of the rest pose (its shins turned upright) pitch down when the foot stands flat: medians
        // over the standing frames of the CMU and HDM05 sets, and of the Bandai sets, whose rest bone is level.
        let degree = Double.pi / 180
        let (solePitch, toePitch) = isAcclaim ? (2 * degree, -10 * degree) : (39 * degree, 21.5 * degree)
        let elbowRoll = 28.5 * degree
        var sourceLegs = 0.0
        for side in Side.both {
            let word = side == .left ? "Left" : "Right"
            try point(side.hip, to: side.knee, like: word + "UpLeg", to: word + "Leg")
            try point(side.knee, to: side.ankle, like: word + "Leg", to: word + "Foot")
            try turn(side.collar, like: word + "Shoulder")
            try point(side.shoulder, to: side.elbow, like: word + "Arm", to: word + "ForeArm")
            try point(side.elbow, to: side.wrist, like: word + "ForeArm", to: word + "Hand")
            if isAcclaim {
                // The Acclaim elbow's hinge is rolled about the arm (its axes are "180 30 90"): without the roll a bent arm
                // would twist SMPL's shoulder, whose elbow bends about y.
                for (joint, end) in side.arm.segments {
                    let roll = Quaternion(angle: -side.sign * elbowRoll, axis: SMPLSkeleton.offsets[end])
                    sources[joint].alignment = sources[joint].alignment * roll
                }
            }
            // In Acclaim skeletons "Hand" turns the forearm only; the next joint bends the wrist.
            try turn(side.wrist, like: word + (isAcclaim ? "FingerBase" : "Hand"))

            let shin = try bone(word + "Foot")
            let straight = Quaternion(from: Vector3(0, -1, 0), to: shin)
            let ahead = straight.conjugate.act(try bone(word + "ToeBase"))
            let outward = SMPLSkeleton.offsets[side.toe]
            let up = Vector3(0, 1, 0)
            let pitchAxis = Vector3(1, 0, 0)
            let yaw = Quaternion(angle: atan2(ahead.x, ahead.z), axis: up)
            let smplYaw = Quaternion(angle: -atan2(outward.x, outward.z), axis: up)
            // A frame level on the standing foot, seen from the rest frame: the rest frame is pitched down by then.
            func sole(_ pitch: Double) -> Quaternion {
                straight * yaw * Quaternion(angle: -pitch, axis: pitchAxis) * smplYaw
            }
            sources[side.ankle] = Source(part: .init(joint: try index(word + "Foot")), alignment: sole(solePitch))
            sources[side.toe] = Source(part: .init(joint: try index(word + "ToeBase")), alignment: sole(toePitch))
            sourceLegs += try bone(word + "Leg").length + shin.length
        }
        self.sources = sources
        hips = (try index("LeftUpLeg"), try index("RightUpLeg"))
        scale = 2 * SMPLSkeleton.legLength / sourceLegs
        self.world = world
    }

    /// The motion on the SMPL skeleton at a frame rate, on the floor y = 0, with foot contacts.
    public func clip(frameRate: Double = 30) -> HumanClip {
        var clip = rawClip().resampled(to: frameRate)
        clip.standOnFloor()
        clip.detectContacts()
        return clip
    }

    /// The motion on the SMPL skeleton, where and at the frame rate it was recorded.
    func rawClip() -> HumanClip {
        HumanClip(
            frameRate: bvh.frameRate, frames: (0..<bvh.frameCount).map { frame(bvh.worldPoses(frame: $0)) })
    }

    private func frame(_ poses: [RigidTransform]) -> HumanFrame {
        let turns = sources.map { source in
            var rotation = poses[source.part.joint].rotation
            if let other = source.part.towards {
                rotation = rotation.slerp(to: poses[other].rotation, source.part.share)
            }
            return world * rotation * source.alignment
        }
        let rotations = SMPLSkeleton.localRotations(turns)
        let middle = world.act(poses[hips.left].translation + poses[hips.right].translation) * (scale / 2)
        return HumanFrame(pelvis: middle - rotations[.pelvis].act(SMPLSkeleton.hipCentre), rotations: rotations)
    }
}
