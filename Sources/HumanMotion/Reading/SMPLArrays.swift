import Geometry
import HumanBody
import Tensors

/// Rotations and translations of SMPL bodies in arrays of any of the layouts in use: axis-angle or rotation matrices, the root apart
/// or with the rest, with or without a batch dimension.
struct SMPLArrays {
    /// Local rotations by frame, the 22 of the body; the root's is in the world of the file.
    private(set) var rotations: [[Quaternion]]
    /// Translations by frame, in the unit of the file; nil when there are none.
    private(set) var translations: [Vector3]?
    /// Name of the translations.
    private(set) var translationName = "trans"
    /// What was passed over.
    private(set) var notes: [String] = []

    /// Names in use, the usual one first: AMASS, SMPL-X releases, the smplx library, AIST++, WHAM, TRAM, PHC.
    private static let poseNames = ["poses", "fullpose", "smpl_poses", "pose_world", "pose_aa", "pose", "pred_rotmat"]
    private static let rootNames = ["root_orient", "global_orient"]
    private static let bodyNames = ["pose_body", "body_pose"]
    private static let translationNames = [
        "trans", "trans_world", "transl", "smpl_trans", "translation", "trans_orig", "root_trans_offset", "pred_trans",
    ]
    /// Numbers of joints that SMPL, SMPL-H and SMPL-X have with the root.
    private static let jointCounts = [22, 24, 52, 55]
    /// Those that arrays hold: with or without the root, jaw or eyes.
    private static let widths = Set(jointCounts + [21, 23, 51, 53, 54])

    /// Whether arrays hold rotations of a person at all.
    static func areIn(_ arrays: NPZ) -> Bool {
        (poseNames + rootNames + bodyNames).contains { arrays.arrays[$0] != nil }
    }

    init(_ arrays: NPZ) throws(AMASS.Failure) {
        func name(_ names: [String]) -> String? { names.first { arrays.arrays[$0] != nil } }
        // What is said of a world comes before what is said of a camera.
        let whole = arrays.arrays["pose_world"] != nil ? "pose_world" : name(Self.poseNames)
        let translation =
            arrays.arrays["trans_world"] != nil ? "trans_world" : name(Self.translationNames)
        let (root, body) = (name(Self.rootNames), name(Self.bodyNames))
        let angles = whole ?? body ?? Self.poseNames[0]
        let areDegrees = arrays.arrays[angles] == nil ? false : try Self.areDegrees(arrays, angles)
        let unit = areDegrees ? Double.pi / 180 : 1
        if areDegrees { notes.append("'\(angles)' is taken as degrees: no joints turn by as many radians") }
        rotations = try Self.rotations(arrays, whole: whole, root: root, body: body, radians: unit)
        guard !rotations.isEmpty else { throw .frameCount(poses: 0, other: 0) }
        guard let translation else { return }
        translationName = translation
        var places = try Self.vectors(arrays, translation)
        let (count, other) = (rotations.count, places.count)
        if count != other {
            guard abs(count - other) == 1 else { throw .frameCount(poses: count, other: other) }
            let least = min(count, other)
            notes.append("'\(translation)' has \(other) frames and the poses \(count): the first \(least) are taken")
            places = Array(places.prefix(least))
            rotations = Array(rotations.prefix(least))
        }
        translations = places
    }

    // MARK: Rotations

    private static func rotations(
        _ arrays: NPZ, whole: String?, root: String?, body: String?, radians: Double
    ) throws(AMASS.Failure) -> [[Quaternion]] {
        guard let whole else {
            guard let root, let body else {
                if let only = root ?? body {
                    throw .layout("'\(only)' alone is no pose: root_orient and pose_body are needed together")
                }
                // Names what is missing.
                do { _ = try arrays.array(poseNames[0]) } catch { throw .array(error) }
                return []
            }
            return try joined(arrays, root, body, radians: radians)
        }
        let poses = try turns(arrays, whole, radians: radians)
        guard let joints = poses.first?.count else { return [] }
        guard let root else {
            guard joints >= 22, joints != 23 else {
                throw .layout(
                    "'\(whole)' has \(joints) joints a frame: that is a body without its root, which 'root_orient' would give"
                )
            }
            return poses
        }
        // SMPL-X releases have the root beside poses that hold it too.
        if jointCounts.contains(joints) {
            let roots = try turns(arrays, root, radians: radians)
            guard roots.count == poses.count else { throw .frameCount(poses: poses.count, other: roots.count) }
            let apart = zip(poses, roots).map { ($0[0].conjugate * $1[0]).angle }.max() ?? 0
            guard apart > 0.01 else { return poses }
            guard poses.allSatisfy({ $0[0].angle < 1e-3 }) else {
                throw .layout("the first joint of '\(whole)' and '\(root)' are different turns: which is the root's?")
            }
            return zip(poses, roots).map { [$1[0]] + $0.dropFirst() }
        }
        return try joined(arrays, root, whole, radians: radians)
    }

    private static func joined(
        _ arrays: NPZ, _ root: String, _ body: String, radians: Double
    ) throws(AMASS.Failure) -> [[Quaternion]] {
        let (roots, bodies) = (
            try turns(arrays, root, radians: radians), try turns(arrays, body, radians: radians)
        )
        guard roots.count == bodies.count else { throw .frameCount(poses: roots.count, other: bodies.count) }
        guard roots.first?.count ?? 1 == 1, bodies.first?.count ?? 21 >= 21 else {
            throw .layout(
                "'\(root)' and '\(body)' have \(roots.first?.count ?? 0) and \(bodies.first?.count ?? 0) joints instead of 1 "
                    + "and 21 or more")
        }
        return zip(roots, bodies).map { $0 + $1 }
    }

    /// The rotations of an array by frame and joint; a number of a rotation vector is so many radians.
    private static func turns(_ arrays: NPZ, _ name: String, radians: Double) throws(AMASS.Failure) -> [[Quaternion]] {
        let (values, shape) = try numbers(arrays, name, oneJoint: rootNames.contains(name))
        let width = shape.dropFirst().reduce(1, *)
        let isMatrix =
            shape.suffix(2) == [3, 3]
            || width.isMultiple(of: 9) && widths.contains(width / 9) && !widths.contains(width / 3)
        let size = isMatrix ? 9 : 3
        if let last = shape.last, shape.count > 2, !isMatrix, last != 3 {
            guard last < 10 else {
                throw .layout("'\(name)' of shape \(shape) holds \(shape[0]) motions: write one of them")
            }
            let kind = last == 6 ? "six numbers (6D)" : last == 4 ? "quaternions" : "\(last) numbers"
            throw .layout(
                "'\(name)' of shape \(shape) gives each joint \(kind), whose order is not told: write axis-angle "
                    + "[frames, joints, 3] or matrices [frames, joints, 3, 3]")
        }
        guard width > 0, width.isMultiple(of: size), width == size || widths.contains(width / size) else {
            if let numbers = [6, 4].first(where: {
                width == $0 || width.isMultiple(of: $0) && widths.contains(width / $0)
            }) {
                throw .layout(
                    "'\(name)' of shape \(shape) gives each joint \(numbers == 6 ? "six numbers (6D)" : "a quaternion"), whose "
                        + "order is not told: write axis-angle or matrices")
            }
            throw .poseWidth(width)
        }
        let joints = width / size
        var result: [[Quaternion]] = []
        for frame in 0..<shape[0] {
            var turns: [Quaternion] = []
            for joint in 0..<min(joints, HumanJoint.count) {
                let v = values[(frame * joints + joint) * size..<(frame * joints + joint + 1) * size].map { $0 }
                guard isMatrix else {
                    turns.append(Quaternion(rotationVector: Vector3(v[0], v[1], v[2]) * radians))
                    continue
                }
                let matrix = Matrix3(
                    rows: Vector3(v[0], v[1], v[2]), Vector3(v[3], v[4], v[5]), Vector3(v[6], v[7], v[8]))
                guard isRotation(matrix) else {
                    throw .layout("'\(name)' is no rotation matrix at joint \(joint) of frame \(frame)")
                }
                turns.append(Quaternion(matrix).normalized)
            }
            result.append(turns)
        }
        // Fingers stand as they are: only their number is asked for.
        return joints > HumanJoint.count
            ? result.map { $0 + Array(repeating: .identity, count: joints - $0.count) } : result
    }

    /// Whether rotation vectors are in degrees: in radians a tenth of them would be more than a whole turn.
    private static func areDegrees(_ arrays: NPZ, _ name: String) throws(AMASS.Failure) -> Bool {
        let (values, shape) = try numbers(arrays, name, oneJoint: rootNames.contains(name))
        let width = shape.dropFirst().reduce(1, *)
        guard width >= 63, width.isMultiple(of: 3), shape.suffix(2) != [3, 3] else { return false }
        let joints = min(width / 3, HumanJoint.count)
        var lengths: [Double] = []
        for frame in 0..<shape[0] {
            for joint in 0..<joints {
                let start = frame * width + 3 * joint
                lengths.append(Vector3(values[start], values[start + 1], values[start + 2]).length)
            }
        }
        return !lengths.isEmpty && lengths.sorted()[lengths.count * 9 / 10] > 2 * .pi
    }

    private static func isRotation(_ matrix: Matrix3) -> Bool {
        let rows = (0..<3).map { Vector3(matrix[$0, 0], matrix[$0, 1], matrix[$0, 2]) }
        return abs(rows[0].dot(rows[1])) < 0.02 && abs(rows[0].length - 1) < 0.02 && abs(rows[1].length - 1) < 0.02
            && rows[0].cross(rows[1]).dot(rows[2]) > 0.95
    }

    // MARK: Numbers

    private static func vectors(_ arrays: NPZ, _ name: String) throws(AMASS.Failure) -> [Vector3] {
        let (values, shape) = try numbers(arrays, name, oneJoint: true)
        guard shape.dropFirst().reduce(1, *) == 3 else {
            throw .layout("'\(name)' has shape \(shape) instead of [frames, 3]")
        }
        return (0..<shape[0]).map { Vector3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
    }

    /// A finite array with one row a frame, without a batch of one before it.
    static func numbers(
        _ arrays: NPZ, _ name: String, oneJoint: Bool = false
    ) throws(AMASS.Failure) -> ([Double], [Int]) {
        let values: [Double]
        var shape: [Int]
        do {
            shape = try arrays.array(name).shape
            values = try arrays.doubles(name, shape: shape.isEmpty ? [nil, nil] : nil)
        } catch {
            throw .array(error)
        }
        if isBatch(shape, oneJoint: oneJoint) { shape.removeFirst() }
        if shape.count > 3, shape.suffix(2) != [3, 3] || shape.count > 4 {
            throw .layout("'\(name)' of shape \(shape) holds \(shape[0]) motions: write one of them")
        }
        let width = shape.dropFirst().reduce(1, *)
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(array: name, frame: bad / max(width, 1))
        }
        return (values, shape)
    }

    /// Whether the first extent is a batch of one.
    private static func isBatch(_ shape: [Int], oneJoint: Bool) -> Bool {
        guard shape.count > 2, shape[0] == 1 else { return false }
        // One frame of so many joints does not exist.
        let isLong = oneJoint || shape[1] > 55
        if shape.suffix(2) == [3, 3] { return shape.count == 5 || shape.count == 4 && isLong }
        return shape.last == 3 ? shape.count == 4 || isLong : true
    }
}
