import Geometry
import HumanBody

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
        var alignments = SMPLSkeleton.restRotations
        for (start, end) in HumanLimb.all.flatMap(\.segments) {
            alignments[start] = Quaternion(from: SMPLSkeleton.offsets[end], to: joints[end] - joints[start])
        }
        let legs = Side.both.flatMap(\.leg.segments)
        let own = legs.reduce(0) { $0 + (joints[$1.end] - joints[$1.start]).length } / 2
        self.init(
            pelvis: joints[.pelvis], alignments: alignments, scale: SMPLSkeleton.legLength / own,
            hips: (joints[.leftHip] + joints[.rightHip]) / 2 - joints[.pelvis])
    }

    /// The frame of this body on the mean body.
    func carry(_ frame: HumanFrame) -> HumanFrame {
        guard let alignments else { return frame }
        let world = SMPLSkeleton.worldRotations(frame.rotations)
        let rotations = SMPLSkeleton.localRotations(zip(world, alignments).map { $0 * $1 })
        let middle = (frame.pelvis + world[.pelvis].act(hips)) * scale
        return HumanFrame(
            pelvis: middle - rotations[.pelvis].act(SMPLSkeleton.hipCentre), rotations: rotations,
            contacts: frame.contacts)
    }
}
