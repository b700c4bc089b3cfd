package import Timeline
package import Wire

/// Whom the planner tells what becomes of the commands: it knows nobody else.
package protocol PlannerReport: Sendable {
    /// A command has come to a state; `details` are for whoever hears of it. Nothing happens when it is over already.
    func move(_ command: Int64, to state: CommandState, details: CommandEvent.StateDetails) async
    /// Others have taken the place of these commands.
    func preempt(_ commands: [Int64]) async
    /// Where the actions of a command have led, to be told when it is done.
    func note(_ achieved: [CommandEvent.Achievement], for command: Int64) async
    /// Something about a robot that concerns no command.
    func tell(_ robot: String, _ event: RobotEvent) async
    /// Motion was made for a robot, and goes on its timeline.
    func made(_ humanChunk: HumanChunk, _ waypoints: [MotionWaypoint], _ tag: MotionTag, for robot: String)
}
