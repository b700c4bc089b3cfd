import Geometry
import Robots

/// What a player knows of the person whom it follows, besides what a tick changes. Made once.
struct LiveSource: Sendable {
    /// Coordinates of the pose that was wanted last.
    var target: [Double]
    /// Coordinates of the one before, and how many frames went on between.
    var before: [Double]
    var span = 1.0
    /// What the published coordinates were off their source when it became another one, and how fast; it fades.
    var gaps: [Double]
    var gapRates: [Double]
    /// Which coordinates the person moves.
    var isTaken: [Bool]
    var contacts: [Float]
    var isBalanced = true
    var trace = LiveTrace(person: [], state: .ramping, sensed: 0, lost: 0)
    /// What the person's motion is counted as, and its frame.
    var (trajectory, number): (UInt64, Int) = (0, 0)

    init(dimension: Int, contactCount: Int) {
        target = Array(repeating: 0, count: dimension)
        before = Array(repeating: 0, count: dimension)
        gaps = Array(repeating: 0, count: dimension)
        gapRates = Array(repeating: 0, count: dimension)
        isTaken = Array(repeating: false, count: dimension)
        contacts = Array(repeating: 1, count: contactCount)
    }
}

/// How far a player has come in following a person.
struct LiveProgress: Hashable, Sendable {
    /// Whether all coordinates follow; else some do, over the plan.
    var isWhole: Bool
    /// Whether the plan takes them back.
    var isLeaving = false
    /// Frames since the last pose came.
    var sincePose = 0.0
    /// Whether the gap to the source is still to be measured.
    var isNew = true
    /// Frames since, and in which the gap fades.
    var age = 0.0
    var duration = 0.0
}

extension RobotPlayer {
    /// Shortest time in which a robot goes over to a person, and from one back to its plan, seconds.
    private static let (joining, parting) = (1.0, 0.6)
    /// Share of the limits that going over takes at most: what the person does needs the rest.
    private static let share = 0.5
    /// Frames for which a pose that is late is taken to go on as the ones before, and farthest apart that these may be.
    private static let (bridged, widest) = (3.0, 4.0)

    /// Whether all coordinates follow a person.
    var isFollowingWhole: Bool { state.live?.isWhole == true }

    mutating func follow(_ wanted: LiveFollow) -> EditOutcome {
        if let refusal = state.machine.motionRefusal { return .refused(refusal) }
        guard wanted.joints.count == jointCount, fits(wanted.pose) else { return .refused(.mismatch) }
        let isWhole = wanted.isWhole
        if isWhole {
            _ = state.machine.resume(at: nextFrame)
            state.machine.stopEnded()
            (state.holdPoint, state.standPoint, state.rampFrame) = (nil, nil, nil)
            // The plan is over; it begins again where the person is left.
            startAgain()
            (state.tag, state.isRested) = (.none, false)
        }
        for index in axes.indices {
            live.isTaken[index] =
                isWhole || (index >= RootCoordinates.count && wanted.joints[index - RootCoordinates.count])
            // Headings are counted on from where the robot is.
            live.target[index] = limiter.states[index].position
        }
        live.trace.person = wanted.person
        take(wanted.pose)
        for index in axes.indices { live.before[index] = live.target[index] }
        live.span = 1
        state.live = LiveProgress(isWhole: isWhole)
        freeCoordinates()
        return .effective(frame: nextFrame)
    }

    mutating func aim(_ pose: LivePose) -> EditOutcome {
        guard let progress = state.live, !progress.isLeaving, !state.machine.isHalted else { return .refused(.empty) }
        guard fits(pose) else { return .refused(.mismatch) }
        if progress.sincePose > 0 {
            for index in axes.indices { live.before[index] = live.target[index] }
            live.span = progress.sincePose
        }
        take(pose)
        state.live?.sincePose = 0
        return .effective(frame: nextFrame)
    }

    private func fits(_ pose: LivePose) -> Bool {
        pose.configuration.jointPositions.count == jointCount && pose.contacts.count == contactCount
            && pose.configuration.isFinite && pose.configuration.rootRotation.length > 1e-6
    }

    private mutating func take(_ pose: LivePose) {
        let root = RootCoordinates(
            position: pose.configuration.rootPosition, rotation: pose.configuration.rootRotation.normalized,
            yawNear: live.target[RootCoordinates.yaw])
        root.write(to: &live.target)
        for joint in 0..<jointCount {
            live.target[RootCoordinates.count + joint] = pose.configuration.jointPositions[joint]
        }
        for contact in 0..<contactCount { live.contacts[contact] = pose.contacts[contact] }
        live.isBalanced = pose.isBalanced
        (live.trajectory, live.number) = (pose.trajectory, pose.number)
        (live.trace.state, live.trace.sensed, live.trace.lost) = (pose.state, pose.sensed, pose.lost)
    }

    /// Lets go of the person: the plan becomes to come to rest from here, or takes back what the person moved.
    mutating func leavePerson() {
        guard let progress = state.live else { return }
        guard progress.isWhole else {
            if !progress.isLeaving { state.live = LiveProgress(isWhole: false, isLeaving: true) }
            return
        }
        endFollowing()
        let base = timeline.comeToRest(
            from: limiter.states, contacts: live.contacts, isBalanced: live.isBalanced, pad: Int64(0.6 * rate))
        state.timeScaling.run(at: base)
        (state.open, state.reported, state.startPoint) = (timeline.end - 1, base, nil)
        meetPoint = nil
        addTail()
    }

    /// Lets go of the person when an edit is not for one who is followed.
    mutating func endFollowing(for edit: PlayerEdit) {
        guard state.live != nil else { return }
        switch edit {
        case .hold, .stop, .shutdown, .meet, .unfollow: leavePerson()
        // The plan goes on under a person who moves only some joints.
        case .append, .replace, .revise, .truncate: if isFollowingWhole { leavePerson() }
        case .follow, .aim, .pose, .keepStep, .resume, .halt, .reset: break
        }
    }

    /// What a frame tells of the person who is followed: as long as the robot goes over to somebody, that it does.
    var liveTrace: LiveTrace? {
        guard let progress = state.live, !progress.isLeaving else { return nil }
        var trace = live.trace
        if trace.state == .following, progress.age < progress.duration { trace.state = .ramping }
        return trace
    }

    /// Forgets the person at once.
    mutating func endFollowing() {
        state.live = nil
        freeCoordinates()
    }

    /// The next coordinates of all that follow, in `values` and `slopes`, where the plan's are.
    mutating func followPerson() {
        guard var progress = state.live else { return }
        let speed = progress.isWhole ? 0 : state.timeScaling.speed + state.timeScaling.lead
        if progress.isNew { measureGaps(&progress, speed: speed) }
        progress.age += 1
        // What comes late goes on until then, so that the robot neither stops nor leaps.
        let ahead = live.span > Self.widest ? 0 : min(progress.sincePose, Self.bridged) / live.span
        progress.sincePose += 1
        let isFading = progress.age < progress.duration
        for index in axes.indices {
            guard live.isTaken[index] else {
                slopes[index] *= speed
                continue
            }
            var value = values[index]
            if !progress.isLeaving {
                value = live.target[index] + ahead * (live.target[index] - live.before[index])
            }
            if isFading {
                let start = CurvePoint(
                    value: live.gaps[index], velocity: live.gapRates[index] * progress.duration)
                value += QuinticHermite(from: start, to: CurvePoint(value: 0))(progress.age / progress.duration).value
            }
            values[index] = value
            slopes[index] = value - limiter.states[index].position
        }
        state.live = progress
        if progress.isLeaving, !isFading { endFollowing() }
    }

    private mutating func measureGaps(_ progress: inout LiveProgress, speed: Double) {
        progress.isNew = false
        var longest = (progress.isLeaving ? Self.parting : Self.joining) * rate
        for index in axes.indices where live.isTaken[index] {
            let (source, slope) =
                progress.isLeaving ? (values[index], slopes[index] * speed) : (live.target[index], 0)
            let last = limiter.states[index]
            (live.gaps[index], live.gapRates[index]) = (last.position - source + slope, last.velocity - slope)
            let (gap, limit) = (abs(live.gaps[index]), axes[index])
            // The greatest speed and acceleration of a quintic over its length.
            longest = max(longest, 1.875 * gap / (Self.share * limit.velocity))
            longest = max(longest, (5.78 * gap / (Self.share * limit.acceleration)).squareRoot())
        }
        progress.duration = longest.rounded(.up)
    }
}
