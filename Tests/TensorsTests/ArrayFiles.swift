import Foundation
import Geometry
import Testing

@testable import Tensors

/// What the tests of both file formats need.
enum ArrayFiles {
    /// The path of a file written by `Scripts/make_array_fixtures.py`.
    static func fixture(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures")).path
    }

    /// Runs `body` with a folder of its own, which is gone afterwards.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kmmd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    /// Damages copies of `bytes`, the same for the same seed, and hands them to `body`: bytes changed, runs set to the
    /// extremes, pieces cut out and ends cut off.
    static func damaged(_ bytes: [UInt8], times: Int, seed: UInt64, _ body: ([UInt8]) -> Void) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<times {
            var copy = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) where !copy.isEmpty {
                let at = Int.random(in: copy.indices, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0: copy.removeLast(copy.count - at)
                case 1: copy.removeSubrange(at..<min(copy.count, at + 9))
                case 2:
                    for i in at..<min(copy.count, at + 4) { copy[i] = 0xFF }
                case 3: copy[at] = UInt8(ascii: "9")
                default: copy[at] = UInt8.random(in: .min ... .max, using: &random)
                }
            }
            body(copy)
        }
    }

    /// Expects `body` to throw a `TensorFileError` of this kind, about this array.
    static func expect(
        _ kind: TensorFileError.Kind, about entry: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) {
        let error = #expect(throws: TensorFileError.self, sourceLocation: sourceLocation) { try body() }
        #expect(error?.kind == kind, "\(String(describing: error))", sourceLocation: sourceLocation)
        #expect(error?.entry == entry, "\(String(describing: error))", sourceLocation: sourceLocation)
    }
}
