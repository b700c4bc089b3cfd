import Foundation
import HumanMotion

/// HumanML3D's index and texts (Guo et al., "Generating Diverse and Natural 3D Human Motions from Text", CVPR 2022) over a
/// user's own AMASS archives.
///
/// `index.csv` holds `source_path,start_frame,end_frame,new_name` at 20 frames a second. Its frames count from where
/// HumanML3D's processing had cut the first seconds of some sets off; the same is done here. Its mirrored copies
/// (`M…`) are not read, as mirrored copies are made here.
enum HumanML3DFolder {
    /// Frames a second of the index.
    private static let rate = 20.0
    /// Seconds cut off the start, by set.
    private static let lead: [(set: String, seconds: Double)] = [
        ("Eyes_Japan_Dataset", 3), ("MPI_HDM05", 3), ("TotalCapture", 1), ("MPI_Limits", 1),
        ("Transitions_mocap", 0.5),
    ]

    static func groups(
        _ root: URL, amass: URL
    ) throws(PreparationFailure) -> (groups: [ClipGroup], problems: [String]) {
        var problems: [String] = []
        var splits: [String: DataSplit] = [:]
        for split in DataSplit.allCases {
            let file = root.appendingPathComponent(split.rawValue + ".txt")
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw .unreadable(file.path) }
            for name in text.split(whereSeparator: \.isWhitespace) { splits[String(name)] = split }
        }
        let index = root.appendingPathComponent("index.csv")
        guard let text = try? String(contentsOf: index, encoding: .utf8) else { throw .unreadable(index.path) }
        var clips: [SourceClip] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where number > 0 && !line.allSatisfy(\.isWhitespace) {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            guard fields.count == 4, let first = Int(fields[1]), let last = Int(fields[2]), first >= 0 else {
                problems.append(
                    "\(index.path):\(number + 1): not 'source_path,start_frame,end_frame,new_name': '\(line)'")
                continue
            }
            let name = fields[3].hasSuffix(".npy") ? String(fields[3].dropLast(4)) : fields[3]
            // HumanAct12 is not part of AMASS; names in no split were left out by HumanML3D itself.
            guard !fields[0].contains("humanact12"), let split = splits[name] else { continue }
            var path = fields[0].replacingOccurrences(of: "./pose_data/", with: "")
            if path.hasSuffix(".npy") { path = path.dropLast(4) + ".npz" }
            let file = amass.appendingPathComponent(path)
            let offset = lead.first { path.contains($0.set) }?.seconds ?? 0
            let start = offset + Double(first) / rate
            let end = last < 0 ? nil : offset + Double(last) / rate
            let captions = CaptionLines.read(
                root.appendingPathComponent("texts/\(name).txt"), source: "humanml3d", &problems)
            clips.append(
                SourceClip(id: name, set: "humanml3d", split: split, place: file.path, captions: captions) { _ in
                    try HumanClip.amass(file, seconds: (start, end))
                })
        }
        return ([ClipGroup(name: index.path, pack: nil, clips: clips)], problems)
    }
}
