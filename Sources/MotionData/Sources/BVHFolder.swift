import Foundation
import HumanMotion

/// A folder of BVH files with captions beside them.
///
/// A clip below a folder named `train`, `val` or `test` belongs to that split; the others are spread by a hash of their path:
/// eight tenths, one tenth, one tenth.
enum BVHFolder {
    static func groups(_ root: URL) throws(PreparationFailure) -> (groups: [ClipGroup], problems: [String]) {
        guard let names = FileManager.default.enumerator(atPath: root.path) else { throw .unreadable(root.path) }
        var problems: [String] = []
        let set = root.lastPathComponent
        let paths = names.compactMap { $0 as? String }.filter { $0.lowercased().hasSuffix(".bvh") }.sorted()
        let clips = paths.map { path in
            let texts = root.appendingPathComponent(String(path.dropLast(4)) + ".txt")
            let hasTexts = FileManager.default.fileExists(atPath: texts.path)
            let captions = hasTexts ? CaptionLines.read(texts, source: set, &problems) : []
            let file = root.appendingPathComponent(path)
            return SourceClip(
                id: String(path.dropLast(4)), set: set, split: split(of: path), place: file.path, captions: captions
            ) { _ in try HumanClip.bvh(file) }
        }
        return ([ClipGroup(name: root.path, pack: nil, clips: clips)], problems)
    }

    static func split(of path: String) -> DataSplit {
        for folder in path.split(separator: "/").dropLast() {
            if let split = DataSplit(rawValue: folder.lowercased()) { return split }
        }
        // FNV-1a, as `Hasher` changes from run to run.
        let hash = path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return switch (hash >> 32) % 10 {
        case 8: .val
        case 9: .test
        default: .train
        }
    }
}
