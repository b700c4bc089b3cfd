internal import Geometry
internal import Glibc
package import Robots
package import Wire

/// Judges by its measured state whether a robot stands, tips, has fallen, or does not follow its reference.
///
/// Pure: time comes as an argument. What is not measured is not judged.
package struct Supervisor: Sendable {
    /// How it stands with a robot.
    package typealias Condition = RobotEvent.Condition.State

    /// What was found, and by what.
    package struct Finding: Hashable, Sendable {
        package var condition: Condition
        /// Angle between the root's z axis and the vertical, rad.
        package var tilt: Double?
        /// Height of the root, m.
        package var height: Double?
        /// The joint that is farthest from its reference, and how far.
        package var joint: (index: Int, distance: Double)?
        /// Root mean square of all joints' distances.
        package var body: Double?

        package static func == (a: Finding, b: Finding) -> Bool { a.condition == b.condition }
        package func hash(into hasher: inout Hasher) { hasher.combine(condition) }
    }

    /// A reference that leans is fallen from only this much farther, rad.
    private static let margin = 0.35
    /// So much less than a bound ends what is beyond it, rad, and m for each m of the stand.
    private static let release = (tilt: 0.17, height: 0.06)
    /// Seconds upright after which a robot counts as on its feet again.
    private static let recovery = 0.5
    /// Share of the reference's height within which a source's height is one over the floor.
    private static let believed = 0.85...1.15

    package private(set) var condition = Condition.upright
    private var offSince: Int64?
    private var uprightSince: Int64?
    private var isHeightBelieved = false

    /// Nothing is known yet.
    package init() {}

    /// Takes in a state.
    ///
    /// - Parameters:
    ///   - state: What the sensors say.
    ///   - reference: What is published for that time.
    ///   - profile: The robot.
    ///   - isFollowing: Whether it is to follow: nothing has to before the first motion.
    ///   - time: Now, ns.
    /// - Returns: How the robot stands, and by what that is told.
    package mutating func judge(
        _ state: MeasuredState, reference: RobotConfiguration, profile: RobotProfile, isFollowing: Bool, at time: Int64
    ) -> Finding {
        var finding = Finding(condition: .upright)
        let bounds = profile.supervision
        let asked = Supervisor.up(reference.rootRotation)
        let up = state.rootRotation.map(Supervisor.up)
        finding.tilt = up.map(Supervisor.tilt)
        finding.height = state.rootPosition?.z
        let lean = up.map { acos(min(max($0.dot(asked), -1), 1)) } ?? 0
        believe(finding, reference)
        if isDown(finding, asked: Supervisor.tilt(asked), reference.rootPosition.z, profile) {
            (uprightSince, condition) = (nil, .fallen)
        } else if condition == .fallen {
            let since = uprightSince ?? time
            uprightSince = since
            if Double(time - since) / 1e9 >= Supervisor.recovery { condition = .upright }
        }
        measureJoints(state, reference, profile, &finding)
        let isOff = isFollowing && isOff(finding, bounds)
        offSince = isOff ? offSince ?? time : nil
        if condition != .fallen {
            let isOffForLong = offSince.map { Double(time - $0) / 1e9 >= bounds.patience } ?? false
            let tipping = bounds.tippingTilt - (condition == .tipping ? Supervisor.release.tilt : 0)
            condition = lean > tipping ? .tipping : isOffForLong ? .notFollowing : .upright
        }
        finding.condition = condition
        return finding
    }

    /// An operator has seen to it: nothing of what was found before counts.
    package mutating func forget() { self = Supervisor() }

    /// The vertical in the root's axes.
    private static func up(_ rotation: Quaternion) -> Vector3 { rotation.conjugate.act(Vector3(0, 0, 1)) }

    private static func tilt(_ up: Vector3) -> Double { acos(min(max(up.z, -1), 1)) }

    /// Some sources count heights from elsewhere: one is believed when it was once where an upright robot has its root.
    private mutating func believe(_ finding: Finding, _ reference: RobotConfiguration) {
        guard let height = finding.height, let tilt = finding.tilt, tilt < 0.35, reference.rootPosition.z > 0 else {
            return
        }
        if Supervisor.believed.contains(height / reference.rootPosition.z) { isHeightBelieved = true }
    }

    private func isDown(_ finding: Finding, asked: Double, _ askedHeight: Double, _ profile: RobotProfile) -> Bool {
        let wasDown = condition == .fallen
        let bound = max(profile.supervision.fallenTilt, asked + Supervisor.margin)
        if let tilt = finding.tilt, tilt > bound - (wasDown ? Supervisor.release.tilt : 0) { return true }
        guard isHeightBelieved, let height = finding.height else { return false }
        let stand = profile.standPose.rootPosition.z
        let lowest = min(profile.fallenHeight, askedHeight - 0.15 * stand)
        return height < lowest + (wasDown ? Supervisor.release.height * stand : 0)
    }

    private func measureJoints(
        _ state: MeasuredState, _ reference: RobotConfiguration, _ profile: RobotProfile, _ finding: inout Finding
    ) {
        guard state.jointPositions.count == reference.jointPositions.count, !state.jointPositions.isEmpty else {
            return
        }
        var (worst, sum) = ((index: 0, distance: 0.0), 0.0)
        for (index, position) in state.jointPositions.enumerated() {
            let distance = abs(position - reference.jointPositions[index])
            sum += distance * distance
            if distance > worst.distance { worst = (index, distance) }
        }
        finding.joint = worst
        finding.body = (sum / Double(state.jointPositions.count)).squareRoot()
    }

    private func isOff(_ finding: Finding, _ bounds: RobotProfile.Supervision) -> Bool {
        // What is off comes back further than it left, so that a joint at the bound is told once.
        let share = condition == .notFollowing ? 0.7 : 1
        return finding.joint.map { $0.distance > share * bounds.jointError } ?? false
            || finding.body.map { $0 > share * bounds.bodyError } ?? false
    }
}
