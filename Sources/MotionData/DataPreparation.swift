import Dispatch
public import Foundation
import HumanMotion
import Synchronization

/// Turns captioned motion of any `MotionLayout` into rows of features ready for training.
///
/// Carries every clip to SMPL at 30 frames a second, adds mirrored copies with mirrored captions and whatever `AugmentationOptions` ask for (training split only),
/// and writes into the destination:
///
/// - `features.f32`: little-endian `Float` rows `[totalFrames, 276]` of `MotionFeatures`, clip after clip;
/// - `statistics.json`: `FeatureStatistics` of the training split;
/// - `index.json`: `PreparedIndex`, written last.
///
/// Broken, empty, endless and NaN-holding clips and broken lines are left out and listed; clips that stand on props
/// (`flat_ground: false`, or found by `MotionDefect`) and copies of clips that are there too; clips without captions are
/// listed and kept for the tokenizer.
public enum DataPreparation {
    /// The sets of the shared collection that may be used commercially, by folder name.
    public static let freeSets = ["cmu", "hdm05", "smartbody", "mesh2motion", "asap", "animateddrawings"]
    /// Frames of the shortest clip that is kept.
    private static let shortest = 4
    /// Threads at work.
    private static let workers = 2
    /// Clips held in memory at a time.
    private static let batch = 64

    /// Prepares the sets of a collection; see `run(_:destination:augmentation:progress:)`.
    @discardableResult
    public static func run(
        source: URL, destination: URL, sets: [String] = freeSets,
        augmentation: AugmentationOptions = AugmentationOptions(), progress: (String) -> Void = { _ in }
    ) throws(PreparationFailure) -> PreparedIndex {
        try run(
            .collection(source, sets: sets), destination: destination, augmentation: augmentation, progress: progress)
    }

    /// Prepares a data set.
    ///
    /// - Parameters:
    ///   - layout: Where the motion and its captions lie.
    ///   - destination: Folder of the result, made when absent.
    ///   - augmentation: Copies of the training clips beside the mirrored ones.
    ///   - actions: Authored actions by name, of which training clips are made.
    ///   - heldOut: Texts that judge language, which no caption of training may be.
    ///   - progress: Is told what happens, a line at a time.
    /// - Returns: The index as written.
    /// - Throws: `PreparationFailure`.
    @discardableResult
    public static func run(
        _ layout: MotionLayout, destination: URL, augmentation: AugmentationOptions = AugmentationOptions(),
        actions: [(name: String, action: AuthoredAction)] = [], heldOut: [String] = [],
        progress: (String) -> Void = { _ in }
    ) throws(PreparationFailure) -> PreparedIndex {
        let (groups, problems) = try layout.groups()
        var writer = try PreparedWriter(
            destination: destination, sets: layout.sets + (actions.isEmpty ? [] : [Origin.authored]))
        writer.problems = problems
        writer.heldOut = heldOut
        var copies = ClipAugmentation(augmentation, keepsPeople: !actions.isEmpty)
        var known: [String: SourceClip] = [:]
        for group in groups {
            try append(group, augmentation, known: &known, to: &writer, &copies)
            progress("\(group.name): \(group.clips.count) clips, \(writer.frameCount) frames so far")
        }
        let derived = copies.derived()
        try append(derived, to: &writer)
        for (number, (name, action)) in actions.enumerated() {
            let made = copies.studio.clips(of: action, seed: augmentation.seed &+ UInt64(number) << 32)
            try append(made, of: name, to: &writer)
            progress("\(name): \(made.count) clips, \(writer.frameCount) frames so far")
        }
        if !derived.isEmpty { progress("\(derived.count) derived clips, \(writer.frameCount) frames so far") }
        return try writer.finish()
    }

    /// Appends the recorded clips of a group and their copies; a motion that is `known` already is left out.
    private static func append(
        _ group: ClipGroup, _ augmentation: AugmentationOptions, known: inout [String: SourceClip],
        to writer: inout PreparedWriter, _ copies: inout ClipAugmentation
    ) throws(PreparationFailure) {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("kmm-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            if let pack = group.pack { try unpack(pack, into: folder) }
        } catch {
            writer.problems.append("\(group.name): \(error); its \(group.clips.count) clips are left out")
            return
        }
        for start in stride(from: 0, to: group.clips.count, by: batch) {
            let part = Array(group.clips[start..<min(start + batch, group.clips.count)])
            let results = each(part.indices) { index in
                let clip = part[index]
                let rates = clip.split == .train && !clip.captions.isEmpty ? augmentation.rates : []
                return Result { () throws(PreparationProblem) in try motion(of: clip, in: folder, rates: rates) }
            }
            for (clip, result) in zip(part, results) {
                switch result {
                case .success(let motion):
                    let checksum = FeatureChecksum(motion[0].features).text
                    if let original = known[checksum], original.makesNeedless(clip) {
                        writer.problems.append("\(clip.place): is the motion of \(original.place); it is left out")
                        continue
                    }
                    known[checksum] = clip
                    try append(clip, motion, to: &writer, &copies)
                case .failure(let problem): writer.problems.append("\(clip.place): \(problem.text)")
                }
            }
        }
    }

    /// Appends clips made of recorded ones, with captions of what was measured on them.
    private static func append(
        _ derived: [ClipAugmentation.Source], to writer: inout PreparedWriter
    ) throws(PreparationFailure) {
        for start in stride(from: 0, to: derived.count, by: batch) {
            let part = Array(derived[start..<min(start + batch, derived.count)])
            for (source, motion) in zip(part, each(part.indices) { Copy.all(of: part[$0].clip, rates: []) }) {
                let captions = MeasuredCaptions.sayings(of: source.text).map {
                    PreparedCaption(
                        text: $0, firstFrame: 0, frameCount: source.clip.frames.count, source: Origin.derived)
                }
                try writer.append(id: source.id, set: source.set, split: .train, motion, captions: captions)
            }
        }
    }

    /// Appends the clips of the authored action `name`.
    private static func append(
        _ made: [(clip: HumanClip, captions: [String])], of name: String, to writer: inout PreparedWriter
    ) throws(PreparationFailure) {
        for (index, (clip, texts)) in made.enumerated() {
            if let defect = MotionDefect.first(in: clip) {
                writer.problems.append("\(Origin.authored)/\(name)-\(index): \(defect); it is left out")
                continue
            }
            let captions = texts.map {
                PreparedCaption(text: $0, firstFrame: 0, frameCount: clip.frames.count, source: Origin.authored)
            }
            try writer.append(
                id: "\(name)-\(index)", set: Origin.authored, split: .train, Copy.all(of: clip, rates: []),
                captions: captions)
        }
    }

    private static func append(
        _ clip: SourceClip, _ motion: [Copy], to writer: inout PreparedWriter, _ copies: inout ClipAugmentation
    ) throws(PreparationFailure) {
        let straight = motion[0].features
        var captions = writer.captions(of: clip, in: straight)
        if captions.isEmpty {
            writer.problems.append("\(clip.place): has no caption; it helps the tokenizer only")
        }
        if clip.split == .train {
            var stretches: [MeasuredCaptions.Stretch] = []
            if copies.needsStretches {
                let course = RootCourse(straight)
                stretches = MeasuredCaptions.stretches(of: course)
                guard copies.options.measures else {
                    copies.keep(straight, stretches)
                    try writer.append(id: clip.id, set: clip.set, split: clip.split, motion, captions: captions)
                    return
                }
                captions = IdleEnds.trimmed(captions, course: course) + MeasuredCaptions.captions(of: stretches)
            }
            copies.add(straight, stretches, id: clip.id, set: clip.set, captions: captions)
        }
        try writer.append(id: clip.id, set: clip.set, split: clip.split, motion, captions: captions)
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

    private static func motion(
        of source: SourceClip, in folder: URL, rates: [Double]
    ) throws(PreparationProblem) -> [Copy] {
        let clip: HumanClip
        do { clip = try source.read(folder) } catch { throw PreparationProblem(text: "\(error)") }
        guard clip.frames.count >= shortest else {
            throw PreparationProblem(
                text: "has \(clip.frames.count) frames at 30 a second; at least \(shortest) are needed")
        }
        if let defect = MotionDefect.first(in: clip) { throw PreparationProblem(text: "\(defect); it is left out") }
        let copies = Copy.all(of: clip, rates: rates)
        // Far beyond any body and room: broken data rather than motion.
        guard copies.allSatisfy({ $0.features.values.allSatisfy { abs($0) < 100 } }) else {
            throw PreparationProblem(text: "has features that are no motion")
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
        guard tar.terminationStatus == 0 else { throw PreparationProblem(text: "tar cannot unpack it") }
    }
}

extension PreparationProblem: CustomStringConvertible {
    var description: String { text }
}
