import Foundation
import HumanMotion

/// Writes the files of a prepared data set, clip by clip.
struct PreparedWriter {
    /// What was left out and why.
    var problems: [String] = []
    /// Texts that judge language, which are no captions of training.
    var heldOut: [String] = [] {
        didSet { judging = Set(heldOut.map(Wording.init)) }
    }
    /// Rows written.
    private(set) var frameCount = 0

    private static let partialFile = PreparedDataSet.featuresFile + ".partial"
    private let destination: URL
    private let sets: [String]
    private let features: FileHandle
    private var clips: [PreparedClip] = []
    private var statistics = FeatureStatistics.Accumulator()
    private var checksum = FeatureChecksum()
    private var judging: Set<Wording> = []

    /// Opens the files; an earlier index is removed first, so that a broken run leaves no readable set.
    init(destination: URL, sets: [String]) throws(PreparationFailure) {
        self.destination = destination
        self.sets = sets
        let files = FileManager.default
        // A new file beside the old one: a reader may have the old one mapped.
        let path = destination.appendingPathComponent(Self.partialFile).path
        do {
            try files.createDirectory(at: destination, withIntermediateDirectories: true)
            let index = destination.appendingPathComponent(PreparedDataSet.indexFile)
            if files.fileExists(atPath: index.path) { try files.removeItem(at: index) }
        } catch {
            throw .unwritable(destination.path)
        }
        guard files.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else {
            throw .unwritable(path)
        }
        features = handle
    }

    /// The captions of a clip; those that lie outside are listed as problems under the clip's name.
    mutating func captions(of clip: SourceClip, in rows: MotionFeatures) -> [PreparedCaption] {
        clip.captions.compactMap { caption in
            guard let range = Self.frames(of: caption, in: rows) else {
                problems.append("\(clip.set)/\(clip.id): '\(caption.text)' lies outside the clip")
                return nil
            }
            return PreparedCaption(
                text: caption.text, firstFrame: range.lowerBound, frameCount: range.count, source: caption.source)
        }
    }

    /// Writes a clip with its copies; `captions` are those of the clip itself.
    mutating func append(
        id: String, set: String, split: DataSplit, _ copies: [DataPreparation.Copy], captions: [PreparedCaption]
    ) throws(PreparationFailure) {
        for copy in copies {
            let rows = copy.features
            let all = captions.compactMap { Self.caption($0, of: copy) }
            let kept = split == .train ? all.filter { !judging.contains(Wording($0.text)) } : all
            if kept.count < all.count, copy.rate == 1 {
                problems.append("\(set)/\(id): \(all.count - kept.count) captions judge language and are left out")
            }
            clips.append(
                PreparedClip(
                    id: id, set: set, split: split, firstFrame: frameCount, frameCount: rows.frameCount,
                    mirrored: copy.isMirrored, rate: copy.rate == 1 ? nil : copy.rate,
                    captions: kept))
            try write(rows.values)
            frameCount += rows.frameCount
            if split == .train { statistics.add(rows.values) }
        }
    }

    private static func caption(_ caption: PreparedCaption, of copy: DataPreparation.Copy) -> PreparedCaption? {
        var caption = caption
        if copy.isMirrored { caption.text = CaptionMirror.mirrored(caption.text) }
        let end = min(
            Int((Double(caption.firstFrame + caption.frameCount) / copy.rate).rounded()), copy.features.frameCount)
        caption.firstFrame = Int((Double(caption.firstFrame) / copy.rate).rounded())
        caption.frameCount = end - caption.firstFrame
        return caption.frameCount > 0 ? caption : nil
    }

    /// Writes statistics and, last, the index.
    consuming func finish() throws(PreparationFailure) -> PreparedIndex {
        guard !clips.isEmpty else { throw .empty(problems: problems) }
        let index = PreparedIndex(
            frameRate: PreparedIndex.frameRate, width: MotionFeatures.width, totalFrames: frameCount,
            checksum: checksum.text, sets: sets, clips: clips, problems: problems,
            heldOut: heldOut.isEmpty ? nil : heldOut)
        do {
            try features.close()
            let finished = destination.appendingPathComponent(PreparedDataSet.featuresFile)
            if FileManager.default.fileExists(atPath: finished.path) {
                try FileManager.default.removeItem(at: finished)
            }
            try FileManager.default.moveItem(at: destination.appendingPathComponent(Self.partialFile), to: finished)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(statistics.statistics)
                .write(to: destination.appendingPathComponent(PreparedDataSet.statisticsFile), options: .atomic)
            try encoder.encode(index)
                .write(to: destination.appendingPathComponent(PreparedDataSet.indexFile), options: .atomic)
        } catch {
            throw .unwritable(destination.path)
        }
        return index
    }

    private mutating func write(_ rows: [Float]) throws(PreparationFailure) {
        let data = rows.withUnsafeBufferPointer { rows in
            checksum.update(rows)
            return Data(buffer: rows)
        }
        do { try features.write(contentsOf: data) } catch { throw .unwritable(Self.partialFile) }
    }

    /// The frames that a text describes; nil when none of them lie in the clip.
    private static func frames(of caption: SourceClip.Caption, in rows: MotionFeatures) -> Range<Int>? {
        let (start, end) = (caption.start, caption.end ?? 1e5)
        guard start.isFinite, end.isFinite, abs(start) < 1e6, abs(end) < 1e6 else { return nil }
        let first = max(Int((start * rows.frameRate).rounded()), 0)
        let last = min(Int((end * rows.frameRate).rounded()), rows.frameCount)
        return first < last ? first..<last : nil
    }
}
