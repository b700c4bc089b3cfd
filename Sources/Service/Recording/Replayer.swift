internal import Glibc
package import Logging
internal import Robots
package import ServiceCore
internal import Timeline
package import Wire

/// Publishes recordings again, through the timelines and limiters of the robots.
package actor Replayer {
    private let recorder: Recorder
    private let log: Logger
    private var count: UInt64 = 0
    private var running: [String: Task<Void, Never>] = [:]
    private let tell: @Sendable (String, RobotEvent) -> Void

    /// A replayer of what a recorder wrote; `tell` hears, with robot and details, when a replay ends.
    package init(
        recorder: Recorder, log: Logger, tell: @escaping @Sendable (String, RobotEvent) -> Void
    ) {
        self.recorder = recorder
        self.log = log
        self.tell = tell
    }

    /// Begins to publish a recording on a robot, or only rehearses it; not when the robot was stopped or held since `counts` were read.
    package func start(
        _ name: String, on robot: ActiveRobot, isDryRun: Bool, since counts: RobotChannel.StopCounts
    ) async throws(RequestError) -> ReplayAnswer {
        let path = try await recorder.path(of: name)
        guard access(path, F_OK) == 0 else {
            throw RequestError(.outOfRange, "there is no recording \"\(name)\"", field: "body.name")
        }
        let stream: RecordedStream
        let rehearsal: ReplayRehearsal
        do {
            stream = try RecordedStream(MCAPReader(path: path), of: robot.profile)
            rehearsal = try ReplayRehearsal(stream, profile: robot.profile, streamRate: robot.channel.rate)
        } catch {
            throw RequestError(.outOfRange, "\"\(name)\": \(error)", field: "body.name")
        }
        var answer = ReplayAnswer(rehearsal, of: stream)
        (answer.recording, answer.robot, answer.dryRun) = (name, robot.name, isDryRun)
        if isDryRun { return answer }
        guard running[robot.name] == nil, robot.channel.status.isSettled else {
            throw RequestError(
                .invalidCombination, "\(robot.name) is moving; a replay begins from rest", field: "robot")
        }
        guard robot.channel.stopCount == counts.stops, !robot.channel.isHeld(since: counts.holds) else {
            throw RequestError(
                .invalidCombination, "\(robot.name) was stopped while the recording was read", field: "robot")
        }
        count += 1
        let source = ReplaySource(
            stream, facing: robot.profile.facing, streamRate: robot.channel.rate, number: count)
        running[robot.name] = Task { await feed(source, of: name, to: robot, since: counts) }
        return answer
    }

    /// Keeps some seconds of the recording on the timeline until it is over or something takes its place.
    private func feed(
        _ source: ReplaySource, of name: String, to robot: ActiveRobot, since counts: RobotChannel.StopCounts
    ) async {
        var source = source
        let channel = robot.channel
        let stopCount = counts.stops
        let aheadWanted = Int64(10 * channel.rate)
        var state = CommandState.done
        var hasBegun = false
        feeding: while true {
            let status = channel.status
            if status.hasMotionInFlight {
                // What was sent last is not yet on the timeline.
            } else if hasBegun, status.changeableTrajectory != source.trajectory, status.changeableTrajectory != 0 {
                state = .preempted
                break
            } else if channel.stopCount != stopCount || status.state == .halted {
                state = .cancelled
                break
            } else if !hasBegun || status.framesAhead < aheadWanted, !source.isOver {
                guard let edit = try? source.next(), channel.post(edit, stopCount: stopCount, holdCount: counts.holds)
                else {
                    state = .cancelled
                    break feeding
                }
                hasBegun = true
            } else if source.isOver, status.isSettled {
                break
            }
            let (isBegun, isOver, trajectory) = (hasBegun, source.isOver, source.trajectory)
            await channel.wait(atMost: .seconds(1)) { status in
                if status.hasMotionInFlight { return false }
                let isReplaced =
                    isBegun && status.changeableTrajectory != trajectory && status.changeableTrajectory != 0
                if isReplaced || status.stopCount != stopCount || status.state == .halted { return true }
                return isOver ? status.isSettled : status.framesAhead < aheadWanted
            }
        }
        running[robot.name] = nil
        tell(robot.name, .replay(.init(recording: name, state: state)))
    }
}
