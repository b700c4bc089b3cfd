import Dispatch
public import Foundation
import HumanMotion
import Synchronization

/// Turns a collection of captioned BVH clips into rows of features ready for training.
///
/// Reads `<source>/<set>/clips.jsonl`, `pairs.jsonl` and the packs they name, carries every clip to SMPL at 30 frames a
/// second, adds a mirrored copy with mirrored captions, and writes into the destination:
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
    ///   - progress: Is told what happens, a line at a time.
    /// - Returns: The index as written.
    /// - Throws: `Failure`.
    @discardableResult
    public static func run(
        source: URL, destination: URL, sets: [String] = knownSets, progress: (String) -> Void = { _ in }
    ) throws(Failure) -> PreparedIndex {
        var writer = try PreparedWriter(destination: destination, sets: sets)
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
                    for (clip, result) in zip(part, convert(part, in: folder)) {
                        switch result {
                        case .success(let motion):
                            try writer.append(clip, set: set, motion, pairs: collection.pairs[clip.id] ?? [])
                        case .failure(let problem): writer.problems.append("\(clip.file): \(problem.text)")
                        }
                    }
                }
                progress("\(pack): \(clips.count) clips, \(writer.frameCount) frames so far")
            }
        }
        return try writer.finish()
    }

    /// A clip's rows, as it is and mirrored.
    struct Motion: Sendable {
        var straight: MotionFeatures
        var mirrored: MotionFeatures
    }

    /// Why a clip is left out.
    struct Problem: Error {
        var text: String
    }

    private static func convert(_ clips: [MotionCollection.Clip], in folder: URL) -> [Result<Motion, Problem>] {
        let files = clips.map { folder.appendingPathComponent($0.file) }
        let next = Atomic(0)
        let results = Mutex<[Int: Result<Motion, Problem>]>([:])
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < files.count else { return }
                let result = Result { () throws(Problem) in try motion(of: files[index]) }
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { found in
            clips.indices.map { found[$0] ?? .failure(Problem(text: "was not converted")) }
        }
    }

    private static func motion(of file: URL) throws(Problem) -> Motion {
        guard let data = try? Data(contentsOf: file) else { throw Problem(text: "is not in its pack") }
        let clip: HumanClip
        do {
            clip = try SMPLConversion(BVH([UInt8](data))).clip(frameRate: frameRate)
        } catch {
            throw Problem(text: "\(error)")
        }
        let motion = Motion(straight: MotionFeatures(clip), mirrored: MotionFeatures(clip.mirrored()))
        // Far beyond any body and room: broken data rather than motion.
        guard motion.straight.values.allSatisfy({ abs($0) < 100 }) else {
            throw Problem(text: "has features that are no motion")
        }
        return motion
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
