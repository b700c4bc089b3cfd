import Geometry
import HumanBody
import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Motions as rows of features, without names: what text-to-motion data sets and models hold. The number of columns tells which.
enum FeatureRows: Int, CaseIterable {
    /// HumanML3D's: turn and speed of the root, its height, positions seen from it (Guo et al., CVPR 2022).
    case humanML3D = 263
    /// The 272 numbers of "MotionStreamer" (Xiao et al., ICCV 2025): steps, turns, positions, speeds, rotations.
    case rotations272 = 272
    /// Motion-X's: root, body, hands, jaw and face of SMPL-X, translation, shape (Lin et al., 2023).
    case motionX = 322

    /// Frames per second of data sets whose files do not tell.
    var usualRate: Double { self == .humanML3D ? 20 : 30 }

    /// What a note calls it.
    var name: String {
        switch self {
        case .humanML3D: "HumanML3D's features"
        case .rotations272: "features of 272 numbers"
        case .motionX: "Motion-X's rows of SMPL-X"
        }
    }

    /// Names under which such rows are written; an array without a name, in a file of its own, is `array`.
    private static let names = [
        "motion", "motions", "features", "feats", "joint_vecs", "new_joint_vecs", "smplx", "array",
    ]

    /// The rows that are there, and what they are; nil when there are none.
    static func find(_ arrays: NPZ) -> (name: String, kind: FeatureRows)? {
        for name in names {
            guard let shape = arrays.arrays[name]?.shape else { continue }
            let rows = shape.count == 3 && shape[0] == 1 ? Array(shape.dropFirst()) : shape
            if rows.count == 2, let kind = FeatureRows(rawValue: rows[1]) { return (name, kind) }
        }
        return nil
    }

    /// The motion of the rows `name`.
    func reading(_ arrays: NPZ, _ name: String, given: AMASS.Given) throws(AMASS.Failure) -> AMASS.Reading {
        let (values, shape) = try SMPLArrays.numbers(arrays, name)
        var notes = ["'\(name)' is taken as \(self.name)"]
        let told = PositionReading.rateNames.lazy.compactMap { arrays.arrays[$0]?.doubles?.first }.first
        let rate = given.frameRate ?? told ?? usualRate
        guard (1...1000).contains(rate) else { throw .frameRate(rate) }
        if given.frameRate == nil, told == nil {
            notes.append("no frame rate: the data set's \(Int(rate)) a second are taken; --input-rate takes another")
        }
        var given = given
        given.frameRate = rate
        var reading: AMASS.Reading
        switch self {
        case .humanML3D:
            given.up = given.up ?? .y
            let positions = try Self.positions(values, count: shape[0])
            let motion = try PositionReading(NPZ(["positions": positions]), given: given)
            reading = AMASS.Reading(clip: motion.clip, hasContacts: false, notes: motion.notes)
        case .rotations272:
            let clip = try Self.clip(values, count: shape[0], rate: rate)
            reading = AMASS.Reading(clip: clip, hasContacts: false, notes: [])
        case .motionX: reading = try AMASS.reading(Self.arrays(values, count: shape[0]), given: given)
        }
        reading.notes = notes + reading.notes
        return reading
    }

    /// Joint positions, y up, of HumanML3D's features.
    private static func positions(_ values: [Double], count: Int) throws(AMASS.Failure) -> NPYArray {
        let width = humanML3D.rawValue
        let heights = (0..<count).map { values[$0 * width + 3] }.sorted()
        guard count > 0, (0.1...2).contains(heights[count / 2]) else { throw normalized }
        var (angle, place) = (0.0, Vector3.zero)
        var places: [Double] = []
        for row in stride(from: 0, to: count * width, by: width) {
            if row > 0 { angle += values[row - width] }
            // The angle is that of half the turn.
            let back = Quaternion(w: cos(angle), x: 0, y: -sin(angle), z: 0)
            if row > 0 { place += back.act(Vector3(values[row - width + 1], 0, values[row - width + 2])) }
            places += [place.x, values[row + 3], place.z]
            for start in stride(from: row + 4, to: row + 4 + 3 * (HumanJoint.count - 1), by: 3) {
                let joint = back.act(Vector3(values[start], values[start + 1], values[start + 2])) + place
                places += [joint.x, joint.y, joint.z]
            }
        }
        return NPYArray(shape: [count, HumanJoint.count, 3], .float64(places))
    }

    /// The clip of 272 numbers a row.
    private static func clip(_ values: [Double], count: Int, rate: Double) throws(AMASS.Failure) -> HumanClip {
        let width = rotations272.rawValue
        let height = MotionFeatures.position(of: .pelvis).lowerBound + 1
        let heights = (0..<count).map { values[$0 * width + height] }.sorted()
        guard count > 0, (0.1...2).contains(heights[count / 2]) else { throw normalized }
        var rows: [Float] = []
        rows.reserveCapacity(count * MotionFeatures.width)
        for row in stride(from: 0, to: count * width, by: width) {
            // Without foot contacts.
            rows += values[row..<row + width].map(Float.init) + [0, 0, 0, 0]
        }
        return MotionFeatures(frameRate: rate, values: rows).clip()
    }

    /// Motion-X's rows as the arrays that SMPL-X is usually written in.
    private static func arrays(_ values: [Double], count: Int) -> NPZ {
        func columns(_ range: Range<Int>) -> NPYArray {
            let rows = stride(from: 0, to: count * motionX.rawValue, by: motionX.rawValue)
            return NPYArray(
                shape: [count, range.count],
                .float64(rows.flatMap { values[$0 + range.lowerBound..<$0 + range.upperBound] }))
        }
        return NPZ(["global_orient": columns(0..<3), "body_pose": columns(3..<66), "transl": columns(309..<312)])
    }

    private static let normalized = AMASS.Failure.layout(
        "the features are normalized, as their root's height shows: undo mean and deviation first")
}
