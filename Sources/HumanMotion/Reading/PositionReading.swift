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
    static let rateNames = ["fps", "mocap_framerate", "mocap_frame_rate", "frame_rate", "framerate"]
    /// Files of HumanML3D and of Kimodo (`posed_joints`) have no rate: their motions are all at these, frames per second.
    private static let usualRates = (humanML3D: 20.0, kimodo: 30.0)

    /// The array of positions that is there; nil when there is none.
    static func name(in arrays: NPZ) -> String? {
        names.first { name in
            guard let shape = arrays.arrays[name]?.shape else { return false }
            let rows = shape.first == 1 && shape.count > 2 ? Array(shape.dropFirst()) : shape
            return rows.count == 3 && (2...4).contains(rows[2]) || shape.count == 3 && (2...4).contains(shape[2])
        }
    }

    init(_ arrays: NPZ, given: AMASS.Given) throws(AMASS.Failure) {
        guard let name = Self.name(in: arrays) else { throw .layout("no array of joint positions") }
        let (values, shape) = try Self.rows(arrays, name)
        guard shape.count == 3 else { throw .layout("'\(name)' of shape \(shape) is no [frames, joints, 3]") }
        try Self.checkDepth(values, shape, name)
        var points = (0..<shape[0]).map { frame in
            (0..<shape[1]).map { joint in
                let start = (frame * shape[1] + joint) * shape[2]
                return Vector3(values[start], values[start + 1], values[start + 2])
            }
        }
        guard !points.isEmpty else { throw .frameCount(poses: 0, other: 0) }
        if let note = try Self.bridge(&points, name) { notes.append(note) }
        let layout = try PositionLayout.layout(points, name: name)
        notes.append("positions in the order of \(layout.name): rotations are fitted to them")
        if Self.sides(points, layout).areExchanged {
            for frame in points.indices { for joint in points[frame].indices { points[frame][joint].x *= -1 } }
            notes.append(
                "the person is a mirror image, as of left-handed axes: knees and toes do not go with what is called left. Mirrored back"
            )
        }
        let rate = try Self.rate(arrays, given, layout, &notes)
        let leg = Self.legLength(points, layout)
        guard leg > 1e-6 else { throw .layout("'\(name)': legs without length") }
        let unit = try Self.unit(leg, given, &notes)
        let track = BodyTrack(count: points.count, rate: rate) { frame in
            HumanJoint.allCases.map { joint in layout.joints[joint].map { points[frame][$0] * unit } }
        }
        let isAtOrigin = Self.isAtOrigin(points, layout, leg)
        let up = UpAxis(track, prior: Self.prior, given: given.up, isHeld: isAtOrigin)
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
        if isAtOrigin {
            clip.carryByFeet()
            notes.append("the hips stay at the origin: the feet carry the body, on a level floor")
        }
        self.clip = clip
    }

    /// Pose trackers have y up, z up, or y down as cameras do.
    private static let prior = UpAxis.Prior(
        points: [.y: 0.7, .z: 0.69, .minusY: 0.65], source: "pose trackers", usual: .y, others: -0.5)

    // MARK: Numbers

    /// Points of an image are no motion in space.
    private static func checkDepth(_ values: [Double], _ shape: [Int], _ name: String) throws(AMASS.Failure) {
        let flat = AMASS.Failure.layout(
            "'\(name)' holds points of an image, without depth: a lifter to 3D (VideoPose3D, MotionBERT) has to come before"
        )
        guard shape[2] > 2 else { throw flat }
        func column(_ axis: Int) -> StrideTo<Int> { stride(from: axis, to: values.count, by: shape[2]) }
        func lies(_ axis: Int, in range: ClosedRange<Double>) -> Bool {
            column(axis).allSatisfy { range.contains(values[$0]) }
        }
        let reach = column(0).reduce(0.0) { max($0, abs(values[$1])) }
        // Pixels with a confidence, and shares of an image's width and height.
        if reach > 20, lies(2, in: 0...1) || lies(2, in: 0...0) { throw flat }
        if lies(0, in: 0...1), lies(1, in: 0...1) { throw flat }
    }

    private static func rows(_ arrays: NPZ, _ name: String) throws(AMASS.Failure) -> ([Double], [Int]) {
        var shape: [Int]
        let values: [Double]
        do {
            shape = try arrays.array(name).shape
            values = try arrays.doubles(name)
        } catch { throw .array(error) }
        if shape.count == 4, shape[0] == 1 { shape.removeFirst() }
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
        let isKimodo = arrays.arrays["posed_joints"] != nil
        let rate = isKimodo ? usualRates.kimodo : usualRates.humanML3D
        notes.append(
            "no frame rate: \(isKimodo ? "Kimodo" : "HumanML3D")'s \(Int(rate)) a second are taken; --input-rate takes another"
        )
        return rate
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

    /// Fills frames in which nobody was found (all points at one place) from those around them.
    private static func bridge(_ points: inout [[Vector3]], _ name: String) throws(AMASS.Failure) -> String? {
        let known = points.indices.filter { frame in points[frame].contains { ($0 - points[frame][0]).length > 1e-6 } }
        let missing = points.count - known.count
        guard missing > 0 else { return nil }
        guard missing * 2 < points.count else {
            throw .layout(
                "'\(name)' has no person in \(missing) of \(points.count) frames: all points are at one place")
        }
        var next = 0
        for frame in points.indices {
            if next < known.count, known[next] == frame {
                next += 1
                continue
            }
            let (before, after) = (known[max(next - 1, 0)], known[min(next, known.count - 1)])
            let share = after > before ? Double(frame - before) / Double(after - before) : 0
            points[frame] = zip(points[before], points[after]).map { $0 + ($1 - $0) * min(max(share, 0), 1) }
        }
        return "in \(missing) frames nobody was found (all points at one place): they are bridged"
    }

    /// Which leg is the left one.
    private static func sides(_ points: [[Vector3]], _ layout: PositionLayout) -> LegSides {
        func leg(_ side: Side, _ frame: [Vector3]) -> [Vector3] {
            (side.leg.joints + [side.toe]).compactMap { layout.joints[$0].map { frame[$0] } }
        }
        return LegSides(points.map { (first: leg(.left, $0), second: leg(.right, $0)) })
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
        return Quaternion(carrying: Vector3(1, 0, 0), Vector3(0, 0, 1), onto: across, ahead)
    }

    private static func isAtOrigin(_ points: [[Vector3]], _ layout: PositionLayout, _ leg: Double) -> Bool {
        guard let left = layout.joints[.leftHip], let right = layout.joints[.rightHip], points.count > 2 else {
            return false
        }
        return points.allSatisfy { (($0[left] + $0[right]) / 2).length < 0.15 * leg }
    }
}
