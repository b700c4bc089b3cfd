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

    private static let rateNames = [
        "mocap_framerate", "mocap_frame_rate", "mocap_frequency", "fps", "frame_rate", "framerate",
    ]

    /// What the user says of a file, before what the file tells and what is guessed.
    struct Given {
        /// Frames per second.
        var frameRate: Double?
        /// The world's up axis.
        var up: WorldAxis?
        /// The axis that comes to lie ahead.
        var front: WorldAxis?
        /// Metres in the unit of the translations.
        var metresPerUnit: Double?
        /// The body model that gives `betas` their meaning; without it they are not used.
        var model: SMPLModel?
        /// Seconds of motion that are read at most.
        var longest = Double.infinity
    }

    /// The clip of the arrays; the exact inverse of `arrays(_:hands:)`.
    ///
    /// Without `contacts` they are detected, taking z = 0 as the floor; no text is an empty one.
    public static func clip(_ arrays: NPZ) throws(Failure) -> HumanClip {
        let reading = try reading(arrays, given: Given())
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

    /// The clip of arrays under any of the names in use.
    ///
    /// The world's up axis is z as in AMASS unless `UpAxis` finds another; a root some hundred or thousand times too high for
    /// metres is taken for centimetres or millimetres. Without translations the feet carry the body.
    ///
    /// - Parameters:
    ///   - arrays: Poses, translations and the rest.
    ///   - given: What the user says.
    /// - Returns: The clip, and what was guessed or left out.
    /// - Throws: `Failure`.
    static func reading(_ arrays: NPZ, given: Given = Given()) throws(Failure) -> Reading {
        let smpl = try SMPLArrays(arrays)
        var notes = smpl.notes
        let count = smpl.rotations.count
        guard count <= HumanClip.greatestFrameCount else { throw .tooManyFrames(count) }
        let contacts = try contacts(arrays, count, &notes)
        let rate: Double
        if let told = given.frameRate { rate = told } else { rate = try Self.frameRate(arrays) }
        guard (1...1000).contains(rate) else { throw .frameRate(rate) }
        guard Double(count) / rate <= given.longest else {
            throw .tooLong(seconds: Double(count) / rate, most: given.longest)
        }
        let body = try self.body(arrays, given.model, &notes)
        let places = try translations(arrays, smpl, given, &notes)

        let still = Vector3.zero
        let frames = (0..<count).map { index in
            body.carry(
                HumanFrame(
                    pelvis: (places?[index] ?? still) + body.pelvis,
                    rotations: Array(smpl.rotations[index].prefix(HumanJoint.count)),
                    contacts: contacts?[index] ?? .none))
        }
        var clip = HumanClip(frameRate: rate, frames: frames, text: arrays.arrays["text"]?.string ?? "")
        let up = UpAxis(BodyTrack(clip), prior: prior(arrays), given: given.up, isHeld: places == nil)
        notes += up.notes
        let turn = up.axis == .z && given.front == nil ? toYUp : up.axis.turnToYUp(front: given.front)
        for index in clip.frames.indices {
            clip.frames[index].pelvis = turn.act(clip.frames[index].pelvis)
            clip.frames[index].rotations[.pelvis] = turn * clip.frames[index].rotations[.pelvis]
        }
        if places == nil {
            clip.carryByFeet()
            notes.append("no translation ('trans'): the feet carry the body, on a level floor")
        }
        return Reading(clip: clip, hasContacts: contacts != nil, notes: notes)
    }

    // MARK: Arrays

    /// What names and layout say about the up axis: AMASS is z up and says its rate in a way of its own, the smplx library's
    /// names come with y up, z up and, from cameras, y down.
    private static func prior(_ arrays: NPZ) -> UpAxis.Prior {
        func has(_ names: String...) -> Bool { names.contains { arrays.arrays[$0] != nil } }
        if has("mocap_framerate", "mocap_frame_rate", "gender", "surface_model_type") {
            return UpAxis.Prior(points: [.z: 1.2, .y: 0.6, .minusY: 0.5], source: "AMASS", usual: .z, others: -0.5)
        }
        if has("poses") {
            return UpAxis.Prior(points: [.z: 0.9, .y: 0.6, .minusY: 0.5], source: "AMASS", usual: .z, others: -0.5)
        }
        return UpAxis.Prior(
            points: [.y: 0.7, .z: 0.69, .minusY: 0.5], source: "the smplx library", usual: .y, others: -0.5)
    }

    private static func contacts(
        _ arrays: NPZ, _ count: Int, _ notes: inout [String]
    ) throws(Failure) -> [FootContacts]? {
        guard arrays.arrays["contacts"] != nil else { return nil }
        let (values, shape) = try SMPLArrays.numbers(arrays, "contacts")
        guard shape == [count, 4] else { throw .frameCount(poses: count, other: shape[0]) }
        return (0..<count).map { index in
            let c = values[4 * index..<4 * index + 4].map { min(max($0, 0), 1) }
            return FootContacts(leftAnkle: c[0], leftToe: c[1], rightAnkle: c[2], rightToe: c[3])
        }
    }

    /// Translations in metres.
    private static func translations(
        _ arrays: NPZ, _ smpl: SMPLArrays, _ given: Given, _ notes: inout [String]
    ) throws(Failure) -> [Vector3]? {
        guard var places = smpl.translations else { return nil }
        if let unit = given.metresPerUnit { return places.map { $0 * unit } }
        if let scaling = arrays.arrays["smpl_scaling"]?.doubles?.first, scaling > 0 {
            places = places.map { $0 / scaling }
        }
        guard let (name, size, height) = unit(of: places, smpl) else { return places }
        notes.append(
            "'\(smpl.translationName)' is taken as \(name): the root is \(Int(height)) high; --units m takes metres")
        return places.map { $0 / size }
    }

    /// The unit of translations that are in no metres: the root is as high as a person's, and what carries stays where it is.
    private static func unit(
        of places: [Vector3], _ smpl: SMPLArrays
    ) -> (name: String, size: Double, height: Double)? {
        /// Heights of the root over the floor, lying and standing, metres, along either axis that may be up.
        let possible = 0.05...1.6
        let heights = [\Vector3.y, \Vector3.z].map { axis in
            places.map { abs($0[keyPath: axis]) }.sorted()[places.count / 2]
        }
        let step = max(places.count / 200, 1)
        let samples = stride(from: 0, to: max(places.count - 1, 0), by: step).map { index in
            [index, index + 1].map { frame in
                SMPLSkeleton.forwardKinematics(
                    HumanFrame(pelvis: .zero, rotations: Array(smpl.rotations[frame].prefix(HumanJoint.count)))
                ).map(\.translation)
            }
        }
        /// How far the point that moves least goes within a frame, in the middle.
        func slide(_ size: Double) -> Double {
            let ways = samples.enumerated().map { number, pair in
                let way = (places[number * step + 1] - places[number * step]) / size
                return zip(pair[0], pair[1]).map { ($1 - $0 + way).length }.min() ?? 0
            }
            return ways.sorted()[ways.count / 2]
        }
        guard !samples.isEmpty else { return nil }
        let units = [("metres", 1.0), ("centimetres", 100), ("millimetres", 1000)].compactMap { name, size in
            heights.first { possible.contains($0 / size) }.map {
                (name: name, size: size, height: $0, slide: slide(size))
            }
        }
        guard var best = units.first else { return nil }
        // Less than a millimetre a frame is no difference.
        for unit in units.dropFirst() where unit.slide < 0.5 * best.slide - 0.001 { best = unit }
        return best.size == 1 ? nil : (best.name, best.size, best.height)
    }

    private static func frameRate(_ arrays: NPZ) throws(Failure) -> Double {
        guard let name = rateNames.first(where: { arrays.arrays[$0] != nil }) else { throw .noFrameRate }
        let values: [Double]
        do { values = try arrays.doubles(name) } catch { throw .array(error) }
        guard let rate = values.first, values.allSatisfy({ $0 == rate }), (1...1000).contains(rate) else {
            throw .frameRate(values.first ?? .nan)
        }
        return rate
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
