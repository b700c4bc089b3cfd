import Geometry
import HumanBody

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
        let names = NamedSources(bvh)
        var sources = try names.trunk()
        for side in Side.both { try names.addLimbs(of: side, to: &sources) }
        self.bvh = bvh
        self.sources = sources
        self.world = world
        hips = (try names.index("LeftUpLeg"), try names.index("RightUpLeg"))
        scale = 2 * SMPLSkeleton.legLength / (try names.legs())
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
