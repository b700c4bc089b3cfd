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
        /// Metres in a unit of a BVH file; nil to guess it from the legs.
        public var metresPerUnit: Double?
        /// The body model that gives `betas` their meaning.
        public var model: SMPLModel?

        /// Believes the file.
        public init() {}
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
    public static let endings = ["bvh", "npz"]
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
                if options.map.isEmpty, bvh.isAcclaim {
                    clip = try SMPLConversion(bvh).rawClip()
                } else {
                    let fit = try SkeletonFit(bvh, map)
                    notes += map.notes + fit.notes
                    clip = fit.conversion().rawClip()
                }
            } catch { throw failure(error) }
            if let rate = options.inputRate { clip.frameRate = rate }
        case "npz":
            do {
                let reading = try AMASS.reading(path: path, model: options.model, frameRate: options.inputRate)
                clip = reading.clip
                hasContacts = reading.hasContacts
                notes += reading.notes
            } catch { throw failure(error) }
        default: throw Failure(path: path, reason: "neither .bvh nor .npz")
        }
        try Self.check(clip, path, &notes)
        clip = clip.resampled(to: options.frameRate)
        let floor = FloorEstimate(clip)
        if abs(floor.height) > 0.05 {
            notes.append("the floor was found at \(Self.rounded(floor.height)) m and moved to 0")
        }
        if floor.levelling.angle > 0.005 {
            notes.append("the floor was level but for \(Self.rounded(floor.levelling.angle * 180 / .pi)) degrees")
        }
        clip.standOnFloor()
        if !hasContacts { clip.detectContacts() }
        self.clip = clip
        self.notes = notes
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
