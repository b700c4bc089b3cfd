import Dispatch
public import Foundation
import HumanMotion
import Synchronization

/// Turns a collection of captioned BVH clips into rows of features ready for training.
///
/// Reads `<source>/<set>/clips.jsonl`, `pairs.jsonl` and the packs they name, carries every clip to SMPL at 30 frames a
/// second, adds mirrored copies with mirrored captions and whatever `AugmentationOptions` ask for (training split only),
/// and writes into the destination:
///
/// - `features.f32`: little-endian `Float` rows `[totalFrames, 276]` of `MotionFeatures`, clip after clip;
/// - `statistics.json`: `FeatureStatistics` of the training split;
/// - `index.json`: `PreparedIndex`, written last.
///
/// Broken clips and lines are left out and listed; clips that stand on props (`flat_ground: false`) too.
public enum DataPreparation {
    /// What keeps a whole run from working.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// An index file cannot be read.
        case unreadable(String)
        /// An output file or folder cannot be written.
        case unwritable(String)
        /// No clip is left.
        case empty(problems: [String])

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .unreadable(let path): "cannot read '\(path)'"
            case .unwritable(let path): "cannot write '\(path)'"
            case .empty(let problems):
                "no clip could be prepared" + problems.prefix(5).map { "\n  \($0)" }.joined()
            }
        }
    }

    /// The sets of the shared collection, by folder name.
    public static let knownSets = ["cmu", "hdm05", "bandai-nc"]
    /// Frames per second of the result.
    public static let frameRate = 30.0
    /// Threads at work.
    private static let workers = 2
    /// Clips held in memory at a time.
    private static let batch = 64

    /// Prepares a data set.
    ///
    /// - Parameters:
    ///   - source: Folder of the sets.
    ///   - destination: Folder of the result, made when absent.
    ///   - sets: Folder names of the sets to take.
    ///   - augmentation: Copies of the training clips beside the mirrored ones.
    ///   - progress: Is told what happens, a line at a time.
    /// - Returns: The index as written.
    /// - Throws: `Failure`.
    @discardableResult
    public static func run(
        source: URL, destination: URL, sets: [String] = knownSets,
        augmentation: AugmentationOptions = AugmentationOptions(), progress: (String) -> Void = { _ in }
    ) throws(Failure) -> PreparedIndex {
        var writer = try PreparedWriter(destination: destination, sets: sets)
        var copies = ClipAugmentation(augmentation)
        for set in sets {
            let collection = try MotionCollection(folder: source.appendingPathComponent(set))
            for problem in collection.problems { writer.problems.append(problem) }
            let raised = collection.clips.filter { $0.flatGround == false }
            for clip in raised { writer.problems.append("\(set)/\(clip.id): not on flat ground") }
            let clips = collection.clips.filter { $0.flatGround != false }
            let packs = Dictionary(grouping: clips, by: \.pack).sorted { $0.key < $1.key }
            for (pack, clips) in packs {
                let folder = FileManager.default.temporaryDirectory
                    .appendingPathComponent("kmm-\(UUID().uuidString)", isDirectory: true)
                defer { try? FileManager.default.removeItem(at: folder) }
                do {
                    try unpack(source.appendingPathComponent(pack), into: folder)
                } catch {
                    writer.problems.append("\(pack): \(error); its \(clips.count) clips are left out")
                    continue
                }
                for start in stride(from: 0, to: clips.count, by: batch) {
                    let part = Array(clips[start..<min(start + batch, clips.count)])
                    let isCaptioned = part.map { collection.pairs[$0.id] != nil }
                    let results = each(part.indices) { index in
                        let isCopied = part[index].split == .train && isCaptioned[index]
                        return Result { () throws(Problem) in
                            try motion(
                                of: folder.appendingPathComponent(part[index].file),
                                rates: isCopied ? augmentation.rates : [])
                        }
                    }
                    for (clip, result) in zip(part, results) {
                        switch result {
                        case .success(let motion):
                            var captions = writer.captions(
                                collection.pairs[clip.id] ?? [], clip: "\(set)/\(clip.id)", in: motion[0].features)
                            if clip.split == .train {
                                if augmentation.measures {
                                    captions += MeasuredCaptions.captions(of: motion[0].features)
                                }
                                copies.add(motion[0].features, id: clip.id, set: set, captions: captions)
                            }
                            try writer.append(id: clip.id, set: set, split: clip.split, motion, captions: captions)
                        case .failure(let problem): writer.problems.append("\(clip.file): \(problem.text)")
                        }
                    }
                }
                progress("\(pack): \(clips.count) clips, \(writer.frameCount) frames so far")
            }
        }
        let derived = copies.derived()
        for start in stride(from: 0, to: derived.count, by: batch) {
            let part = Array(derived[start..<min(start + batch, derived.count)])
            for (source, motion) in zip(part, each(part.indices) { Copy.all(of: part[$0].clip, rates: []) }) {
                let caption = PreparedCaption(
                    text: source.text, firstFrame: 0, frameCount: source.clip.frames.count, source: "derived")
                try writer.append(id: source.id, set: source.set, split: .train, motion, captions: [caption])
            }
        }
        if !derived.isEmpty { progress("\(derived.count) derived clips, \(writer.frameCount) frames so far") }
        return try writer.finish()
    }

    /// Rows of a clip, as it is or changed.
    struct Copy: Sendable {
        var features: MotionFeatures
        var isMirrored: Bool
        /// Times the recorded speed.
        var rate: Double

        /// The clip itself first, then all its copies.
        static func all(of clip: HumanClip, rates: [Double]) -> [Copy] {
            ([1] + rates).flatMap { rate in
                let played = rate == 1 ? clip : DerivedMotion.stretched(clip, rate: rate)
                return [
                    Copy(features: MotionFeatures(played), isMirrored: false, rate: rate),
                    Copy(features: MotionFeatures(played.mirrored()), isMirrored: true, rate: rate),
                ]
            }
        }
    }

    /// Why a clip is left out.
    struct Problem: Error {
        var text: String
    }

    private static func each<Value: Sendable>(_ range: Range<Int>, _ work: @Sendable (Int) -> Value) -> [Value] {
        let next = Atomic(range.lowerBound)
        let results = Mutex<[Int: Value]>([:])
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < range.upperBound else { return }
                let result = work(index)
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { found in range.compactMap { found[$0] } }
    }

    private static func motion(of file: URL, rates: [Double]) throws(Problem) -> [Copy] {
        guard let data = try? Data(contentsOf: file) else { throw Problem(text: "is not in its pack") }
        let clip: HumanClip
        do {
            clip = try SMPLConversion(BVH([UInt8](data))).clip(frameRate: frameRate)
        } catch {
            throw Problem(text: "\(error)")
        }
        let copies = Copy.all(of: clip, rates: rates)
        // Far beyond any body and room: broken data rather than motion.
        guard copies.allSatisfy({ $0.features.values.allSatisfy { abs($0) < 100 } }) else {
            throw Problem(text: "has features that are no motion")
        }
        return copies
    }

    private static func unpack(_ pack: URL, into folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "-xf", pack.path, "-C", folder.path]
        tar.standardError = FileHandle.nullDevice
        try tar.run()
        tar.waitUntilExit()
        guard tar.terminationStatus == 0 else { throw Problem(text: "tar cannot unpack it") }
    }
}

extension DataPreparation.Problem: CustomStringConvertible {
    var description: String { text }
}
