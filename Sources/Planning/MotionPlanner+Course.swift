internal import HumanMotion
internal import KMM
internal import ServiceCore
internal import TextEncoding
internal import Wire

/// An action of a command that shall lead somewhere, and where the robot was when it began.
struct Course: Sendable {
    /// Which action of the command it is.
    let label: Int
    let action: Action
    let goal: MotionGoal
    let fix: CourseFix
    /// The reference's way before its first motion.
    var start: TravelledPath?
    /// How often it was gone on with.
    var corrections = 0
}

/// Where the robot's sensors tell how far it has come, an action with a distance or an angle that ended elsewhere is gone on with.
///
/// A robot is behind its reference while it moves, and a tracker needs a second to stop: so the robot stands first, and then it
/// is seen where it stands.
extension MotionPlanner {
    /// Actions that go on with one at most.
    private static var mostCorrections: Int { 3 }
    /// Seconds of plan that are left when it is seen where the robot stands: there is time to make more.
    static var courseLead: Double { 0.8 }
    /// The stand before; until the course is seen, a robot has the other 1.6 seconds to come to rest.
    static var courseStand: Action { Action(text: Standing.text, duration: 2.4) }

    /// Where the robot and its reference are; nil where nothing fresh is known.
    private func courseFix(_ track: Track) -> CourseFix? {
        guard let state = track.robot.channel.measured(at: Clock.monotonic()) else { return nil }
        return CourseFix(
            measured: state.rootPosition, state.rootRotation, published: track.robot.channel.pose)
    }

    /// Notes where an action of the command begins.
    func noteCourse(_ work: inout Plan.Work, _ track: Track) {
        guard !work.isStoppedForCourse, work.course?.label != work.label else { return }
        work.course = nil
        guard let goal = work.action.goal, goal.distance != nil || goal.turn != nil, goal.direction != .path,
            !work.command.isGroup, work.clip == nil, let fix = courseFix(track)
        else { return }
        work.course = Course(label: work.label, action: work.action, goal: goal, fix: fix)
    }

    /// Whether the course is to be checked before the action at hand is over.
    func checksCourse(_ work: Plan.Work, _ track: Track) -> Bool {
        guard let course = work.course, course.label == work.label, work.action.goal != nil else { return false }
        return courseFix(track) != nil
    }

    /// Goes on with an action that ended elsewhere, else to what follows it.
    func setCourse(_ work: inout Plan.Work, _ track: Track) {
        work.isCheckingCourse = false
        guard var course = work.course, let now = track.plan.trajectory?.now.way else { return work.finishAction() }
        let label = course.label
        let start = course.start ?? work.start ?? now
        course.start = start
        let planned = now.achieved(of: course.goal, since: start)
        if let end = courseFix(track) {
            let achieved = CourseCheck.achieved(course.goal, planned: planned, from: course.fix, to: end)
            work.reach(measured: achieved)
            if course.corrections < Self.mostCorrections,
                let next = CourseCheck.correction(
                    of: course.action, for: course.goal, after: achieved, planned: planned)
            {
                course.corrections += 1
                work.course = course
                work.insert(next, label: label)
                return work.finishAction()
            }
        } else if course.corrections == 0 {
            work.reach(planned)
        }
        // The command ends with motion, so that its end is seen.
        if work.isAtLastAction { work.insert(Action(text: Standing.text, duration: Standing.closing), label: label) }
        work.finishAction()
    }
}
