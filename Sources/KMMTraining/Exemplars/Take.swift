import Foundation
import HumanBody
import HumanMotion
import MotionData
import TextEncoding

/// A motion of an action that was authored, or cut out of a recording by somebody who looked at it.
struct Take {
    /// The motion, with what came before it.
    var clip: HumanClip
    /// Frames of the action.
    var frames: Range<Int>
    /// Sentences that it is known to show.
    var names: Set<String>
    /// The side that does it; nil where there is none.
    var side: BodySide?
    /// Where it comes from.
    var source: String

    /// The same in a mirror.
    var mirrored: Take {
        let suffix = " mirrored"
        return Take(
            clip: clip.mirrored(), frames: frames, names: Set(names.map(CaptionMirror.mirrored)), side: side?.other,
            source: source.hasSuffix(suffix) ? String(source.dropLast(suffix.count)) : source + suffix)
    }

    /// The frames of the action.
    var motion: HumanClip { HumanClip(frameRate: clip.frameRate, frames: Array(clip.frames[frames])) }

    /// Clips of the files of authored actions that are named after an action, `NAME.json` or `NAME.something.json`.
    static func authored(
        _ action: LexiconAction, in files: [URL], by studio: ActionStudio, clips: Int
    ) throws -> [Take] {
        let own = files.filter { $0.lastPathComponent.split(separator: ".").first.map(String.init) == action.name }
        return try own.flatMap { file in
            let script = try AuthoredAction(contentsOf: file)
            let source = "authored/" + file.deletingPathExtension().lastPathComponent
            return (0..<clips).compactMap { number in
                studio.clip(of: script, seed: UInt64(number)).map { made in
                    let names = Set(made.captions)
                    let side = [BodySide.left, .right].first { names.contains(action.caption(side: $0)) }
                    return Take(
                        clip: made.clip, frames: 0..<made.clip.frames.count, names: names,
                        side: action.sidedCaption == nil ? nil : side, source: "\(source)-\(number)")
                }
            }
        }
    }

    /// The files of authored actions in a folder, by name.
    static func files(in directory: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }
}

/// A piece of a recorded clip that shows an action, chosen by eye: an element of `Actions/Recorded/cuts.json`.
struct RecordedCut: Codable {
    /// Name of the action in the lexicon.
    var action: String
    /// Set and name of the clip, `mesh2motion/m2m_Crawl_RM`.
    var clip: String
    /// Seconds of the clip.
    var from: Double, to: Double
    /// The side that does it.
    var side: String?
    /// Whether it is played backwards: a run ahead for a run backwards.
    var reversed: Bool?

    /// The cuts of a file.
    static func all(in file: URL) throws -> [RecordedCut] {
        try JSONDecoder().decode([RecordedCut].self, from: Data(contentsOf: file))
    }

    /// The motion; nil where the data has no such clip or it is shorter.
    func take(from data: PreparedDataSet, for action: LexiconAction) -> Take? {
        let found = data.clips.first { !$0.mirrored && $0.rate == nil && "\($0.set)/\($0.id)" == clip }
        guard let found, found.split == .train else { return nil }
        let features = MotionFeatures(
            frameRate: PreparedIndex.frameRate, values: Array(data.features(of: found)))
        var whole = features.clip()
        let count = whole.frames.count
        var frames = (Int(from * whole.frameRate)..<Int(to * whole.frameRate)).clamped(to: 0..<count)
        guard frames.count > 8 else { return nil }
        if reversed ?? false {
            whole.frames.reverse()
            frames = count - frames.upperBound..<count - frames.lowerBound
        }
        let side = side.flatMap(BodySide.init)
        return Take(
            clip: whole, frames: frames, names: [action.caption(side: side), action.caption], side: side, source: clip)
    }
}
