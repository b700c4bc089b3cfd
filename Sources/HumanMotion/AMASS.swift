import Geometry
import HumanBody
public import Tensors

/// Motion files in the layout of AMASS (Mahmood et al., "AMASS: Archive of Motion Capture as Surface Shapes", ICCV 2019).
///
/// An npz of `poses` `[T, 66 or more]` (axis-angle; the 22 body joints first, fingers ignored), `trans` `[T, 3]` (metres, z up),
/// `betas`, `gender` and `mocap_framerate`, to which kmmd adds `text` and `contacts` `[T, 4]`, which other readers
/// leave alone. AMASS is z up, and a body standing with R_0 = 1 faces -y there. With M from its world to y up,
/// `M (x, y, z) = (x, z, -y)`, and J0 = `SMPLSkeleton.restPelvis`:
///
///     R_0 = M R_amass      pelvis = M (trans + J0)
///
/// J0 is not turned, as SMPL's `transl` moves the body's origin and the pelvis turns about itself. All clips are of the
/// one mean body: written `betas` are zero, and `AMASS+Reading.swift` carries bodies of other shapes over to it.
public enum AMASS {
    /// Why a file is no motion.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The file, or an array that must be there, cannot be read.
        case array(TensorFileError)
        /// `poses` has too few numbers a frame, or not three a joint.
        case poseWidth(Int)
        /// There are no frames, or not the same number in all arrays.
        case frameCount(poses: Int, other: Int)
        /// The frame rate is not between 1 and 1000 frames per second.
        case frameRate(Double)
        /// An array holds something infinite or not a number.
        case notFinite(array: String, frame: Int)
        /// No array tells the frames per second.
        case noFrameRate
        /// There are more frames than `HumanClip.greatestFrameCount`.
        case tooManyFrames(Int)
        /// It lasts longer than is read.
        case tooLong(seconds: Double, most: Double)
        /// Arrays whose meaning is not told, and what would be right.
        case layout(String)

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .array(let error): error.description
            case .poseWidth(let width): "the poses have \(width) numbers a frame instead of 66, 72, 156 or 165"
            case .frameCount(let poses, let other):
                "'poses' has \(poses) frames and another array \(other); at least one, and equally many, are needed"
            case .frameRate(let rate): "\(rate) frames per second are not between 1 and 1000"
            case .notFinite(let array, let frame): "'\(array)' holds no finite number in frame \(frame)"
            case .tooManyFrames(let count): "\(count) frames; at most \(HumanClip.greatestFrameCount) are read"
            case .tooLong(let seconds, let most):
                "the motion lasts \(seconds.rounded()) s; at most \(most.rounded()) s are read"
            case .layout(let words): words
            case .noFrameRate: "no array tells the frame rate ('mocap_framerate'); it can be given as --input-rate"
            }
        }
    }

    static let bodyNumbers = 3 * HumanJoint.count
    /// From AMASS's world to y up.
    static let toYUp = Quaternion(angle: -.pi / 2, axis: Vector3(1, 0, 0))

    /// The arrays of a clip.
    ///
    /// - Parameters:
    ///   - clip: Any clip.
    ///   - hands: Whether `poses` has the 156 numbers of SMPL-H, with flat hands, instead of the body's 66.
    /// - Returns: What `clip(_:)` turns back.
    public static func arrays(_ clip: HumanClip, hands: Bool = false) -> NPZ {
        let width = hands ? 156 : bodyNumbers
        var poses: [Double] = []
        var trans: [Double] = []
        var contacts: [Float] = []
        for frame in clip.frames {
            var rotations = frame.rotations
            rotations[.pelvis] = toYUp.conjugate * rotations[.pelvis]
            for v in rotations.map(\.rotationVector) { poses += [v.x, v.y, v.z] }
            poses += Array(repeating: 0, count: width - bodyNumbers)
            let t = toYUp.conjugate.act(frame.pelvis) - SMPLSkeleton.restPelvis
            trans += [t.x, t.y, t.z]
            contacts += frame.contacts.values.map { Float($0) }
        }
        let count = clip.frames.count
        return NPZ([
            "poses": NPYArray(shape: [count, width], .float64(poses)),
            "trans": NPYArray(shape: [count, 3], .float64(trans)),
            "contacts": NPYArray(shape: [count, 4], .float32(contacts)),
            "betas": NPYArray(shape: [16], .float64(Array(repeating: 0, count: 16))),
            "gender": NPYArray("male"),
            "mocap_framerate": NPYArray(clip.frameRate),
            "text": NPYArray(clip.text),
        ])
    }

    /// Writes a clip to a file, all or nothing.
    public static func write(_ clip: HumanClip, path: String, hands: Bool = false) throws(Failure) {
        do { try arrays(clip, hands: hands).write(path: path) } catch { throw .array(error) }
    }
}
