internal import Geometry
internal import Glibc
internal import HumanBody
internal import HumanMotion
internal import Robots
internal import TextEncoding
internal import Timeline

/// Which feet stand on the floor.
struct FootStance: Hashable, Sendable {
    var left = true
    var right = true

    /// Takes in the next frame; true when a foot meets the floor with it.
    mutating func advance(to contacts: FootContacts) -> Bool {
        let before = self
        left = max(contacts.leftAnkle, contacts.leftToe) >= 0.5
        right = max(contacts.rightAnkle, contacts.rightToe) >= 0.5
        return left && !before.left || right && !before.right
    }
}

/// The way of a human and of the robot that does the same, since an endless motion began.
struct TravelledPath: Hashable, Sendable {
    /// Where the human is.
    private(set) var human: FloorPose
    /// How far the robot has come since its first frame, which is put where the robot is, however it faces; nil before.
    private(set) var robot: PathMeter?
    /// Which feet stand, and how often one has met the floor.
    private(set) var stance = FootStance()
    private(set) var landings = 0

    /// A human that is somewhere, and a robot that has not moved.
    init(human: FloorPose = .origin) { self.human = human }

    /// Takes in the next frame.
    mutating func add(_ frame: HumanFrame, _ waypoint: MotionWaypoint, facing: Quaternion) {
        human = FloorPose(frame, after: human)
        let (position, rotation) = (waypoint.configuration.rootPosition, waypoint.configuration.rootRotation)
        let ahead = (rotation * facing).act(.init(1, 0, 0))
        let heading = hypot(ahead.x, ahead.y) > 1e-6 ? atan2(ahead.y, ahead.x) : robot?.end.heading ?? 0
        let pose = FloorPose(x: position.x, y: position.y, heading: heading)
        if robot?.add(pose) == nil { robot = PathMeter(start: pose) }
        if stance.advance(to: frame.contacts) { landings += 1 }
    }

    /// What the robot has brought of a goal since an earlier moment.
    func achieved(of goal: MotionGoal, since earlier: TravelledPath) -> MotionGoal {
        let meter = robot ?? PathMeter(start: .origin)
        return GoalFit.achieved(goal, earlier.robot.map(meter.since) ?? meter, steps: landings - earlier.landings)
    }
}

extension MotionGoal {
    /// A turn takes a step of each foot, however small it is, seconds: cut off earlier, the body has turned and the feet have not.
    static var shortestTurn: Double { 1.6 }

    /// Seconds that a robot usually takes, or a human with a scale of 1.
    func expectedDuration(pathScale: Double) -> Double {
        let times = [
            distance.map { $0 / pathScale / pace }, turn.map { max(abs($0) / (.pi / 2), Self.shortestTurn) },
            steps.map { Double($0) * 0.55 },
        ]
        return max(times.compactMap(\.self).max() ?? 1, 0.8)
    }
}
