internal import Planning
package import Timeline
package import Wire

/// Brings what the planner reports to the command server, to the recording that runs, and to the page.
package struct CommandReport: PlannerReport {
    let server: CommandServer
    let recorder: Recorder
    let people: ShownPeople

    /// Joins the three.
    package init(server: CommandServer, recorder: Recorder, people: ShownPeople) {
        self.server = server
        self.recorder = recorder
        self.people = people
    }

    package func move(_ command: Int64, to state: CommandState, details: CommandEvent.StateDetails) async {
        // What the players told before comes first.
        await server.takeMarks()
        await server.move(command, to: state, details: details)
    }

    package func preempt(_ commands: [Int64]) async { await server.preempt(commands) }

    package func note(_ achieved: [CommandEvent.Achievement], for command: Int64) async {
        await server.note(achieved, for: command)
    }

    package func tell(_ robot: String, _ event: RobotEvent) async { await server.tell(robot, event) }

    package func made(_ humanChunk: HumanChunk, _ waypoints: [MotionWaypoint], _ tag: MotionTag, for robot: String) {
        people.take(humanChunk, for: robot)
        recorder.note(humanChunk, waypoints: waypoints, tag: tag, robot: robot)
    }
}
