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
    /// What is short by less is let be: a share of the goal, m, rad.
    private static let tolerance = (share: 0.06, distance: 0.06, turn: 0.07)
    /// A robot that comes less far than this share of the goal does not follow: more of the same is no remedy.
    private static let leastShare = 0.35

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

    /// What is left of a goal; nil where that is not worth another action, or the robot went too far.
    static func rest(of goal: MotionGoal, after achieved: MotionGoal) -> MotionGoal? {
        if let distance = goal.distance, let done = achieved.distance {
            let left = distance - done
            guard left > max(tolerance.share * distance, tolerance.distance), done > leastShare * distance else {
                return nil
            }
            var rest = goal
            rest.distance = left
            return rest
        }
        if let turn = goal.turn, let done = achieved.turn {
            let way = goal.isEitherSide && done < 0 ? -abs(turn) : turn
            let left = way - done
            guard left * way > 0, abs(left) > max(tolerance.share * abs(turn), tolerance.turn),
                done * way > leastShare * way * way
            else { return nil }
            var rest = goal
            (rest.turn, rest.isEitherSide) = (left, false)
            return rest
        }
        return nil
    }
}
