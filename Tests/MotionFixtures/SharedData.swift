package import Foundation
package import HumanMotion

/// The shared collection, when it lies beside the package.
package enum SharedData {
    package static let folder: URL? = {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["KMMD_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? root.deletingLastPathComponent().appendingPathComponent("shared")
        let data = shared.appendingPathComponent("data")
        return FileManager.default.fileExists(atPath: data.appendingPathComponent("cmu/clips.jsonl").path) ? data : nil
    }()
    package static var isThere: Bool { folder != nil }

    /// A line of `clips.jsonl`.
    package struct Clip: Decodable {
        package var id: String
        package var file: String
        package var description: String?
        package var label: String?
        package var flat_ground: Bool?
    }

    /// Unpacks some packs, calls back with each clip and removes what was unpacked.
    package static func withClips(
        _ set: String, packs: [String], every: Int, _ body: (Clip, HumanClip, BVH) throws -> Void
    ) throws {
        guard let data = folder else { return }
        let temporary = FileManager.default.temporaryDirectory.appendingPathComponent("kmm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: temporary) }
        for pack in packs {
            let tar = Process()
            tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            tar.arguments = [
                "tar", "-xf", data.appendingPathComponent("\(set)/\(pack).tar.xz").path, "-C", temporary.path,
            ]
            try tar.run()
            tar.waitUntilExit()
            guard tar.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        }
        let lines = try String(contentsOf: data.appendingPathComponent("\(set)/clips.jsonl"), encoding: .utf8)
            .split(separator: "\n")
        let clips = try lines.map { try JSONDecoder().decode(Clip.self, from: Data($0.utf8)) }
            .filter { $0.flat_ground != false }
            .filter { FileManager.default.fileExists(atPath: temporary.appendingPathComponent($0.file).path) }
        for index in stride(from: 0, to: clips.count, by: every) {
            let bytes = try Data(contentsOf: temporary.appendingPathComponent(clips[index].file))
            let bvh = try BVH([UInt8](bytes))
            try body(clips[index], SMPLConversion(bvh).clip(), bvh)
        }
    }
}
