package import JSON
internal import Planning
package import Timeline
package import Wire

/// Brings what the planner reports to the command server, and to the recording that runs.
package struct CommandReport: PlannerReport {
    let server: CommandServer
    let recorder: Recorder

    /// Joins the two.
    package init(server: CommandServer, recorder: Recorder) {
        self.server = server
        self.recorder = recorder
    }

    package func move(_ command: Int64, to state: CommandState, details: [JSONValue.Member]) async {
        // What the players told before comes first.
        await server.takeMarks()
        await server.move(command, to: state, details: details)
    }

    package func preempt(_ commands: [Int64]) async { await server.preempt(commands) }

    package func note(_ details: [JSONValue.Member], for command: Int64) async {
        await server.note(details, for: command)
    }

    package func tell(_ robot: String, _ details: [JSONValue.Member]) async { await server.tell(robot, details) }

    package func made(_ passage: HumanPassage, _ knots: [MotionKnot], _ tag: MotionTag, for robot: String) {
        recorder.note(passage, knots: knots, tag: tag, robot: robot)
    }
}
