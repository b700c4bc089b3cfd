import Geometry
import HumanBody
public import Tensors

extension AMASS {
    /// A clip and what was guessed or left out on the way.
    public struct Reading: Sendable {
        /// The motion on the mean body, where and as fast as it was recorded.
        public var clip: HumanClip
        /// Whether the file told the foot contacts; without, the clip has none.
        public var hasContacts: Bool
        /// Sentences for the user.
        public var notes: [String]
    }

    /// Names in use, the usual one first: AMASS, SMPL-X releases, the smplx library, AIST++.
    private static let poseNames = ["poses", "fullpose", "smpl_poses", "pose"]
    private static let rootNames = ["root_orient", "global_orient"]
    private static let bodyNames = ["pose_body", "body_pose"]
    private static let translationNames = ["trans", "transl", "smpl_trans", "translation"]
    private static let rateNames = [
        "mocap_framerate", "mocap_frame_rate", "mocap_frequency", "fps", "frame_rate", "framerate",
    ]

    /// The clip of the arrays; the exact inverse of `arrays(_:hands:)`.
    ///
    /// Without `contacts` they are detected, taking z = 0 as the floor; no text is an empty one.
    public static func clip(_ arrays: NPZ) throws(Failure) -> HumanClip {
        let reading = try reading(arrays)
        var clip = reading.clip
        if !reading.hasContacts { clip.detectContacts() }
        return clip
    }

    /// Reads a clip from a file, whose arrays have `limit` bytes together at most.
    public static func read(path: String, atMost limit: Int = NPZ.greatestSize) throws(Failure) -> HumanClip {
        let arrays: NPZ
        do { arrays = try NPZ(path: path, atMost: limit) } catch { throw .array(error) }
        return try clip(arrays)
    }

    /// Reads a clip from a file, of a body of any shape.
    public static func reading(
        path: String, model: SMPLModel? = nil, frameRate: Double? = nil
    ) throws(Failure) -> Reading {
        let arrays: NPZ
        do { arrays = try NPZ(path: path) } catch { throw .array(error) }
        return try reading(arrays, model: model, frameRate: frameRate)
    }

    /// The clip of arrays under any of the names in use.
    ///
    /// The world's up axis is z as in AMASS, unless nine of ten frames stand along another one; a root some hundred or
    /// thousand times too high for metres is taken for centimetres or millimetres.
    ///
    /// - Parameters:
    ///   - arrays: Poses, translations and the rest.
    ///   - model: The body model that gives `betas` their meaning; without it they are not used.
    ///   - frameRate: Frames per second, before what the file tells.
    /// - Returns: The clip, and what was guessed or left out.
    /// - Throws: `Failure`.
    public static func reading(
        _ arrays: NPZ, model: SMPLModel? = nil, frameRate: Double? = nil
    ) throws(Failure) -> Reading {
        var notes: [String] = []
        let poses = try bodyPoses(arrays)
        let translationName = translationNames.first { arrays.arrays[$0] != nil } ?? translationNames[0]
        var trans = try rows(arrays, translationName)
        guard trans.width == 3 else { throw .poseWidth(trans.width) }
        let count = poses.count
        guard count > 0, count == trans.count else { throw .frameCount(poses: count, other: trans.count) }
        guard count <= HumanClip.greatestFrameCount else { throw .tooManyFrames(count) }
        let contacts = arrays.arrays["contacts"] == nil ? nil : try rows(arrays, "contacts")
        if let contacts, contacts.count != count || contacts.width != 4 {
            throw .frameCount(poses: count, other: contacts.count)
        }
        let rate: Double
        if let frameRate { rate = frameRate } else { rate = try Self.frameRate(arrays) }
        guard (1...1000).contains(rate) else { throw .frameRate(rate) }

        func vector(_ values: [Double], _ start: Int) -> Vector3 {
            Vector3(values[start], values[start + 1], values[start + 2])
        }
        let roots = (0..<count).map { Quaternion(rotationVector: vector(poses.values, $0 * poses.width)) }
        let (toYUp, upNote) = worldTurn(roots)
        if let upNote { notes.append(upNote) }
        if let scaling = arrays.arrays["smpl_scaling"]?.doubles?.first, scaling > 0 {
            trans.values = trans.values.map { $0 / scaling }
        }
        let heights = (0..<count).map { toYUp.act(vector(trans.values, 3 * $0)).y }.sorted()
        for (unit, size) in [("centimetres", 100.0), ("millimetres", 1000)]
        where (0.6...1.6).contains(heights[count / 2] / size) {
            notes.append("'\(translationName)' is taken as \(unit): the root is \(Int(heights[count / 2])) high")
            trans.values = trans.values.map { $0 / size }
        }
        let body = try self.body(arrays, model, &notes)

        let frames = (0..<count).map { index in
            var rotations = HumanJoint.allCases.map {
                Quaternion(rotationVector: vector(poses.values, index * poses.width + 3 * $0.rawValue))
            }
            rotations[.pelvis] = toYUp * rotations[.pelvis]
            let pelvis = toYUp.act(vector(trans.values, 3 * index) + body.pelvis)
            var frame = body.carry(HumanFrame(pelvis: pelvis, rotations: rotations))
            if let c = contacts?.values[4 * index..<4 * index + 4].map({ min(max($0, 0), 1) }) {
                frame.contacts = FootContacts(leftAnkle: c[0], leftToe: c[1], rightAnkle: c[2], rightToe: c[3])
            }
            return frame
        }
        let clip = HumanClip(frameRate: rate, frames: frames, text: arrays.arrays["text"]?.string ?? "")
        return Reading(clip: clip, hasContacts: contacts != nil, notes: notes)
    }

    // MARK: Arrays

    private typealias Rows = (values: [Double], count: Int, width: Int)

    private static func bodyPoses(_ arrays: NPZ) throws(Failure) -> Rows {
        let root = rootNames.first { arrays.arrays[$0] != nil }
        let body = bodyNames.first { arrays.arrays[$0] != nil }
        let whole = poseNames.first { arrays.arrays[$0] != nil }
        guard let root, let body, whole == nil else {
            let poses = try rows(arrays, whole ?? poseNames[0])
            guard poses.width >= bodyNumbers, poses.width.isMultiple(of: 3) else { throw .poseWidth(poses.width) }
            return poses
        }
        let (roots, bodies) = (try rows(arrays, root), try rows(arrays, body))
        guard roots.width == 3, bodies.width >= bodyNumbers - 3 else { throw .poseWidth(roots.width + bodies.width) }
        guard roots.count == bodies.count else { throw .frameCount(poses: roots.count, other: bodies.count) }
        var values: [Double] = []
        for row in 0..<roots.count {
            values += roots.values[3 * row..<3 * row + 3]
            values += bodies.values[bodies.width * row..<bodies.width * (row + 1)]
        }
        return (values, roots.count, 3 + bodies.width)
    }

    /// A finite array with one row a frame; axes after the first are run together.
    private static func rows(_ arrays: NPZ, _ name: String) throws(Failure) -> Rows {
        let values: [Double]
        let shape: [Int]
        do {
            shape = try arrays.array(name).shape
            values = try arrays.doubles(name, shape: shape.count < 2 ? [nil, nil] : nil)
        } catch {
            throw .array(error)
        }
        let width = shape.dropFirst().reduce(1, *)
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(array: name, frame: bad / max(width, 1))
        }
        return (values, shape[0], width)
    }

    private static func frameRate(_ arrays: NPZ) throws(Failure) -> Double {
        guard let name = rateNames.first(where: { arrays.arrays[$0] != nil }) else { throw .noFrameRate }
        let values: [Double]
        do { values = try arrays.doubles(name) } catch { throw .array(error) }
        guard values.count == 1, (1...1000).contains(values[0]) else { throw .frameRate(values.first ?? .nan) }
        return values[0]
    }

    /// The rotation from the file's world to y up, and a word about it when that is not AMASS's.
    private static func worldTurn(_ roots: [Quaternion]) -> (Quaternion, String?) {
        let bodies = roots.map { $0.act(Vector3(0, 1, 0)) }
        func share(_ axis: Vector3) -> Double {
            Double(bodies.count(where: { $0.dot(axis) > 0.7 })) / Double(bodies.count)
        }
        if share(Vector3(0, 0, 1)) < 0.05 {
            for (axis, name) in [
                (Vector3(0, 1, 0), "y is taken as up"), (Vector3(0, -1, 0), "y is taken as down, as cameras have it"),
                (Vector3(1, 0, 0), "x is taken as up"), (Vector3(0, 0, -1), "z is taken as down"),
            ] where share(axis) > 0.9 {
                // Half a turn about x, not about any axis: what was ahead of a camera stays in line.
                let halfTurn = Quaternion(angle: .pi, axis: Vector3(1, 0, 0))
                let turn = axis.y < 0 ? halfTurn : Quaternion(from: axis, to: Vector3(0, 1, 0))
                return (turn, name)
            }
        }
        return (toYUp, nil)
    }

    private static func body(_ arrays: NPZ, _ model: SMPLModel?, _ notes: inout [String]) throws(Failure) -> SMPLBody {
        guard let name = ["betas", "shape"].first(where: { arrays.arrays[$0] != nil }) else { return .mean }
        let all: [Double]
        do { all = try arrays.doubles(name) } catch { throw .array(error) }
        // Some files repeat the shape for every frame.
        let shape = (try? arrays.array(name).shape) ?? []
        let betas = Array(all.prefix(shape.count == 2 ? shape[1] : all.count))
        if let bad = betas.firstIndex(where: { !$0.isFinite }) { throw .notFinite(array: name, frame: bad) }
        guard let model else {
            if betas.contains(where: { abs($0) > 1e-9 }) {
                notes.append("'\(name)' ignored: the mean body is used (--smpl-model gives the shape)")
            }
            return .mean
        }
        return SMPLBody(joints: model.joints(betas: betas))
    }
}
