internal import Geometry
package import Robots
internal import Synchronization
internal import Timeline
package import Wire

extension RobotChannel {
    /// Where a stream of motion starts from.
    package enum Start: String, Sendable {
        /// Where the robot's sensors say that it is.
        case measured
        /// Where the last published reference has it.
        case published
        /// The stand pose, as nothing was published before and nothing is measured.
        case stand
    }

    /// A measured state older than this does not count any more, nanoseconds.
    package static let measuredAge: Int64 = 500_000_000

    /// Takes what the robot's sensors say; the number of joints is that of the robot.
    package func take(_ state: MeasuredState, at time: Int64) {
        shared.withLock { $0.measured = (state, time) }
    }

    /// Whether the stream has begun: before, nobody has asked the robot to be anywhere.
    package var hasBegun: Bool { shared.withLock { !$0.needsStart } }

    /// Nothing is known of the robot any more.
    package func forgetMeasured() { shared.withLock { $0.measured = nil } }

    /// How old what the sensors said last is, nanoseconds, fresh or not; nil when nothing is known.
    package func measuredAge(at time: Int64) -> Int64? { shared.withLock { $0.measured.map { time - $0.received } } }

    /// What the sensors say, if that is fresh.
    package func measured(at time: Int64) -> MeasuredState? {
        shared.withLock { RobotChannel.fresh($0, at: time) }
    }

    /// Before the first motion after the start or a reset: has the stream ramp from where the robot is.
    ///
    /// - Returns: Where it starts from; nil when the stream has started already.
    /// - Throws: `too_far` when the robot is farther away than a ramp may go.
    package func begin(of profile: RobotProfile) throws(RequestError) -> Start? {
        let now = Clock.monotonic()
        return try shared.withLock { shared -> Result<Start?, RequestError> in
            guard shared.needsStart else { return .success(nil) }
            var start = shared.hasMoved ? Start.published : .stand
            if let state = RobotChannel.fresh(shared, at: now), let distance = RobotChannel.distance(shared, at: now) {
                guard distance.farthest <= RobotPlayer.farthestStart else {
                    return .failure(RobotChannel.tooFar(distance, profile))
                }
                start = .measured
                RobotChannel.enqueue(Posted(change: .edit(.meet(MeasuredPose(state))), origin: .none), in: &shared)
            }
            shared.needsStart = false
            shared.hasMoved = true
            return .success(start)
        }.get()
    }

    static func fresh(_ shared: borrowing Shared, at time: Int64) -> MeasuredState? {
        guard let measured = shared.measured, time - measured.received <= measuredAge else { return nil }
        return measured.state
    }

    /// The joint that is farthest from its reference, if that is known.
    static func distance(
        _ shared: borrowing Shared, at time: Int64
    ) -> (farthest: Double, joint: Int)? {
        guard let state = fresh(shared, at: time), state.jointPositions.count == shared.joints.count else { return nil }
        var result = (farthest: 0.0, joint: 0)
        for (joint, position) in state.jointPositions.enumerated() where abs(position - shared.joints[joint]) > result.0
        {
            result = (abs(position - shared.joints[joint]), joint)
        }
        return result
    }

    /// Distance of a joint from its reference, radians, up to which a robot is where it was held: it sags a little under load.
    private static let sag = 0.05

    /// Where the end of a hold ramps from, when the robot is known to be somewhere else than where it was held.
    static func resumePose(_ shared: borrowing Shared, at time: Int64) -> MeasuredPose? {
        guard shared.isHeld, shared.status.isResting, let state = fresh(shared, at: time),
            let distance = distance(shared, at: time)
        else {
            return nil
        }
        return distance.farthest > sag ? MeasuredPose(state) : nil
    }

    /// Has what ends a hold begin where the robot was moved meanwhile.
    static func meetMoved(in shared: inout Shared, at time: Int64) {
        guard let pose = resumePose(shared, at: time) else { return }
        enqueue(Posted(change: .edit(.meet(pose)), origin: .none), in: &shared)
    }

    static func tooFar(_ distance: (farthest: Double, joint: Int), _ profile: RobotProfile) -> RequestError {
        let joint =
            profile.drivenJoints.indices.contains(distance.joint) ? profile.drivenJoints[distance.joint].name : ""
        return RequestError(
            .tooFar,
            "\(joint) is measured \(Int(min(distance.farthest, 1e9) * 1000)) mrad from its reference; a ramp goes at most "
                + "\(Int(RobotPlayer.farthestStart * 1000)) mrad")
    }
}

extension MeasuredPose {
    fileprivate init(_ state: MeasuredState) {
        self.init(
            jointPositions: state.jointPositions, rootHeight: state.rootPosition?.z, rootRotation: state.rootRotation)
    }
}
