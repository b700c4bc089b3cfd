public import Foundation
import KMM
public import Tensors

/// The frame around every training: resume, progress, curves, checkpoints.
///
/// A checkpoint is written beside the old one, synced and renamed over it, so a run that is killed at any moment or meets a
/// full disk goes on from the last one; as every step draws its random numbers from the seed and its own number, the
/// resumed run is the run that was not interrupted. Under MPI the first process alone reads the clock and writes.
public struct TrainingRun {
    /// A score on data that is not trained on, taken every so many steps and at the end.
    public struct Validation {
        /// Steps between two.
        public var interval: Int
        /// Names of its numbers in the curves.
        public var columns: [String]
        /// Numbers and words after a step.
        public var score: (Int) throws -> (values: [Float], text: String)

        /// Creates a validation.
        public init(
            every interval: Int, columns: [String], score: @escaping (Int) throws -> (values: [Float], text: String)
        ) {
            self.interval = interval
            self.columns = columns
            self.score = score
        }
    }

    /// Folder of the checkpoint and the curves.
    public let directory: URL
    /// Steps in all.
    public let steps: Int
    /// Whether this process writes: one of a group does.
    public let writes: Bool
    /// Seconds between checkpoints.
    public var checkpointInterval = 120.0
    /// Steps between lines of progress.
    public var reportInterval = 50
    /// Takes the lines of progress.
    public var report: (String) -> Void = { line in
        print(line)
        fflush(nil)
    }

    /// Creates the folder when it is missing.
    public init(directory: URL, steps: Int, writes: Bool = true) throws {
        self.directory = directory
        self.steps = steps
        self.writes = writes
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Path of the checkpoint.
    public var checkpoint: String { directory.appendingPathComponent("checkpoint.safetensors").path }

    /// Puts a stored state back into the trainer; a folder without a checkpoint leaves it as it is.
    ///
    /// - Throws: `TensorFileError` naming the array and both shapes when the checkpoint is of another architecture; the
    ///   trainer is then as it was.
    public func resume(_ trainer: some Trainer) throws {
        guard FileManager.default.fileExists(atPath: checkpoint) else { return }
        let file = try SafeTensors(path: checkpoint)
        let stored = try trainer.state.map { ($0.tensor, try file.floats($0.name, shape: $0.tensor.shape).values) }
        for (tensor, values) in stored { tensor.assign(values) }
        trainer.resume(after: Int(file.metadata["step"] ?? "") ?? 0)
    }

    /// Trains until the end.
    ///
    /// - Throws: `TrainingFailure.notFinite` when a loss is; the last checkpoint is then from before. What the validation
    ///   throws, and `TensorFileError` when a file cannot be written.
    public func run<T: Trainer>(_ trainer: T, validation: Validation? = nil) throws {
        let start = trainer.steps
        let columns = T.Report.columns + (validation?.columns ?? [])
        var curves = writes ? try TrainingCurves(directory: directory, columns: columns, start: start) : nil
        let before = curves?.seconds ?? 0
        let began = ContinuousClock.now
        let elapsed = { (ContinuousClock.now - began) / .seconds(1) }
        var (lastReport, lastCheckpoint) = (0.0, 0.0)
        var sums = [Float](repeating: 0, count: T.Report.columns.count)
        var (count, tokens) = (0, 0)
        for number in start..<max(start, steps) {
            let step = try trainer.step()
            guard writes else { continue }
            for (index, value) in step.values.enumerated() { sums[index] += value }
            count += 1
            tokens += step.tokens
            let done = number + 1
            let validates = validation.map { done % $0.interval == 0 || done == steps } ?? false
            if done % reportInterval == 0 || done == steps || validates {
                let now = elapsed()
                let means = sums.map { $0 / Float(count) }
                let speed = Double(tokens) / max(now - lastReport, 1e-9)
                let score = validates ? try validation?.score(done) : nil
                let line = zip(T.Report.columns, means).map { "\($0) \(String(format: "%.4f", $1))" }
                let left = now / Double(done - start) * Double(steps - done)
                report(
                    "step \(done)/\(steps)  \(line.joined(separator: "  "))  \(Int(speed)) tokens/s  left "
                        + Self.clock(left) + (score.map { "  | val \($0.text)" } ?? ""))
                let scores: [Float?] = score?.values ?? validation?.columns.map { _ in nil } ?? []
                try curves?.append([Float(done), before + Float(now), Float(speed)] + means + scores)
                sums = sums.map { _ in 0 }
                (count, tokens) = (0, 0)
                lastReport = elapsed()
            }
            if done == steps || elapsed() - lastCheckpoint > checkpointInterval {
                try store(trainer)
                lastCheckpoint = elapsed()
            }
        }
    }

    /// Writes the checkpoint.
    func store(_ trainer: some Trainer) throws {
        try SafeTensors.write(
            path: checkpoint,
            tensors: trainer.state.map {
                SafeTensors.Output($0.name, shape: $0.tensor.shape, .f32($0.tensor.values))
            }, metadata: ["step": "\(trainer.steps)"])
    }

    private static func clock(_ seconds: Double) -> String {
        let minutes = Int((seconds / 60).rounded(.up))
        return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }
}

/// The weights that did best in validation, which are the ones a run leaves behind.
public struct BestModel {
    private static let key = "best"
    private let path: String
    private var score = Float.infinity

    /// With `resumes`, the score to beat is that of the file at `path`.
    public init(path: String, resumes: Bool) {
        self.path = path
        guard resumes, let text = try? SafeTensors(path: path).metadata[Self.key] else { return }
        score = Float(text) ?? .infinity
    }

    /// Writes the network when `score` is lower than any before; tells whether it did.
    public mutating func offer(
        _ score: Float, _ network: some Module, configuration: some Encodable, metadata: [String: String]
    ) throws -> Bool {
        guard score < self.score else { return false }
        try ModelFile.write(
            network, configuration: configuration, metadata: metadata.merging([Self.key: "\(score)"]) { $1 }, to: path,
            halfPrecision: true)
        self.score = score
        return true
    }
}
