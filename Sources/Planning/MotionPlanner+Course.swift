internal import HumanMotion
internal import KMM
internal import ServiceCore
internal import TextEncoding
internal import Wire

/// Where the robot's sensors tell how far it has come, an action with a distance or an angle that fell short is gone on with.
extension MotionPlanner {
    /// Actions that go on with one at most.
    private static var mostCorrections: Int { 2 }
    /// Seconds before an action's end at which its course is checked: most of it is played, and there is time for more.
    static var courseLead: Double { 0.8 }

    /// Where the robot and its reference are; nil where nothing fresh is known.
    func courseFix(_ track: Track) -> CourseFix? {
        guard let state = track.robot.channel.measured(at: Clock.monotonic()) else { return nil }
        return CourseFix(
            measured: state.rootPosition, state.rootRotation, published: track.robot.channel.pose)
    }

    /// Whether the course is to be checked before the action at hand is over.
    func checksCourse(_ work: Plan.Work, _ track: Track) -> Bool {
        guard let goal = work.action.goal, goal.distance != nil || goal.turn != nil, goal.direction != .path,
            !work.command.isGroup, work.clip == nil, work.fix != nil
        else { return false }
        return courseFix(track) != nil
    }

    /// Goes on with an action that fell short, else to what follows it.
    func setCourse(_ work: inout Plan.Work, _ track: Track) {
        work.isCheckingCourse = false
        let label = work.label
        guard let goal = work.action.goal, let start = work.fix, let trajectory = track.plan.trajectory else {
            return work.finishAction()
        }
        let planned = trajectory.now.way.achieved(of: goal, since: work.start ?? trajectory.now.way)
        let end = courseFix(track)
        let achieved = end.map { CourseCheck.achieved(goal, planned: planned, from: start, to: $0) } ?? planned
        work.reach(achieved, isMeasured: end != nil)
        let corrections = work.corrections
        if end != nil, corrections < Self.mostCorrections, let rest = CourseCheck.rest(of: goal, after: achieved) {
            var next = Action(text: work.action.text, goal: rest)
            next.understood = work.action.understood
            work.insert(next, label: label)
            work.finishAction()
            work.corrections = corrections + 1
        } else if work.isAtLastAction {
            // The command ends with motion, so that its end is seen.
            work.insert(Action(text: Standing.text, duration: Standing.closing), label: label)
            work.finishAction()
        } else {
            work.finishAction()
        }
    }
}
