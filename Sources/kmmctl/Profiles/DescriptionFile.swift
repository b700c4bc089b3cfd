import Foundation
import Robots

/// A description as people have it: what is in Xacro goes through the `xacro` program first, where there is one.
enum DescriptionFile {
    static func read(_ file: String) throws -> RobotDescription {
        do throws(DescriptionError) {
            return try RobotDescription(file: file)
        } catch {
            guard error.code == .needsXacro, let text = try expand(file) else { throw error }
            return try RobotDescription(text: text, file: file)
        }
    }

    /// What `xacro FILE` prints; nil when there is no such program.
    private static func expand(_ file: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["xacro", file]
        let (output, errors) = (Pipe(), FileManager.default.temporaryDirectory.appending(path: "xacro-\(UUID()).txt"))
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // env says 127 when it finds no such program.
        if process.terminationStatus == 127 { return nil }
        guard process.terminationStatus == 0 else {
            let lines = ((try? String(contentsOf: errors, encoding: .utf8)) ?? "").split(separator: "\n")
            throw ControlError.badInput(
                "xacro \(file): " + (lines.first.map(String.init) ?? "failed with status \(process.terminationStatus)"))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
