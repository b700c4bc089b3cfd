import Geometry
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
/// J0 is not turned, as SMPL's `transl` moves the body's origin and the pelvis turns about itself. All bodies are the
/// one mean body: written `betas` are zero and read ones are not used.
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

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .array(let error): error.description
            case .poseWidth(let width): "'poses' has \(width) numbers a frame instead of 66, 72, 156 or 165"
            case .frameCount(let poses, let other):
                "'poses' has \(poses) frames and another array \(other); at least one, and equally many, are needed"
            case .frameRate(let rate): "\(rate) frames per second are not between 1 and 1000"
            case .notFinite(let array, let frame): "'\(array)' holds no finite number in frame \(frame)"
            }
        }
    }

    private static let bodyNumbers = 3 * SMPLSkeleton.jointCount
    /// From AMASS's world to y up.
    private static let toYUp = Quaternion(angle: -.pi / 2, axis: Vector3(1, 0, 0))

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
            for (joint, rotation) in frame.rotations.enumerated() {
                let v = (joint == 0 ? toYUp.conjugate * rotation : rotation).rotationVector
                poses += [v.x, v.y, v.z]
            }
            poses += Array(repeating: 0, count: width - bodyNumbers)
            let t = toYUp.conjugate.act(frame.pelvis) - SMPLSkeleton.restPelvis
            trans += [t.x, t.y, t.z]
            let c = frame.contacts
            contacts += [c.leftAnkle, c.leftToe, c.rightAnkle, c.rightToe].map { Float($0) }
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

    /// The clip of the arrays; the exact inverse of `arrays(_:hands:)`.
    ///
    /// The frame rate may also be called `mocap_frame_rate`. Without `contacts` they are detected, taking z = 0 as the
    /// floor; no text is an empty one.
    public static func clip(_ arrays: NPZ) throws(Failure) -> HumanClip {
        let poses = try checked(arrays, "poses", width: nil)
        let width = poses.values.count / max(poses.count, 1)
        guard width >= bodyNumbers, width.isMultiple(of: 3) else { throw .poseWidth(width) }
        let trans = try checked(arrays, "trans", width: 3)
        guard poses.count > 0, poses.count == trans.count else {
            throw .frameCount(poses: poses.count, other: trans.count)
        }
        let contacts = arrays.arrays["contacts"] == nil ? nil : try checked(arrays, "contacts", width: 4)
        if let contacts, contacts.count != poses.count {
            throw .frameCount(poses: poses.count, other: contacts.count)
        }

        let frames = (0..<poses.count).map { index in
            func vector(_ values: [Double], _ start: Int) -> Vector3 {
                Vector3(values[start], values[start + 1], values[start + 2])
            }
            var rotations = (0..<SMPLSkeleton.jointCount).map {
                Quaternion(rotationVector: vector(poses.values, index * width + 3 * $0))
            }
            rotations[0] = toYUp * rotations[0]
            let pelvis = toYUp.act(vector(trans.values, 3 * index) + SMPLSkeleton.restPelvis)
            guard let c = contacts?.values[4 * index..<4 * index + 4].map({ min(max($0, 0), 1) }) else {
                return HumanFrame(pelvis: pelvis, rotations: rotations)
            }
            return HumanFrame(
                pelvis: pelvis, rotations: rotations,
                contacts: FootContacts(leftAnkle: c[0], leftToe: c[1], rightAnkle: c[2], rightToe: c[3]))
        }
        var clip = HumanClip(frameRate: try frameRate(arrays), frames: frames, text: text(arrays))
        if contacts == nil { clip.detectContacts() }
        return clip
    }

    /// Reads a clip from a file.
    public static func read(path: String) throws(Failure) -> HumanClip {
        let arrays: NPZ
        do { arrays = try NPZ(path: path) } catch { throw .array(error) }
        return try clip(arrays)
    }

    /// Writes a clip to a file, all or nothing.
    public static func write(_ clip: HumanClip, path: String, hands: Bool = false) throws(Failure) {
        do { try arrays(clip, hands: hands).write(path: path) } catch { throw .array(error) }
    }

    /// A finite two-dimensional array and its number of rows.
    private static func checked(
        _ arrays: NPZ, _ name: String, width: Int?
    ) throws(Failure) -> (values: [Double], count: Int) {
        let values: [Double]
        let shape: [Int]
        do {
            values = try arrays.doubles(name, shape: [nil, width])
            shape = try arrays.array(name).shape
        } catch {
            throw .array(error)
        }
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(array: name, frame: bad / max(shape[1], 1))
        }
        return (values, shape[0])
    }

    private static func frameRate(_ arrays: NPZ) throws(Failure) -> Double {
        let name = arrays.arrays["mocap_framerate"] == nil ? "mocap_frame_rate" : "mocap_framerate"
        let values: [Double]
        do { values = try arrays.doubles(name) } catch {
            // Say the usual name when neither is there.
            guard error.kind == .missing else { throw .array(error) }
            do { values = try arrays.doubles("mocap_framerate") } catch { throw .array(error) }
        }
        guard values.count == 1, (1...1000).contains(values[0]) else { throw .frameRate(values.first ?? .nan) }
        return values[0]
    }

    private static func text(_ arrays: NPZ) -> String { arrays.arrays["text"]?.string ?? "" }
}
