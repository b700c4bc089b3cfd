import Foundation
import HumanMotion

/// BABEL's labels (Punnakkal et al., "BABEL: Bodies, Action and Behavior with English Labels", CVPR 2021) over a user's own
/// AMASS archives.
///
/// `train.json` and `val.json` (and `test.json` where it has labels) map ids to `feat_p`, the archive's path, and the labels of
/// the whole (`seq_ann`) and of spans of seconds (`frame_ann`). Spans are taken where there are any; "transition" says nothing
/// and is left out.
enum BABELFolder {
    private struct Sequence: Decodable {
        struct Annotation: Decodable { var labels: [Label] }
        struct Label: Decodable {
            var raw_label: String?
            var proc_label: String?
            var start_t: Double?
            var end_t: Double?
        }
        var feat_p: String
        var seq_ann: Annotation?
        var frame_ann: Annotation?
    }

    /// A value that keeps to itself why it cannot be read.
    private struct Attempt: Decodable {
        var result: Result<Sequence, any Error>
        init(from decoder: any Decoder) { result = Result { try Sequence(from: decoder) } }
    }

    static func groups(
        _ root: URL, amass: URL
    ) throws(PreparationFailure) -> (groups: [ClipGroup], problems: [String]) {
        var (groups, problems) = ([ClipGroup](), [String]())
        for split in DataSplit.allCases {
            let file = root.appendingPathComponent(split.rawValue + ".json")
            guard let data = try? Data(contentsOf: file) else {
                if split == .test { continue }
                throw .unreadable(file.path)
            }
            let sequences: [String: Attempt]
            do { sequences = try JSONDecoder().decode([String: Attempt].self, from: data) } catch {
                throw .malformed(file.path, why: MotionCollection.describe(error))
            }
            var clips: [SourceClip] = []
            for (id, attempt) in sequences.sorted(by: { $0.key < $1.key }) {
                switch attempt.result {
                case .success(let sequence): clips.append(clip(id, sequence, split: split, amass: amass))
                case .failure(let error): problems.append("\(file.path): '\(id)': \(MotionCollection.describe(error))")
                }
            }
            groups.append(ClipGroup(name: file.path, pack: nil, clips: clips))
        }
        return (groups, problems)
    }

    private static func clip(_ id: String, _ sequence: Sequence, split: DataSplit, amass: URL) -> SourceClip {
        // Paths begin with the set's name twice: "KIT/KIT/3/…"; archives unpack with it once or twice.
        let parts = sequence.feat_p.split(separator: "/")
        let short = parts.count > 1 && parts[0] == parts[1] ? parts.dropFirst() : parts[...]
        let paths = [parts[...], short].map { amass.appendingPathComponent($0.joined(separator: "/")) }
        let file = paths.first { FileManager.default.fileExists(atPath: $0.path) } ?? paths[1]
        let spans = sequence.frame_ann?.labels ?? []
        let captions = (spans.isEmpty ? sequence.seq_ann?.labels ?? [] : spans).compactMap { label in
            let text = (label.raw_label ?? label.proc_label ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            let isEmpty = text.isEmpty || text.lowercased() == "transition" || label.proc_label == "transition"
            return isEmpty
                ? nil
                : SourceClip.Caption(text: text, source: "babel", start: label.start_t ?? 0, end: label.end_t)
        }
        return SourceClip(id: id, set: "babel", split: split, place: file.path, captions: captions) { _ in
            try HumanClip.amass(file, seconds: (0, nil))
        }
    }
}
