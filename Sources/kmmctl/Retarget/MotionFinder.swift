import Foundation

/// A file of human motion, and its place among the outputs.
struct MotionSource: Sendable {
    var path: String
    /// Path below the folder that was searched, without the ending.
    var place: String
}

/// Finds the files of human motion below folders.
enum MotionFinder {
    /// The files in a fixed order, whatever the file system's.
    ///
    /// - Parameters:
    ///   - inputs: Files, and folders to search.
    ///   - excluded: A folder whose files are outputs.
    ///   - endings: Endings of the files to take from folders.
    /// - Returns: At least one file.
    /// - Throws: `ControlError` when there is none, or two would have one output.
    static func files(_ inputs: [String], except excluded: String?, endings: [String]) throws -> [MotionSource] {
        var found: [MotionSource] = []
        let outputs = excluded.map { URL(filePath: $0).standardizedFileURL.path + "/" }
        for input in inputs {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
                throw ControlError.badInput("\(input): there is no such file or folder")
            }
            if !isFolder.boolValue {
                found.append(MotionSource(path: input, place: stem(URL(filePath: input).lastPathComponent)))
                continue
            }
            let names = FileManager.default.enumerator(atPath: input)?.compactMap { $0 as? String } ?? []
            for name in names.sorted() where endings.contains(URL(filePath: name).pathExtension.lowercased()) {
                let path = URL(filePath: input).appending(path: name).standardizedFileURL.path
                if let outputs, path.hasPrefix(outputs) { continue }
                found.append(MotionSource(path: path, place: stem(name)))
            }
        }
        guard !found.isEmpty else {
            throw ControlError.badInput(
                "no .\(endings.joined(separator: " or .")) in \(inputs.joined(separator: ", "))")
        }
        // Two files of one name keep their endings.
        let counts = Dictionary(found.map { ($0.place, 1) }, uniquingKeysWith: +)
        for index in found.indices where counts[found[index].place, default: 1] > 1 {
            found[index].place += "." + URL(filePath: found[index].path).pathExtension
        }
        guard Set(found.map(\.place)).count == found.count else {
            let twice = Dictionary(grouping: found, by: \.place).values.first { $0.count > 1 } ?? []
            throw ControlError.badInput("one output for several inputs: \(twice.map(\.path).joined(separator: ", "))")
        }
        return found
    }

    private static func stem(_ name: String) -> String { (name as NSString).deletingPathExtension }
}
