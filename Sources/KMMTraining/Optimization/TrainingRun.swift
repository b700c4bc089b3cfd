public import Foundation
public import Tensors

/// The frame around every training: resume, progress, curves, checkpoints.
///
/// A checkpoint is written all or nothing, so a run that is killed at any moment goes on from the last one; as every step
/// draws its random numbers from the seed and its own number, the resumed run is the run that was not interrupted.
public struct TrainingRun {
    /// Folder of the checkpoint and the curves.
    public let directory: URL
    /// Steps in all.
    public let steps: Int
    /// Seconds between checkpoints.
    public var checkpointInterval = 120.0
    /// Steps between lines of progress.
    public var reportInterval = 50

    /// Creates the folder when it is missing.
    public init(directory: URL, steps: Int) throws {
        self.directory = directory
        self.steps = steps
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Path of the checkpoint.
    public var checkpoint: String { directory.appendingPathComponent("checkpoint.safetensors").path }

    /// Puts a stored state back into `tensors`; returns the steps made, or 0 when there is no checkpoint.
    public func resume(_ tensors: [(name: String, tensor: Tensor)]) throws -> Int {
        guard FileManager.default.fileExists(atPath: checkpoint) else { return 0 }
        let file = try SafeTensors(path: checkpoint)
        for (name, tensor) in tensors {
            let values = try file.floats(name, shape: tensor.shape).values
            values.withUnsafeBufferPointer { buffer in
                if let base = buffer.baseAddress { tensor.data.update(from: base, count: tensor.count) }
            }
        }
        return Int(file.metadata["step"] ?? "") ?? 0
    }

    /// Runs `step` until the end. `columns` names the numbers that it returns; `state` is what a checkpoint keeps.
    public func run(
        from start: Int, columns: [String], state: () -> [(name: String, tensor: Tensor)],
        everyReport: (Int) throws -> String = { _ in "" }, step: () -> [Float]
    ) throws {
        let curves = directory.appendingPathComponent("curves.csv")
        if start == 0 || !FileManager.default.fileExists(atPath: curves.path) {
            try Data((["step", "seconds"] + columns).joined(separator: ",").appending("\n").utf8).write(to: curves)
        }
        let handle = try FileHandle(forWritingTo: curves)
        defer { try? handle.close() }
        try handle.seekToEnd()
        let began = Date()
        var lastCheckpoint = began
        var sums = [Float](repeating: 0, count: columns.count)
        var count = 0
        for number in start..<max(start, steps) {
            for (index, value) in step().enumerated() { sums[index] += value }
            count += 1
            let isLast = number + 1 == steps
            if (number + 1) % reportInterval == 0 || isLast {
                let seconds = Date().timeIntervalSince(began)
                let means = sums.map { $0 / Float(count) }
                let left = seconds / Double(number + 1 - start) * Double(steps - number - 1)
                let note = try everyReport(number + 1)
                let line = zip(columns, means).map { "\($0) \(String(format: "%.4f", $1))" }.joined(separator: "  ")
                print("step \(number + 1)/\(steps)  \(line)  left \(Int(left / 60)) min \(note)")
                fflush(nil)
                let row = ["\(number + 1)", String(format: "%.1f", seconds)] + means.map { "\($0)" }
                try handle.write(contentsOf: Data(row.joined(separator: ",").appending("\n").utf8))
                sums = sums.map { _ in 0 }
                count = 0
            }
            if isLast || Date().timeIntervalSince(lastCheckpoint) > checkpointInterval {
                try SafeTensors.write(
                    path: checkpoint,
                    tensors: state().map {
                        SafeTensors.Output($0.name, shape: $0.tensor.shape, .f32($0.tensor.values))
                    },
                    metadata: ["step": "\(number + 1)"])
                lastCheckpoint = Date()
            }
        }
    }
}
