public import Foundation
public import HumanMotion

/// A clip as its source describes it, before it is read.
struct SourceClip: Sendable {
    /// A text and the seconds of the clip that it describes; nil ends with the clip.
    struct Caption: Sendable, Hashable {
        var text: String
        var source: String
        var start: Double
        var end: Double?
    }

    /// Name in its set.
    var id: String
    /// Name of the set.
    var set: String
    var split: DataSplit
    /// Where the motion lies, for those who have to look.
    var place: String
    var captions: [Caption]
    /// Reads the motion; the folder is where the clip's pack was unpacked.
    var read: @Sendable (URL) throws -> HumanClip

    /// Whether a clip of the same motion is of no use beside this one: it says nothing else, or would be judged by what was
    /// trained on.
    func makesNeedless(_ copy: SourceClip) -> Bool {
        split != copy.split || Set(captions.map(\.text)) == Set(copy.captions.map(\.text))
    }
}

/// Clips that lie together: in a folder, or in a pack that has to be opened first.
struct ClipGroup {
    /// Name for progress.
    var name: String
    /// A tar archive, compressed or not.
    var pack: URL?
    var clips: [SourceClip]
}

/// Where captioned motion comes from.
public enum MotionLayout: Sendable {
    /// `<root>/<set>/clips.jsonl`, `pairs.jsonl` and packs of BVH files.
    case collection(URL, sets: [String])
    /// `<root>/…/name.bvh` with captions in `name.txt` beside it.
    case bvh(URL)
    /// AMASS archives, cut and captioned by a HumanML3D folder (`index.csv`, `texts`, `train.txt`, `val.txt`, `test.txt`).
    case humanML3D(URL, amass: URL)
    /// AMASS archives with the labels of a BABEL folder (`train.json`, `val.json`).
    case babel(URL, amass: URL)
    /// Clips that were read already, as a set of that name.
    case clips([CaptionedClip], set: String)

    /// Names of the sets inside.
    var sets: [String] {
        switch self {
        case .collection(_, let sets): sets
        case .bvh(let root): [root.lastPathComponent]
        case .humanML3D: ["humanml3d"]
        case .babel: ["babel"]
        case .clips(_, let set): [set]
        }
    }

    /// All clips, and what had to be left out, as "file:line: why".
    func groups() throws(PreparationFailure) -> (groups: [ClipGroup], problems: [String]) {
        switch self {
        case .collection(let root, let sets):
            var (groups, problems) = ([ClipGroup](), [String]())
            for set in sets {
                let collection = try MotionCollection(folder: root.appendingPathComponent(set))
                groups += collection.groups(set: set, root: root)
                problems += collection.problems
            }
            return (groups, problems)
        case .bvh(let root): return try BVHFolder.groups(root)
        case .humanML3D(let root, let amass): return try HumanML3DFolder.groups(root, amass: amass)
        case .babel(let root, let amass): return try BABELFolder.groups(root, amass: amass)
        case .clips(let clips, let set):
            return ([ClipGroup(name: set, pack: nil, clips: clips.map { $0.source(in: set) })], [])
        }
    }
}

/// A motion and what it shows.
public struct CaptionedClip: Sendable {
    /// Its name.
    public var id: String
    /// Where it comes from, for those who have to look.
    public var place: String
    /// What it shows.
    public var text: String
    /// The motion.
    public var clip: HumanClip

    /// Joins the parts.
    public init(id: String, place: String, text: String, clip: HumanClip) {
        (self.id, self.place, self.text, self.clip) = (id, place, text, clip)
    }

    fileprivate func source(in set: String) -> SourceClip {
        let motion = clip.resampled(to: PreparedIndex.frameRate)
        return SourceClip(
            id: id, set: set, split: BVHFolder.split(of: id), place: place,
            captions: [SourceClip.Caption(text: text, source: set, start: 0)]
        ) { _ in motion }
    }
}

/// Lines of captions as HumanML3D writes them: `text`, or `text#words#from#to` with seconds, both 0 for the whole clip.
enum CaptionLines {
    /// The captions of a file; lines that are no caption are listed as problems.
    static func read(_ file: URL, source: String, _ problems: inout [String]) -> [SourceClip.Caption] {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            problems.append("\(file.path): cannot be read as UTF-8")
            return []
        }
        var captions: [SourceClip.Caption] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let parts = line.split(separator: "#", omittingEmptySubsequences: false)
            let words = (parts.first ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            guard !words.isEmpty else {
                if parts.count > 1 { problems.append("\(file.path):\(index + 1): no text before '#'") }
                continue
            }
            guard parts.count >= 4 else {
                captions.append(SourceClip.Caption(text: words, source: source, start: 0))
                continue
            }
            let times = parts[2...3].map { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            guard let start = times[0], let end = times[1], start >= 0 || start.isNaN, end >= start || end.isNaN else {
                problems.append("\(file.path):\(index + 1): '\(parts[2])' and '\(parts[3])' are no span of seconds")
                continue
            }
            let isWhole = !(end > 0)
            captions.append(
                SourceClip.Caption(
                    text: words, source: source, start: isWhole ? 0 : start, end: isWhole ? nil : end))
        }
        return captions
    }
}

extension HumanClip {
    /// Most bytes of a motion file and most frames of a clip that are read: an hour at 30 frames a second.
    static let largest = (bytes: 1 << 29, frames: 108_000)

    /// Checks that a motion file is there and of sensible size.
    private static func check(_ file: URL) throws {
        guard let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int else {
            throw PreparationProblem(text: "is not there")
        }
        guard size <= largest.bytes else {
            throw PreparationProblem(text: "has \(size) bytes, more than the \(largest.bytes) that are read")
        }
    }

    /// A BVH file on the SMPL skeleton.
    static func bvh(_ file: URL) throws -> HumanClip {
        try check(file)
        guard let data = try? Data(contentsOf: file) else { throw PreparationProblem(text: "cannot be read") }
        let motion = try BVH([UInt8](data))
        try checkLength(Double(motion.frameCount) * motion.frameTime * PreparedIndex.frameRate)
        return try SMPLConversion(motion).clip(frameRate: PreparedIndex.frameRate)
    }

    /// Some seconds of an AMASS archive; nil ends with it.
    static func amass(_ file: URL, seconds: (start: Double, end: Double?)) throws -> HumanClip {
        try check(file)
        var clip = try AMASS.read(path: file.path)
        let first = min(Int((seconds.start * clip.frameRate).rounded()), clip.frames.count)
        let last = seconds.end.map { min(Int(($0 * clip.frameRate).rounded()), clip.frames.count) } ?? clip.frames.count
        guard first < last else {
            throw PreparationProblem(
                text: "has \(clip.duration) s, nothing from \(seconds.start) s on to \(seconds.end ?? clip.duration) s")
        }
        clip.frames = Array(clip.frames[first..<last])
        try checkLength(clip.duration * PreparedIndex.frameRate)
        return clip.resampled(to: PreparedIndex.frameRate)
    }

    private static func checkLength(_ frames: Double) throws {
        guard frames <= Double(largest.frames) else {
            throw PreparationProblem(
                text: "is \(Int(frames / PreparedIndex.frameRate)) s long, more than an hour; cut it into clips")
        }
    }
}
