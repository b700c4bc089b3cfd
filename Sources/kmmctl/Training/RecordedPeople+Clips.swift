import ArgumentParser
import Foundation
import KMMTraining
import MotionData
import Wire

extension RecordedPeople {
    /// What people were recorded to do, of a recording or a folder of them.
    ///
    /// - Throws: What cannot be read, and when there is nothing to use.
    static func clips(in path: String) throws -> [CaptionedClip] {
        let files =
            path.hasSuffix(".mcap")
            ? [path]
            : try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".mcap") }.sorted()
                .map { "\(path)/\($0)" }
        let clips = try files.flatMap { file in
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            return RecordedPeople(try MCAPReader(path: file)).pieces.enumerated().map { index, piece in
                CaptionedClip(
                    id: "\(name)-\(piece.person)-\(index)", place: "\(file), \(piece.person), piece \(index)",
                    text: piece.text, clip: piece.clip)
            }
        }
        guard !clips.isEmpty else {
            throw ValidationError(
                "\(path) holds no captioned motion of people; say what they do while it records: "
                    + "kmmctl record caption TEXT")
        }
        return clips
    }
}
