import Foundation
package import MotionData

/// The toy collection of the preparation's tests, prepared once.
package enum SmallCollection {
    package static let textEncoder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Models/minilm-l6").path
    package static let hasTextEncoder = FileManager.default.fileExists(atPath: textEncoder)

    package static func prepared() throws -> PreparedDataSet {
        let folder = try ToyCollection.collection()
        let out = folder.url.appendingPathComponent("out")
        _ = try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"])
        return try PreparedDataSet(directory: out)
    }
}
