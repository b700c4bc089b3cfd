import Foundation
import HumanMotion
import Retargeting
import Robots
import Synchronization
import Tensors

/// What became of one file for one robot.
struct RetargetOutcome: Sendable {
    var input: String
    var robot: String
    var output: String?
    var notes: [String] = []
    var frames = 0
    var frameRate = 0.0
    /// Processor time of the retargeting alone, seconds.
    var seconds = 0.0
    /// The output was there already.
    var isSkipped = false
    var quality: QualityReport?
    var speed: RetargetSpeed?

    /// Notes, quality and speed for people.
    var text: String {
        var lines = notes.map { "note: \($0)" }
        if let quality { lines.append("\(quality)") }
        if let speed { lines.append(speed.text) }
        return lines.joined(separator: "\n")
    }
}

/// What became of one file for all robots.
struct RetargetResult: Sendable {
    /// A file that could not be used for a robot, and why.
    struct Failure: Sendable {
        var input: String
        var robot: String
        var error: String
    }

    var outcomes: [RetargetOutcome] = []
    var failures: [Failure] = []
}

/// Retargets many files to several robots, several files at a time. A file that fails stops no other.
struct RetargetWork: Sendable {
    /// Where motion goes.
    enum Output: Sendable {
        case none
        case file(String)
        case folder(String)
    }

    var robots: [RobotProfile]
    var loader: MotionLoader
    var retargeting: Retargeter.Options
    var output: Output
    var resume: Bool
    var plot: String?
    var repeats: Int?

    /// The results in the order of the sources.
    func run(_ sources: [MotionSource], jobs: Int, progress: ProgressBar?) async -> [RetargetResult] {
        let queue = Queue(count: sources.count)
        await withTaskGroup { group in
            for _ in 0..<min(jobs, sources.count) {
                group.addTask {
                    // A retargeter has memory of its own: one for each worker and robot.
                    var retargeters: [Int: Retargeter] = [:]
                    while true {
                        let index = queue.next.wrappingAdd(1, ordering: .relaxed).oldValue
                        guard index < sources.count else { return }
                        let result = process(sources[index], &retargeters)
                        queue.results.withLock { $0[index] = result }
                        progress?.advance(
                            of: sources.count, frames: result.outcomes.reduce(0) { $0 + $1.frames },
                            failed: !result.failures.isEmpty)
                    }
                }
            }
        }
        return queue.results.withLock { $0 }
    }

    /// What the workers share.
    private final class Queue: Sendable {
        let next = Atomic(0)
        let results: Mutex<[RetargetResult]>

        init(count: Int) { results = Mutex(Array(repeating: RetargetResult(), count: count)) }
    }

    private func process(_ source: MotionSource, _ retargeters: inout [Int: Retargeter]) -> RetargetResult {
        var result = RetargetResult()
        var file: MotionFile?
        for (index, robot) in robots.enumerated() {
            var outcome = RetargetOutcome(input: source.path, robot: robot.name, output: path(source, robot))
            do {
                if resume, let output = outcome.output, Self.isNewer(output, than: source.path) {
                    outcome.isSkipped = true
                    result.outcomes.append(outcome)
                    continue
                }
                let motion = try file ?? loader.load(source.path)
                file = motion
                let retargeter = try retargeters[index] ?? Retargeter(robot, options: retargeting)
                retargeters[index] = retargeter
                try retarget(motion, retargeter, source, &outcome)
                result.outcomes.append(outcome)
            } catch {
                result.failures.append(.init(input: source.path, robot: robot.name, error: Self.words(error)))
                // What is wrong with a file is wrong for all robots.
                if file == nil { break }
            }
        }
        return result
    }

    private func retarget(
        _ file: MotionFile, _ retargeter: Retargeter, _ source: MotionSource, _ outcome: inout RetargetOutcome
    ) throws {
        outcome.notes = file.notes
        outcome.frames = file.clip.frames.count
        outcome.frameRate = file.clip.frameRate
        let start = RetargetSpeed.processorTime()
        let motion = retargeter.retarget(file.clip)
        outcome.seconds = RetargetSpeed.processorTime() - start
        outcome.quality = retargeter.judge(motion, of: file.clip)
        if let repeats { outcome.speed = RetargetSpeed(of: retargeter, file.clip, repeats: repeats) }
        if let output = outcome.output {
            try Self.makeFolder(of: output)
            if output.hasSuffix(".csv") {
                try Data(motion.csv.utf8).write(to: URL(filePath: output), options: .atomic)
            } else {
                try motion.npz.write(path: output)
            }
        }
        if let plot {
            let path = "\(plot)/\(retargeter.profile.name)/\(source.place).svg"
            try Self.makeFolder(of: path)
            let drawing = try RetargetPlot(file.clip, motion, retargeter.profile, title: source.place)
            try Data(drawing.svg.utf8).write(to: URL(filePath: path), options: .atomic)
        }
    }

    private func path(_ source: MotionSource, _ robot: RobotProfile) -> String? {
        switch output {
        case .none: nil
        case .file(let path): path
        case .folder(let folder): "\(folder)/\(robot.name)/\(source.place).npz"
        }
    }

    private static func makeFolder(of path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Whether the file was written after the other one.
    private static func isNewer(_ path: String, than other: String) -> Bool {
        func date(_ path: String) -> Date? {
            (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        }
        guard let written = date(path), let source = date(other) else { return false }
        return written >= source
    }

    private static func words(_ error: any Error) -> String {
        (error as? CocoaError).map(\.localizedDescription) ?? "\(error)"
    }
}
