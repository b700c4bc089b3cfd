package import ServiceCore
package import Wire

/// The verbs `record` and `replay`, and how both fare.
package struct RecordingVerbs: Sendable {
    /// Writes recordings.
    package let recorder: Recorder
    /// Publishes them again.
    package let replayer: Replayer

    /// Joins the two.
    package init(recorder: Recorder, replayer: Replayer) {
        self.recorder = recorder
        self.replayer = replayer
    }

    /// Carries out a request of one of the two verbs; a replay unless its robot was stopped or held since `counts` were read.
    package func perform(
        _ request: Request, robots: RobotList, since counts: RobotChannel.StopCounts
    ) async throws(RequestError) -> any Encodable & Sendable {
        switch request.verb {
        case .record(let record):
            return switch record.action {
            case .start: try await recorder.start(record.name)
            case .stop: try await recorder.stop()
            // The request itself is in the recording.
            case .caption: try await recorder.current
            }
        case .replay(let replay):
            let robot = try robots.find(request.robots.first)
            return try await replayer.start(replay.name, on: robot, isDryRun: replay.isDryRun, since: counts)
        default: throw RequestError(.failed, "`\(request.verb.name)` is no verb of recordings")
        }
    }
}
