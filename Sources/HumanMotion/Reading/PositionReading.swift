import Geometry
import HumanBody
import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Motion of people whose joints' positions alone are known: what pose trackers, HumanML3D and Kimodo write.
struct PositionReading {
    /// The motion, y up, on the mean body.
    let clip: HumanClip
    /// Sentences for the user.
    private(set) var notes: [String] = []

    /// Names of arrays of positions, `[frames, joints, 3]`.
    private static let names = [
        "positions", "joints", "joints3d", "joints_3d", "joint_positions", "keypoints3d", "keypoints_3d", "keypoints",
        "landmarks", "pose_world_landmarks", "posed_joints", "global_positions", "smpl_joints", "motion", "array",
    ]
    private static let rateNames = ["fps", "mocap_framerate", "mocap_frame_rate", "frame_rate", "framerate"]
    /// HumanML3D's files have no rate: its motions are all at this one, frames per second.
    private static let humanML3DRate = 20.0

    /// The array of positions that is there; nil when there is none.
    static func name(in arrays: NPZ) -> String? {
        names.first { name in
            guard let shape = arrays.arrays[name]?.shape else { return false }
            let rows = shape.first == 1 && shape.count > 2 ? Array(shape.dropFirst()) : shape
            return rows.count == 3 && (3...4).contains(rows[2]) || rows.count == 2 && rows[1] == HumanML3D.width
                || shape.count == 3 && (3...4).contains(shape[2])
        }
    }

    init(_ arrays: NPZ, given: AMASS.Given) throws(AMASS.Failure) {
        guard let name = Self.name(in: arrays) else { throw .layout("no array of joint positions") }
        let (values, shape) = try Self.rows(arrays, name)
        let points: [[Vector3]]
        if shape.count == 2 {
            points = try HumanML3D.positions(values, count: shape[0])
            notes.append("'\(name)' is taken as HumanML3D's features: their joint positions are used")
        } else {
            points = (0..<shape[0]).map { frame in
                (0..<shape[1]).map { joint in
                    let start = (frame * shape[1] + joint) * shape[2]
                    return Vector3(values[start], values[start + 1], values[start + 2])
                }
            }
        }
        guard let first = points.first else { throw .frameCount(poses: 0, other: 0) }
        guard let layout = PositionLayout.layout(first.count, first: first) else {
            throw .layout(
                "'\(name)' has \(first.count) points a frame, whose order is not known; known are 22 and more of SMPL and "
                    + "HumanML3D, 17 of Human3.6M or COCO and 33 of BlazePose")
        }
        notes.append("positions in the order of \(layout.name): rotations are fitted to them")
        let rate = try Self.rate(arrays, given, layout, &notes)
        let leg = Self.legLength(points, layout)
        guard leg > 1e-6 else { throw .layout("'\(name)': legs without length") }
        let unit = try Self.unit(leg, given, &notes)
        let track = BodyTrack(count: points.count, rate: rate) { frame in
            HumanJoint.allCases.map { joint in layout.joints[joint].map { points[frame][$0] * unit } }
        }
        let prior = UpAxis.Prior(points: [.y: 0.7, .z: 0.69, .minusY: 0.65], source: "pose trackers", usual: .y)
        let up = UpAxis(track, prior: prior, given: given.up)
        notes += up.notes
        let turn = up.axis.turnToYUp(front: given.front)
        let fit = PositionFit(legLength: leg * unit)
        var frames: [HumanFrame] = []
        for frame in points {
            let positions = layout.joints.mapValues { turn.act(frame[$0] * unit) }
            let head = Self.head(frame, layout).map { turn * $0 }
            let fitted = fit.frame(.init(positions: positions, rotations: head.map { [.head: $0] } ?? [:]))
            guard let fitted else { throw .layout("'\(name)' lacks a joint that is needed") }
            frames.append(fitted)
        }
        var clip = HumanClip(frameRate: rate, frames: frames, text: arrays.arrays["text"]?.string ?? "")
        if Self.isAtOrigin(points, layout, leg) {
            clip.carryByFeet()
            notes.append("the hips stay at the origin: the feet carry the body, on a level floor")
        }
        self.clip = clip
    }

    // MARK: Numbers

    private static func rows(_ arrays: NPZ, _ name: String) throws(AMASS.Failure) -> ([Double], [Int]) {
        var shape: [Int]
        let values: [Double]
        do {
            shape = try arrays.array(name).shape
            values = try arrays.doubles(name)
        } catch { throw .array(error) }
        if shape.count > 2, shape[0] == 1, shape.count == 4 || shape[2] == HumanML3D.width { shape.removeFirst() }
        let width = shape.dropFirst().reduce(1, *)
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(array: name, frame: bad / max(width, 1))
        }
        return (values, shape)
    }

    private static func rate(
        _ arrays: NPZ, _ given: AMASS.Given, _ layout: PositionLayout, _ notes: inout [String]
    ) throws(AMASS.Failure) -> Double {
        if let rate = given.frameRate { return rate }
        if let rate = rateNames.lazy.compactMap({ arrays.arrays[$0]?.doubles?.first }).first {
            guard (1...1000).contains(rate) else { throw .frameRate(rate) }
            return rate
        }
        guard layout.name == "SMPL" else { throw .noFrameRate }
        notes.append("no frame rate: HumanML3D's \(Int(humanML3DRate)) a second are taken; --input-rate takes another")
        return humanML3DRate
    }

    private static func unit(
        _ leg: Double, _ given: AMASS.Given, _ notes: inout [String]
    ) throws(AMASS.Failure) -> Double {
        if let unit = given.metresPerUnit { return unit }
        for (name, unit) in [("metres", 1.0), ("centimetres", 0.01), ("millimetres", 0.001)]
        where (0.5...1.15).contains(leg * unit) {
            if unit != 1 {
                notes.append("lengths are taken as \(name): the legs are \(Int(leg)) long; --units takes another")
            }
            return unit
        }
        notes.append("legs of \(MotionFile.rounded(leg)) are of no known unit: taken as a leg of usual length")
        return SMPLSkeleton.legLength / leg
    }

    // MARK: Bodies

    /// Thigh and shank, the middle over all frames: trackers' bones change their length.
    private static func legLength(_ points: [[Vector3]], _ layout: PositionLayout) -> Double {
        let lengths = points.map { frame in
            Side.both.flatMap(\.leg.segments).reduce(0.0) { sum, segment in
                guard let start = layout.joints[segment.start], let end = layout.joints[segment.end] else { return sum }
                return sum + (frame[end] - frame[start]).length / 2
            }
        }
        return lengths.sorted()[lengths.count / 2]
    }

    /// How a head looks whose ears and nose are known, in the world of the file.
    private static func head(_ points: [Vector3], _ layout: PositionLayout) -> Quaternion? {
        guard let ears = layout.ears, let nose = layout.nose else { return nil }
        let across = points[ears.left] - points[ears.right]
        let ahead = points[nose] - (points[ears.left] + points[ears.right]) / 2
        guard across.length > 1e-6, ahead.length > 1e-6 else { return nil }
        return PositionFit.align(Vector3(1, 0, 0), Vector3(0, 0, 1), with: across, ahead)
    }

    private static func isAtOrigin(_ points: [[Vector3]], _ layout: PositionLayout, _ leg: Double) -> Bool {
        guard let left = layout.joints[.leftHip], let right = layout.joints[.rightHip], points.count > 2 else {
            return false
        }
        return points.allSatisfy { (($0[left] + $0[right]) / 2).length < 0.15 * leg }
    }
}

/// Features of HumanML3D: turn and speed of the root from frame to frame, its height, then positions seen from it (Guo et al.,
/// "Generating Diverse and Natural 3D Human Motions from Text", CVPR 2022).
enum HumanML3D {
    /// Numbers a frame.
    static let width = 263

    /// Joint positions, y up, of the features of `count` frames.
    static func positions(_ values: [Double], count: Int) throws(AMASS.Failure) -> [[Vector3]] {
        let heights = (0..<count).map { values[$0 * width + 3] }.sorted()
        guard count > 0, (0.1...2).contains(heights[count / 2]) else {
            throw .layout("the features are normalized, as their root's height shows: undo mean and deviation first")
        }
        var (angle, place) = (0.0, Vector3.zero)
        return (0..<count).map { frame in
            let row = frame * width
            if frame > 0 { angle += values[row - width] }
            // The angle is that of half the turn.
            let back = Quaternion(w: cos(angle), x: 0, y: -sin(angle), z: 0)
            if frame > 0 { place += back.act(Vector3(values[row - width + 1], 0, values[row - width + 2])) }
            let seen = (0..<HumanJoint.count - 1).map { joint in
                let start = row + 4 + 3 * joint
                return back.act(Vector3(values[start], values[start + 1], values[start + 2])) + place
            }
            return [Vector3(place.x, values[row + 3], place.z)] + seen
        }
    }
}
