import HumanMotion
import Testing
import TextEncoding

@testable import Planning

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How far a robot has come by its own sensors.
@Suite struct CourseCheckTests {
    /// A robot whose own floor is turned and shifted against the plan's, and which comes `share` of the way and of the turn.
    private func fixes(
        ahead: Double, left: Double, turn: Double, share: Double
    ) -> (start: CourseFix, end: CourseFix) {
        func moved(_ pose: FloorPose, _ share: Double) -> FloorPose {
            let (c, s) = (cos(pose.heading), sin(pose.heading))
            return FloorPose(
                x: pose.x + share * (c * ahead - s * left), y: pose.y + share * (s * ahead + c * left),
                heading: pose.heading + share * turn)
        }
        let measured = FloorPose(x: 4, y: -3, heading: 2.8)
        let published = FloorPose(x: 0.2, y: 0.1, heading: -0.4)
        return (
            CourseFix(measured: measured, published: published),
            CourseFix(measured: moved(measured, share), published: moved(published, 1))
        )
    }

    @Test(arguments: [MotionGoal.Direction.forward, .backward, .left, .right, .any])
    func `a way is what the robot has come, in the direction that was said`(direction: MotionGoal.Direction) throws {
        let signs: (ahead: Double, left: Double) =
            switch direction {
            case .forward, .any, .path: (1, 0)
            case .backward: (-1, 0)
            case .left: (0, 1)
            case .right: (0, -1)
            }
        let goal = MotionGoal(distance: 2, direction)
        let (start, end) = fixes(ahead: 2 * signs.ahead, left: 2 * signs.left, turn: 0, share: 0.6)
        let achieved = CourseCheck.achieved(goal, planned: goal, from: start, to: end)
        #expect(abs((achieved.distance ?? 0) - 1.2) < 1e-9)
        let rest = try #require(CourseCheck.rest(of: goal, after: achieved))
        #expect(abs((rest.distance ?? 0) - 0.8) < 1e-9 && rest.direction == direction)
    }

    @Test func `a turn across the back of the circle is counted, and its rest goes the same way`() throws {
        for turn in [-1.5, 1.5, 3.0] {
            let goal = MotionGoal(turn: turn)
            let (start, end) = fixes(ahead: 0, left: 0, turn: turn, share: 0.5)
            let achieved = CourseCheck.achieved(goal, planned: goal, from: start, to: end)
            #expect(abs((achieved.turn ?? 0) - 0.5 * turn) < 1e-9)
            let rest = try #require(CourseCheck.rest(of: goal, after: achieved))
            #expect(abs((rest.turn ?? 0) - 0.5 * turn) < 1e-9)
        }
        let either = MotionGoal(turn: 1.5, isEitherSide: true)
        let rest = try #require(CourseCheck.rest(of: either, after: MotionGoal(turn: -0.7)))
        #expect(abs((rest.turn ?? 0) + 0.8) < 1e-9 && !rest.isEitherSide)
    }

    @Test func `what arrives is let be`() {
        let goal = MotionGoal(distance: 2, .forward)
        #expect(CourseCheck.rest(of: goal, after: MotionGoal(distance: 1.9)) == nil)
        #expect(CourseCheck.rest(of: goal, after: MotionGoal(distance: 2.1)) == nil)
        #expect(CourseCheck.rest(of: MotionGoal(turn: 1.57), after: MotionGoal(turn: 1.5)) == nil)
        #expect(CourseCheck.rest(of: MotionGoal(steps: 3), after: MotionGoal(steps: 2)) == nil)
    }

    @Test func `a robot that does not follow is not corrected`() {
        let goal = MotionGoal(distance: 2, .forward)
        #expect(CourseCheck.rest(of: goal, after: MotionGoal(distance: 0.2)) == nil)
        #expect(CourseCheck.rest(of: goal, after: MotionGoal(distance: -1)) == nil)
        #expect(CourseCheck.rest(of: goal, after: MotionGoal(distance: 7)) == nil)
        #expect(CourseCheck.rest(of: MotionGoal(turn: -1.5), after: MotionGoal(turn: 0.4)) == nil)
    }

    @Test func `what went too far goes back, in words for it`() throws {
        let walk = Action(text: "a person walks forward quickly")
        let goal = MotionGoal(distance: 2, .forward)
        let back = try #require(
            CourseCheck.correction(of: walk, for: goal, after: MotionGoal(distance: 2.5), planned: goal))
        #expect(abs((back.goal?.distance ?? 0) - 0.5) < 1e-9 && back.goal?.direction == .backward)
        #expect(back.text == "a person walks backward")
        let turn = try #require(
            CourseCheck.correction(
                of: Action(text: "a person turns left"), for: MotionGoal(turn: 1.5), after: MotionGoal(turn: 2.3),
                planned: MotionGoal(turn: 1.5)))
        #expect(abs((turn.goal?.turn ?? 0) + 0.8) < 1e-9 && turn.text == "a person turns right")
        // Where to is open, and so is the way back.
        #expect(CourseCheck.rest(of: MotionGoal(distance: 2), after: MotionGoal(distance: 2.5)) == nil)
    }

    @Test func `a robot that comes half of the way is asked for twice of what is left`() throws {
        let walk = Action(text: "a person walks backward")
        let goal = MotionGoal(distance: 2, .backward)
        let on = try #require(
            CourseCheck.correction(of: walk, for: goal, after: MotionGoal(distance: 1.2), planned: goal))
        #expect(on.text == walk.text && on.goal?.direction == .backward)
        #expect(abs((on.goal?.distance ?? 0) - 0.8 / 0.6) < 1e-9)
    }
}
