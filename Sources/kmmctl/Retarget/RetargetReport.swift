import Retargeting

/// The quality of retargeted files as JSON; keys are written in snake case.
struct RetargetReport: Encodable {
    struct File: Encodable {
        var input: String
        var robot: String
        var output: String?
        var notes: [String]
        var frames: Int
        var frameRate: Double
        var skipped: Bool
        /// Frames per second of processor time.
        var framesPerSecond: Double?
        /// Milliseconds.
        var liveFrameP99: Double?
        var liveFramesPerSecond: Double?
        var quality: QualityReport?
    }

    struct Failure: Encodable {
        var input: String
        var robot: String
        var error: String
    }

    /// Frames per second of processor time over all files.
    var framesPerSecond: Double
    var frames: Int
    /// Processor time, seconds.
    var seconds: Double
    var files: [File]
    var failed: [Failure]

    init(_ results: [RetargetResult]) {
        let outcomes = results.flatMap(\.outcomes)
        frames = outcomes.reduce(0) { $0 + ($1.isSkipped ? 0 : $1.frames) }
        seconds = outcomes.reduce(0) { $0 + $1.seconds }
        framesPerSecond = seconds > 0 ? Double(frames) / seconds : 0
        files = outcomes.map { outcome in
            let once = outcome.seconds > 0 ? Double(outcome.frames) / outcome.seconds : nil
            return File(
                input: outcome.input, robot: outcome.robot, output: outcome.output, notes: outcome.notes,
                frames: outcome.frames, frameRate: outcome.frameRate, skipped: outcome.isSkipped,
                framesPerSecond: outcome.speed?.framesPerSecond ?? once, liveFrameP99: outcome.speed?.liveFrameP99,
                liveFramesPerSecond: outcome.speed?.liveFramesPerSecond, quality: outcome.quality)
        }
        failed = results.flatMap(\.failures).map { Failure(input: $0.input, robot: $0.robot, error: $0.error) }
    }

    /// One line for people.
    var summary: String {
        let skipped = files.count(where: \.skipped)
        var words = [
            "\(files.count - skipped) motions", "\(frames) frames", "\(Int(framesPerSecond)) frames/s a thread",
        ]
        if skipped > 0 { words.append("\(skipped) were there already") }
        if !failed.isEmpty { words.append("\(failed.count) failed") }
        return words.joined(separator: ", ")
    }
}
