import CAllocations
import Foundation
import Testing

/// Counts allocations of hot paths and holds them to `Benchmarks/Thresholds/allocations.json`.
enum Allocations {
    static let areCounted = allocations_are_counted() == 1

    /// The most allocations a call may make, by name.
    private static let thresholds: [String: Double] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "Benchmarks/Thresholds/allocations.json")
        return (try? JSONDecoder().decode([String: Double].self, from: Data(contentsOf: file))) ?? [:]
    }()

    /// Counts what `body` allocates on this thread, call by call, after ten calls that do not count.
    static func check(
        _ name: String, calls: Int = 100, location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) throws {
        for _ in 0..<10 { try body() }
        allocations_begin(nil)
        for _ in 0..<calls { try body() }
        try compare(Double(allocations_end()) / Double(calls), name, location)
    }

    /// Counts what threads allocate whose names begin with `prefix` while `body` runs, and divides by the `calls` that it tells.
    static func check(
        _ name: String, ofThreads prefix: String, location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Int
    ) async throws {
        allocations_begin(prefix)
        let calls: Result<Int, any Error>
        do { calls = .success(try await body()) } catch { calls = .failure(error) }
        let count = allocations_end()
        try compare(Double(count) / Double(max(try calls.get(), 1)), name, location)
    }

    private static func compare(_ found: Double, _ name: String, _ location: SourceLocation) throws {
        let threshold = try #require(
            thresholds[name], "Benchmarks/Thresholds/allocations.json has no \"\(name)\"", sourceLocation: location)
        if found > threshold { allocations_print_callers(12) }
        #expect(
            found <= threshold, "\(name): \(found) allocations a call, \(threshold) are allowed",
            sourceLocation: location)
    }
}
