public import Foundation
import HumanMotion

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A prepared data set, its rows mapped into memory; what `DataPreparation` writes.
///
/// Unchecked because of the pointer: the mapping is private, never written and lives as long as the object.
public final class PreparedDataSet: @unchecked Sendable {
    /// Why a folder cannot be used.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The file is missing or not readable.
        case unreadable(String)
        /// The file does not hold what it should.
        case malformed(String, why: String)

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .unreadable(let path): "cannot read '\(path)'; was the data set prepared to the end?"
            case .malformed(let path, let why): "'\(path)': \(why)"
            }
        }
    }

    static let featuresFile = "features.f32"
    static let statisticsFile = "statistics.json"
    static let indexFile = "index.json"

    /// The table of contents.
    public let index: PreparedIndex
    /// Mean and scale of the training rows.
    public let statistics: FeatureStatistics
    /// All clips in the order of their rows.
    public var clips: [PreparedClip] { index.clips }

    /// Read-only mapping of `features.f32`.
    private let mapping: UnsafeRawBufferPointer
    private let path: String

    /// Opens a folder and reads all rows once: damaged ones are refused here and not learnt from or scored.
    ///
    /// - Parameter directory: What `DataPreparation.run` wrote.
    /// - Throws: `Failure`.
    public init(directory: URL) throws(Failure) {
        index = try Self.decode(directory.appendingPathComponent(Self.indexFile))
        statistics = try Self.decode(directory.appendingPathComponent(Self.statisticsFile))
        path = directory.appendingPathComponent(Self.featuresFile).path
        try Self.check(index, statistics, directory: directory)

        let size = index.totalFrames * index.width * MemoryLayout<Float>.size
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw .unreadable(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
            throw .malformed(path, why: "\(status.st_size) bytes instead of \(size)")
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw .unreadable(path)
        }
        mapping = UnsafeRawBufferPointer(start: address, count: size)
        try verify()
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count) }

    /// Rows of a clip, row-major `[range.count, 276]`, not normalised. Valid while the data set lives.
    ///
    /// - Parameters:
    ///   - clip: One of `clips`.
    ///   - range: Frames counted from the clip's first; all of them unless told.
    /// - Returns: The rows where they lie in the mapped file.
    public func features(of clip: PreparedClip, _ range: Range<Int>? = nil) -> UnsafeBufferPointer<Float> {
        let range = range ?? 0..<clip.frameCount
        precondition(range.lowerBound >= 0 && range.upperBound <= clip.frameCount, "frames inside the clip")
        let start = (clip.firstFrame + range.lowerBound) * index.width
        return UnsafeBufferPointer(rebasing: rows[start..<start + range.count * index.width])
    }

    /// Reads all rows and compares their checksum with the index.
    private func verify() throws(Failure) {
        var checksum = FeatureChecksum()
        checksum.update(rows)
        guard checksum.text == index.checksum else {
            throw .malformed(path, why: "its checksum is \(checksum.text) instead of \(index.checksum)")
        }
    }

    private var rows: UnsafeBufferPointer<Float> { mapping.assumingMemoryBound(to: Float.self) }

    private static func decode<Value: Decodable>(_ file: URL) throws(Failure) -> Value {
        guard let data = try? Data(contentsOf: file) else { throw .unreadable(file.path) }
        do { return try JSONDecoder().decode(Value.self, from: data) } catch {
            throw .malformed(file.path, why: "\(error)")
        }
    }

    private static func check(
        _ index: PreparedIndex, _ statistics: FeatureStatistics, directory: URL
    ) throws(Failure) {
        let path = directory.appendingPathComponent(indexFile).path
        guard index.version == PreparedIndex.currentVersion else {
            throw .malformed(path, why: "version \(index.version) instead of \(PreparedIndex.currentVersion)")
        }
        guard index.width == MotionFeatures.width, (1..<1 << 40).contains(index.totalFrames) else {
            throw .malformed(path, why: "\(index.totalFrames) rows of \(index.width) numbers")
        }
        for clip in index.clips {
            guard clip.frameCount > 0, clip.firstFrame >= 0,
                clip.frameCount <= index.totalFrames, clip.firstFrame <= index.totalFrames - clip.frameCount
            else { throw .malformed(path, why: "clip '\(clip.id)' lies outside the rows") }
            for caption in clip.captions {
                guard caption.frameCount > 0, caption.firstFrame >= 0, caption.frameCount <= clip.frameCount,
                    caption.firstFrame <= clip.frameCount - caption.frameCount
                else { throw .malformed(path, why: "a caption of '\(clip.id)' lies outside the clip") }
            }
        }
        guard statistics.mean.count == index.width, statistics.deviation.count == index.width,
            statistics.mean.allSatisfy(\.isFinite),
            statistics.deviation.allSatisfy({ $0.isFinite && $0 >= FeatureStatistics.smallest })
        else {
            throw .malformed(
                directory.appendingPathComponent(statisticsFile).path, why: "not \(index.width) means and scales")
        }
    }
}
