internal import HumanBody
internal import LivePeople
internal import Robots
internal import ServiceCore
internal import Synchronization
internal import Timeline
internal import Wire

/// One robot that follows one person.
final class FollowSession: Sendable {
    let robot: ActiveRobot
    let person: String
    let options: Follow
    /// The joints that follow, by driven joint.
    let follows: [Bool]
    private let profile: String
    private let shown: ShownPeople
    private let follower: Mutex<PersonFollower>
    private let state: Mutex<State>
    /// What the person's motion is counted as: apart from all that is planned.
    private let trajectory = 1 << 63 | UInt64.random(in: 0..<1 << 62)

    private struct State {
        /// The robot's stop count with which it follows; nil until it made way.
        var stopCount: Int?
        /// The robot's frame with which the player was told to follow.
        var begun: Int64?
        /// Why it ends when the player has let go.
        var ending: String?
        var told: PersonFollower.State?
        /// Poses so far.
        var number = 0
    }

    /// The robot's hold count when it was asked to follow.
    private let holdCount: Int

    /// Frames after which the player must have begun to follow.
    private static let patience: Int64 = 10

    init(
        robot: ActiveRobot, options: Follow, follower: sending PersonFollower, shown: ShownPeople, stopCount: Int?,
        holdCount: Int
    ) {
        self.holdCount = holdCount
        (self.robot, person, self.options, self.shown) = (robot, options.person, options, shown)
        (profile, follows) = (robot.profile.contentHash, follower.follows)
        self.follower = Mutex(follower)
        state = Mutex(State(stopCount: stopCount))
    }

    /// Whether all of the robot follows, in place of what is planned.
    var isWhole: Bool { options.part == .body }
    /// Whether the player was told to follow.
    var hasBegun: Bool { state.withLock { $0.begun != nil } }

    /// It ends when the player lets go, for that reason.
    func end(for reason: String) { state.withLock { $0.ending = reason } }

    /// The person's place and heading become the robot's, by a ramp.
    func recentre() { follower.withLock { $0.recentre() } }

    /// As `people` shows it.
    var description: PersonDescription.Follower {
        follower.withLock { follower in
            let farthest = follower.state == .waiting ? follower.farthest : nil
            return PersonDescription.Follower(
                robot: robot.name, state: follower.state.rawValue, part: options.part.rawValue,
                farthest: farthest?.joint, distance: farthest?.distance)
        }
    }

    /// What there is to tell of it, when it differs from what was told last.
    private func news(
        _ state: inout State, _ follower: borrowing Snapshot, _ status: RobotChannel.Status
    ) -> PersonEvent? {
        // Whether single frames are foretold is the header's to say.
        var shown = follower.state == .predicting ? .following : follower.state
        if shown == .following, status.isJoining { shown = .ramping }
        guard shown != state.told else { return nil }
        state.told = shown
        var event = PersonEvent("follow", person: person)
        (event.robot, event.state) = (robot.name, shown.rawValue)
        if shown == .waiting {
            (event.farthest, event.distance) = (follower.farthest?.joint, follower.farthest?.distance)
        }
        return event
    }

    /// What a tick left of the follower.
    private struct Snapshot {
        var action: PersonFollower.Action
        var state: PersonFollower.State
        var farthest: (joint: String, distance: Double)?
    }

    // MARK: Ticks, on the following thread

    /// What came of a tick.
    struct Outcome {
        /// Why it is over, if it is.
        var end: String?
        /// When the sensors saw what is shown, and when the newest frame of it came; nil when nothing is.
        var shown: (sensed: Int64, received: Int64?)?
        /// What there is to tell.
        var event: PersonEvent?
    }

    /// Finds where the robot shall be with the tick at `due`.
    func step(at due: Int64, _ people: People) -> Outcome {
        var state = self.state.withLock { $0 }
        defer {
            self.state.withLock {
                ($0.stopCount, $0.begun, $0.told, $0.number) = (state.stopCount, state.begun, state.told, state.number)
            }
        }
        let channel = robot.channel
        let status = channel.status
        if state.stopCount == nil {
            guard options.moment == .now || status.isIdle else { return Outcome() }
            state.stopCount = isWhole ? channel.makeWay() : channel.stopCount
        }
        if let reason = ended(state, status) { return Outcome(end: reason) }
        let track = people.find(person)?.entry.withLock { $0.track }
        let released = options.needsDeadMan ? people.released(person, at: due) : nil
        let pose = channel.pose
        let found = follower.withLock { follower in
            Snapshot(
                action: follower.step(track, robot: pose, at: due, released: released), state: follower.state,
                farthest: follower.farthest)
        }
        var outcome = perform(found, &state, track, status)
        outcome.event = news(&state, found, status)
        return outcome
    }

    /// Why it is over, but for the person.
    private func ended(_ state: State, _ status: RobotChannel.Status) -> String? {
        if robot.profile.contentHash != profile { return "profile" }
        if state.stopCount != status.stopCount { return "stopped" }
        guard let begun = state.begun else { return robot.channel.isHeld(since: holdCount) ? "hold" : nil }
        if status.isHeld { return "hold" }
        let hasLetGo = !status.isFollowing && status.frame > begun + Self.patience
        return hasLetGo ? state.ending ?? "command" : nil
    }

    private func perform(
        _ found: borrowing Snapshot, _ state: inout State, _ track: PersonTrack?, _ status: RobotChannel.Status
    ) -> Outcome {
        let (channel, stopCount) = (robot.channel, state.stopCount ?? 0)
        let lost = track?.counts.lost ?? 0
        state.number += 1
        switch found.action {
        case .nothing: return Outcome()
        case .begin(let target):
            let follow = LiveFollow(
                person: Array(person.utf8), isWhole: isWhole, joints: follows,
                pose: pose(target, found.state, lost: lost, number: state.number))
            let human = human(target, number: state.number)
            guard channel.post(follow, of: human, stopCount: stopCount, holdCount: holdCount) else {
                return Outcome(end: "stopped")
            }
            state.begun = status.frame
            return Outcome(shown: (target.sensed, track?.received))
        case .aim(let target):
            // What another command is about to take over is led on until it does.
            guard state.begun != nil else { return Outcome() }
            let pose = pose(target, found.state, lost: lost, number: state.number)
            let human = human(target, number: state.number)
            guard channel.post(.aim(pose), of: human, stopCount: stopCount) else { return Outcome(end: "stopped") }
            return Outcome(shown: (target.sensed, track?.received))
        case .leave:
            _ = channel.post(.unfollow, stopCount: stopCount)
            state.begun = nil
            return Outcome()
        case .end(let reason):
            if state.begun != nil { _ = channel.post(.unfollow, stopCount: stopCount) }
            return Outcome(end: reason)
        }
    }

    /// A target as a player takes it.
    private func pose(
        _ target: PersonFollower.Target, _ state: PersonFollower.State, lost: Int, number: Int
    ) -> LivePose {
        let shown: LivePose.State =
            switch state {
            case .waiting, .ramping: .ramping
            case .following: .following
            case .predicting: .predicting
            case .holding, .lost: .holding
            }
        let (left, right) = (Float(target.contacts.left), Float(target.contacts.right))
        var pose = LivePose(
            configuration: target.configuration, contacts: [left, left, right, right],
            isBalanced: target.isBalanced, state: shown, sensed: target.sensed, lost: lost)
        (pose.trajectory, pose.number) = (trajectory, number)
        return pose
    }

    /// The human behind a target, for those who track the human itself.
    private func human(_ target: PersonFollower.Target, number: Int) -> HumanChunk? {
        guard isWhole else {
            shown.take(options.part, of: target, for: robot.name)
            return nil
        }
        let human = HumanChunk(
            trajectory: trajectory, firstWaypoint: number, frames: [target.human], roots: [target.root])
        shown.take(human, for: robot.name)
        return human
    }
}
