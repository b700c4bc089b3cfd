import Geometry

/// A body of SMPL's skeleton with bones of its own, and the way of its motion onto the mean one.
struct SMPLBody {
    /// Position of the pelvis in the rest pose, metres.
    let pelvis: Vector3
    private let alignments: [Quaternion]?
    private let scale: Double
    private let hips: Vector3

    /// The mean body, whose motion stays as it is.
    static let mean = SMPLBody(
        pelvis: SMPLSkeleton.restPelvis, alignments: nil, scale: 1, hips: .zero)

    private init(pelvis: Vector3, alignments: [Quaternion]?, scale: Double, hips: Vector3) {
        self.pelvis = pelvis
        self.alignments = alignments
        self.scale = scale
        self.hips = hips
    }

    /// A body of 22 joint positions in the rest pose, metres.
    ///
    /// Limbs keep their directions; the middle of the hips is scaled by the ratio of leg lengths.
    init(joints: [Vector3]) {
        func bone(_ end: Int) -> Vector3 { joints[end] - joints[SMPLSkeleton.parents[end]] }
        var alignments = [Quaternion](repeating: .identity, count: SMPLSkeleton.jointCount)
        for end in [4, 5, 7, 8, 18, 19, 20, 21] {
            alignments[SMPLSkeleton.parents[end]] = Quaternion(from: SMPLSkeleton.offsets[end], to: bone(end))
        }
        let legs = [4, 5, 7, 8]
        let own = legs.reduce(0) { $0 + bone($1).length }
        self.init(
            pelvis: joints[0], alignments: alignments,
            scale: legs.reduce(0) { $0 + SMPLSkeleton.offsets[$1].length } / own, hips: (bone(1) + bone(2)) / 2)
    }

    /// The frame of this body on the mean body.
    func carry(_ frame: HumanFrame) -> HumanFrame {
        guard let alignments else { return frame }
        var world: [Quaternion] = []
        for (joint, rotation) in frame.rotations.enumerated() {
            let parent = SMPLSkeleton.parents[joint]
            world.append(parent < 0 ? rotation : world[parent] * rotation)
        }
        let turned = zip(world, alignments).map { $0 * $1 }
        let rotations = turned.indices.map { joint in
            let parent = SMPLSkeleton.parents[joint]
            return (parent < 0 ? turned[joint] : turned[parent].conjugate * turned[joint]).normalized
        }
        let middle = (frame.pelvis + world[0].act(hips)) * scale
        let meanHips = (SMPLSkeleton.offsets[1] + SMPLSkeleton.offsets[2]) / 2
        return HumanFrame(pelvis: middle - rotations[0].act(meanHips), rotations: rotations, contacts: frame.contacts)
    }
}
