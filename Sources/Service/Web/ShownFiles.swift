internal import FoundationEssentials
internal import JSON

/// The motion files that the page can have played, and the recordings that it can have published again.
struct ShownFiles: Sendable {
    /// Folder of the motion files; nil for none.
    let clips: String?
    /// Folder of the recordings; nil for none.
    let recordings: String?

    /// Most names of a kind, and folders below each other: a page shows a list, not a disk.
    private static let most = 500, deepest = 4

    /// Names as `play` and `replay` take them, in order; null where there is no folder.
    var json: JSONValue {
        func list(_ names: [String]?) -> JSONValue {
            names.map { .array($0.prefix(ShownFiles.most).map { .string($0) }) } ?? .null
        }
        let files = recordings.map { ShownFiles.files(below: $0, [".mcap"], depth: 1) }
        return [
            "clips": list(clips.map { ShownFiles.files(below: $0, [".bvh", ".npz"], depth: ShownFiles.deepest) }),
            "recordings": list(files?.map { String($0.dropLast(".mcap".count)) }),
        ]
    }

    /// Files below a folder whose names end so, by their paths from there; hidden ones are none.
    private static func files(below folder: String, _ endings: [String], depth: Int) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var found: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") && found.count < most {
            var isFolder = false
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            if isFolder {
                if depth > 1 { found += files(below: path, endings, depth: depth - 1).map { name + "/" + $0 } }
            } else if endings.contains(where: name.hasSuffix) {
                found.append(name)
            }
        }
        return found
    }
}
