import Foundation
import HumanMotion

/// The index of a set of captioned BVH clips: `clips.jsonl`, `pairs.jsonl` and packed motions beside them.
struct MotionCollection {
    /// A line of `clips.jsonl`.
    struct Clip: Decodable {
        var id: String
        /// Path inside the pack.
        var file: String
        /// Path of the pack from the root of all sets.
        var pack: String
        var split: DataSplit
        var flatGround: Bool?

        private enum CodingKeys: String, CodingKey {
            case id, file, pack, split
            case flatGround = "flat_ground"
        }
    }

    /// A line of `pairs.jsonl`.
    struct Pair: Decodable {
        var clip: String
        var text: String
        var source: String
        /// Seconds from the start of the clip.
        var start: Double
        /// Seconds from the start of the clip.
        var end: Double

        private enum CodingKeys: String, CodingKey {
            case clip, text, source
            case start = "start_s"
            case end = "end_s"
        }
    }

    let clips: [Clip]
    /// Texts by clip id.
    let pairs: [String: [Pair]]
    /// Lines that could not be read, as "file:line: why".
    let problems: [String]

    /// Reads both index files of a set's folder.
    init(folder: URL) throws(PreparationFailure) {
        var problems: [String] = []
        clips = try Self.lines(of: folder.appendingPathComponent("clips.jsonl"), &problems)
        let pairs: [Pair] = try Self.lines(of: folder.appendingPathComponent("pairs.jsonl"), &problems)
        self.pairs = Dictionary(grouping: pairs, by: \.clip)
        problems += clips.filter { $0.flatGround == false }
            .map { "\(folder.lastPathComponent)/\($0.id): not on flat ground" }
        self.problems = problems
    }

    /// The clips pack by pack; what stands on props is left out.
    func groups(set: String, root: URL) -> [ClipGroup] {
        let level = clips.filter { $0.flatGround != false }
        return Dictionary(grouping: level, by: \.pack).sorted { $0.key < $1.key }.map { pack, clips in
            ClipGroup(
                name: pack, pack: root.appendingPathComponent(pack), clips: clips.map { source($0, set: set) })
        }
    }

    private func source(_ clip: Clip, set: String) -> SourceClip {
        let captions = (pairs[clip.id] ?? []).map { pair in
            SourceClip.Caption(text: pair.text, source: pair.source, start: pair.start, end: pair.end)
        }
        let file = clip.file
        return SourceClip(id: clip.id, set: set, split: clip.split, place: file, captions: captions) { folder in
            try HumanClip.bvh(folder.appendingPathComponent(file))
        }
    }

    private static func lines<Line: Decodable>(
        of file: URL, _ problems: inout [String]
    ) throws(PreparationFailure) -> [Line] {
        guard let data = try? Data(contentsOf: file) else { throw .unreadable(file.path) }
        let decoder = JSONDecoder()
        var lines: [Line] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            do {
                lines.append(try decoder.decode(Line.self, from: line))
            } catch {
                problems.append("\(file.path):\(index + 1): \(describe(error))")
            }
        }
        return lines
    }

    /// What a JSON decoder objects to.
    static func describe(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "no '\(key.stringValue)'"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "wrong type at '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
        case DecodingError.dataCorrupted(let context): context.debugDescription
        default: "\(error)"
        }
    }
}
