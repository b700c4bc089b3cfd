import Geometry
import HumanBody
import Tensors

/// A human motion from a file of any kind that is read here, on the mean SMPL body, on the floor, with foot contacts.
public struct MotionFile: Sendable {
    /// What the file does not tell, or tells wrongly.
    public struct Options: Sendable {
        /// Frames per second of the clip.
        public var frameRate = 30.0
        /// Frames per second of the file; nil to believe the file.
        public var inputRate: Double?
        /// Names of joints by names of SMPL joints, for BVH.
        public var map: [String: String] = [:]
        /// Metres in a unit of the file; nil to guess it from legs and heights.
        public var metresPerUnit: Double?
        /// The world's up axis; nil to find it.
        public var up: WorldAxis?
        /// The axis of the file that comes to lie ahead; nil to leave the motion's direction.
        public var front: WorldAxis?
        /// Where the floor is.
        public var floor = Floor.found
        /// A motion or pose of the same skeleton whose first frame is its T or A pose, for BVH.
        public var rest: String?
        /// The body model that gives `betas` their meaning.
        public var model: SMPLModel?
        /// Bytes of the file, inflated, that are read at most.
        public var greatestSize = NPZ.greatestSize
        /// Seconds of motion that are read at most; a longer one is refused before the work on it begins.
        public var longest = Double.infinity

        /// Believes the file.
        public init() {}
    }

    /// Where the floor is said to be.
    public enum Floor: Hashable, Sendable {
        /// Under what stands and lies, wherever it goes.
        case found
        /// The same, at one height for the whole clip.
        case fixed
        /// At this height over the file's origin, metres.
        case at(Double)
    }

    /// Why a file gives no motion: the file, and what was wrong.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// Path of the file.
        public let path: String
        /// What was wrong.
        public let reason: String

        /// Both, in words.
        public var description: String { reason.contains(path) ? reason : "\(path): \(reason)" }
    }

    /// The motion.
    public let clip: HumanClip
    /// What was guessed, repaired or left out, in sentences.
    public let notes: [String]

    /// Endings of the files that can be read.
    public static let endings = ["bvh", "npz", "npy"]
    /// Fewer frames per second tell too little of a motion.
    static let leastRate = 10.0
    /// No hand or foot of a person moves faster in the middle of a motion, metres per second.
    static let greatestSpeed = 20.0

    /// Reads a motion.
    public init(path: String, options: Options = Options()) throws(Failure) {
        func failure(_ reason: any Error) -> Failure { Failure(path: path, reason: "\(reason)") }
        var notes: [String] = []
        var clip: HumanClip
        var hasContacts = false
        switch path.lowercased().split(separator: ".").last {
        case "bvh":
            let (bvh, map, notesOfUnit): (BVH, SkeletonMap, [String])
            do { (bvh, map, notesOfUnit) = try Self.bvh(path, options) } catch { throw failure(error) }
            notes += notesOfUnit
            do {
                let fit = try SkeletonFit(bvh, map, rest: Self.rest(options.rest, for: bvh))
                let up = fit.up(given: options.up)
                if options.map.isEmpty, options.rest == nil, bvh.isAcclaim {
                    notes += up.notes
                    let world =
                        up.axis == .y && options.front == nil
                        ? Quaternion.identity : fit.worldTurn(up: up.axis, front: options.front)
                    clip = try SMPLConversion(bvh, world: world).rawClip()
                } else {
                    notes += map.notes + fit.notes + up.notes
                    clip = fit.conversion(up: up.axis, front: options.front).rawClip()
                }
            } catch { throw failure(error) }
            if let rate = options.inputRate { clip.frameRate = rate }
        case "npz", "npy":
            do {
                let arrays =
                    path.lowercased().hasSuffix(".npy")
                    ? try NPZ(array: path, atMost: options.greatestSize)
                    : try NPZ(path: path, atMost: options.greatestSize)
                let reading = try Self.reading(arrays, options)
                clip = reading.clip
                hasContacts = reading.hasContacts
                notes += reading.notes
            } catch let error as TensorFileError where error.kind == .unsupported {
                throw Failure(
                    path: path,
                    reason: "\(error); if it holds Python objects, python3 -m kmmd.unpickle \(path) writes them as .npz"
                )
            } catch { throw failure(error) }
        case let ending: throw Failure(path: path, reason: Self.refusal(ending.map(String.init) ?? "", path))
        }
        try self.init(clip, hasContacts: hasContacts, notes: notes, path: path, options: options)
    }

    /// Sets a motion of any origin on the floor, at the rate that is asked for, with foot contacts.
    ///
    /// - Parameters:
    ///   - clip: The motion, y up, on the mean body.
    ///   - hasContacts: Whether its contacts are known.
    ///   - notes: What is to be told of how it came about.
    ///   - path: Its file, for errors.
    ///   - options: Rate and floor.
    /// - Throws: `Failure` when frame rate or speed are no person's.
    public init(
        _ clip: HumanClip, hasContacts: Bool = false, notes: [String], path: String, options: Options = Options()
    ) throws(Failure) {
        var (clip, notes) = (clip, notes)
        guard !(clip.duration > options.longest) else {
            throw Failure(
                path: path, reason: "\(AMASS.Failure.tooLong(seconds: clip.duration, most: options.longest))")
        }
        try Self.check(clip, path, &notes)
        if let note = clip.limitWrists() { notes.append(note) }
        clip = clip.resampled(to: options.frameRate)
        notes += clip.stand(on: options.floor)
        notes += clip.doubts()
        if !hasContacts || clip.frames.allSatisfy({ $0.contacts == .none }) { clip.detectContacts() }
        self.clip = clip
        self.notes = notes
    }

    /// A person in arrays, by rotations or else by positions.
    private static func reading(_ arrays: NPZ, _ options: Options) throws -> AMASS.Reading {
        if SMPLArrays.areIn(arrays) { return try AMASS.reading(arrays, given: options.given) }
        if let (name, kind) = FeatureRows.find(arrays) {
            return try kind.reading(arrays, name, given: options.given)
        }
        if PositionReading.name(in: arrays) != nil {
            let reading = try PositionReading(arrays, given: options.given)
            return AMASS.Reading(clip: reading.clip, hasContacts: false, notes: reading.notes)
        }
        if robotNames.contains(where: { arrays.arrays[$0] != nil }) {
            throw AMASS.Failure.layout(
                "this is a robot's motion: `kmmctl retarget` and `convert` take it with --from-robot NAME")
        }
        if let object = objectNames.first(where: { isObject($0, in: arrays) }) {
            throw AMASS.Failure.layout(
                "'\(object)' holds Python objects, which are not read here: python3 -m kmmd.unpickle writes what they hold as .npz"
            )
        }
        throw AMASS.Failure.layout(
            "no person's motion among \(arrays.arrays.keys.sorted().joined(separator: ", ")): known are poses and trans, "
                + "global_orient, body_pose and transl, positions [frames, joints, 3], and rows of HumanML3D or Motion-X"
        )
    }

    /// Names under which dictionaries are kept in arrays.
    private static let objectNames = [
        "body", "params", "person", "data", "smpl", "smplx", "arr_0", "array", "poses", "motion",
    ]

    private static func isObject(_ name: String, in arrays: NPZ) -> Bool {
        do { _ = try arrays.array(name) } catch { return error.kind == .unsupported }
        return false
    }

    /// Why files of another kind are not read, and what to do.
    private static func refusal(_ ending: String, _ path: String) -> String {
        switch ending {
        case "pkl", "pt", "pth", "joblib", "pickle":
            "pickles are programs and are not run here; python3 -m kmmd.unpickle \(path) writes what it holds as .npz"
        case "fbx", "glb", "gltf", "vrm", "vrma", "usd", "usda", "usdc", "usdz", "blend", "ma", "mb", "dae", "vmd",
            "anim":
            "scenes are not read here: Blender, MotionBuilder or Maya open it and export .bvh"
        case "c3d", "trc", "tsv":
            "markers are no skeleton: solve them first (MoSh++, Vicon, OpenSim), or write joints as .npz"
        case "amc", "asf": "not read here: amc2bvh, or Blender with the .asf beside it, makes a .bvh of it"
        case "json", "csv", "txt":
            "neither .bvh, .npz nor .npy: numpy.savez writes arrays of joint positions [frames, joints, 3] and fps"
        case "gz", "zip", "xz", "bz2", "7z": "packed: unpack it first"
        default: "neither .bvh, .npz nor .npy"
        }
    }

    /// Arrays that motions of robots have.
    private static let robotNames = ["joint_pos", "dof_pos", "qpos", "dof"]

    /// The rest pose of another file.
    private static func rest(_ path: String?, for bvh: BVH) throws -> RestPose? {
        guard let path else { return nil }
        let motion = try BVH(FileBytes.contents(of: path), metresPerUnit: 1)
        guard let pose = RestPose(motion, for: bvh) else {
            throw Failure(path: path, reason: "the skeleton is another one: some of the motion's joints are not there")
        }
        return pose
    }

    /// Frame rate and speed have to be a person's.
    private static func check(_ clip: HumanClip, _ path: String, _ notes: inout [String]) throws(Failure) {
        guard clip.frames.count > 1 else {
            notes.append("one frame: a pose, not a motion")
            return
        }
        guard clip.frameRate >= leastRate else {
            throw Failure(
                path: path,
                reason: "\(rounded(clip.frameRate)) frames a second are too few, \(Int(leastRate)) are needed; "
                    + "if the file is wrong, give --input-rate")
        }
        var speeds: [Double] = []
        let step = max(clip.frames.count / 300, 1)
        for index in stride(from: 0, to: clip.frames.count - 1, by: step) {
            let poses = SMPLSkeleton.forwardKinematics(clip.frames[index])
            let next = SMPLSkeleton.forwardKinematics(clip.frames[index + 1])
            let ends = HumanLimb.all.map { (next[$0.end].translation - poses[$0.end].translation).length }
            speeds.append((ends.max() ?? 0) * clip.frameRate)
        }
        let middle = speeds.sorted()[speeds.count / 2]
        guard middle < greatestSpeed else {
            throw Failure(
                path: path,
                reason:
                    "hands or feet move at \(rounded(middle)) m/s, as no person does: wrong unit of the root or wrong "
                    + "frame rate (\(rounded(clip.frameRate)); --input-rate takes its place)")
        }
    }

    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

extension MotionFile.Options {
    var given: AMASS.Given {
        AMASS.Given(
            frameRate: inputRate, up: up, front: front, metresPerUnit: metresPerUnit, model: model,
            longest: longest)
    }
}

extension HumanClip {
    /// Sets the clip on its floor, and says what there was to find.
    fileprivate mutating func stand(on floor: MotionFile.Floor) -> [String] {
        if case .at(let height) = floor {
            for index in frames.indices { frames[index].pelvis.y -= height }
            return []
        }
        let found = FloorEstimate(self, mayDrift: floor == .found)
        var notes: [String] = []
        if abs(found.height) > 0.05 {
            notes.append("the floor was found at \(MotionFile.rounded(found.height)) m and moved to 0")
        }
        if found.levelling.angle > 0.005 {
            notes.append("the floor was level but for \(MotionFile.rounded(found.levelling.angle * 180 / .pi)) degrees")
        }
        if let drift = found.drift, let low = drift.min(), let high = drift.max() {
            notes.append(
                "the floor drifts by \(MotionFile.rounded(high - low)) m and is taken along; --floor fixed leaves it at one height"
            )
        }
        if found.noise > 0.006 {
            notes.append(
                "the feet tremble by \(MotionFile.rounded(found.noise * 1000)) mm a frame: the floor is found after smoothing"
            )
        }
        stand(on: found)
        return notes
    }
}
