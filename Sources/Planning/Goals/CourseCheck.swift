internal import Geometry
internal import Glibc
internal import HumanMotion
internal import Robots
internal import TextEncoding

/// Where a robot is measured to be on its own floor, and where its reference has it, at one moment.
struct CourseFix: Hashable, Sendable {
    var measured: FloorPose
    var published: FloorPose

    /// Nil where the sensors do not say both place and orientation.
    init?(measured place: Vector3?, _ rotation: Quaternion?, published: RobotConfiguration) {
        guard let place, let rotation else { return nil }
        measured = FloorPose(place, rotation)
        self.published = FloorPose(published.rootPosition, published.rootRotation)
    }

    init(measured: FloorPose, published: FloorPose) { (self.measured, self.published) = (measured, published) }
}

extension FloorPose {
    fileprivate init(_ place: Vector3, _ rotation: Quaternion) {
        let ahead = rotation.act(Vector3(1, 0, 0))
        self.init(x: place.x, y: place.y, heading: atan2(ahead.y, ahead.x))
    }

    /// The way to another pose as seen from here: ahead, to the left, and the turn to the nearer side.
    fileprivate func way(to other: FloorPose) -> (ahead: Double, left: Double, turn: Double) {
        let (x, y) = (other.x - x, other.y - y)
        let (c, s) = (cos(heading), sin(heading))
        return (c * x + s * y, c * y - s * x, remainder(other.heading - heading, 2 * .pi))
    }
}

/// How far a robot has come by its sensors, beside how far its reference went: no tracker follows a way exactly.
enum CourseCheck {
    /// What is missed by less is let be: a share of the goal; and what a step would not mend, m. A small turn comes out as one of
    /// 30 degrees, and another 20 follow when the body untwists over its feet: only what misses by more is mended by one, rad.
    private static let tolerance = (share: 0.06, distance: 0.12, turn: 0.6)
    /// Shares of the goal between which a robot follows: to one that does not, more of the same is no remedy.
    private static let following = 0.35...2.5
    /// Shares of what its reference goes that a robot is expected to come on, as it came until now.
    private static let gain = 0.5...1.5

    /// What a robot has brought of a goal when its reference has brought `planned` of it.
    static func achieved(
        _ goal: MotionGoal, planned: MotionGoal, from start: CourseFix, to end: CourseFix
    ) -> MotionGoal {
        let (own, asked) = (start.measured.way(to: end.measured), start.published.way(to: end.published))
        var achieved = planned
        if let distance = planned.distance {
            let drift =
                switch goal.direction {
                case .forward: own.ahead - asked.ahead
                case .backward: asked.ahead - own.ahead
                case .left: own.left - asked.left
                case .right: asked.left - own.left
                case .any, .path: hypot(own.ahead, own.left) - hypot(asked.ahead, asked.left)
                }
            achieved.distance = distance + drift
        }
        if let turn = planned.turn { achieved.turn = turn + remainder(own.turn - asked.turn, 2 * .pi) }
        return achieved
    }

    /// What leads from where an action ended, of which the reference brought `planned`, to where it should have: more of it, or some
    /// of the way back; nil where that is not worth another action.
    static func correction(
        of action: Action, for goal: MotionGoal, after achieved: MotionGoal, planned: MotionGoal
    ) -> Action? {
        guard var rest = rest(of: goal, after: achieved) else { return nil }
        let isBack = rest.direction != goal.direction || (rest.turn ?? 0) * (achieved.turn ?? 0) < 0
        if !isBack, let left = rest.distance, let done = achieved.distance, let asked = planned.distance, asked > 0 {
            rest.distance = left / min(max(done / asked, gain.lowerBound), gain.upperBound)
        }
        var next = Action(text: isBack ? text(rest) : action.text, goal: rest)
        if !isBack { next.understood = action.understood }
        return next
    }

    /// What is left of a goal, or is to be taken back.
    static func rest(of goal: MotionGoal, after achieved: MotionGoal) -> MotionGoal? {
        var rest = goal
        if let distance = goal.distance, let done = achieved.distance {
            let left = distance - done
            guard abs(left) > max(tolerance.share * distance, tolerance.distance), following ~= done / distance else {
                return nil
            }
            if left < 0 {
                guard let back = goal.direction.opposite else { return nil }
                rest.direction = back
            }
            rest.distance = abs(left)
            return rest
        }
        if let turn = goal.turn, let done = achieved.turn {
            let way = goal.isEitherSide && done < 0 ? -abs(turn) : turn
            let left = way - done
            guard abs(left) > max(tolerance.share * abs(turn), tolerance.turn), following ~= done / way else {
                return nil
            }
            (rest.turn, rest.isEitherSide) = (left, false)
            return rest
        }
        return nil
    }

    /// A sentence for a goal.
    private static func text(_ goal: MotionGoal) -> String {
        if let turn = goal.turn { return turn > 0 ? "a person turns left" : "a person turns right" }
        return switch goal.direction {
        case .backward: "a person walks backward"
        case .left: "a person sidesteps to the left"
        case .right: "a person sidesteps to the right"
        case .forward, .any, .path: "a person walks forward"
        }
    }
}

extension MotionGoal.Direction {
    /// The way back; nil where the direction is open.
    fileprivate var opposite: MotionGoal.Direction? {
        switch self {
        case .forward: .backward
        case .backward: .forward
        case .left: .right
        case .right: .left
        case .any, .path: nil
        }
    }
}
