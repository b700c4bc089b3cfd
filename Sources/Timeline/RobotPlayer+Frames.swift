internal import Geometry

extension RobotPlayer {
    /// Makes the next frame. Constant time, no allocation.
    public mutating func tick(into frame: inout PublishedFrame) {
        frame.notices.removeAll(keepingCapacity: true)
        frame.isFirstOfSegment = false
        // Both are in the stream's own time, not in the plan's.
        let isApart = state.rampFrame != nil || state.live != nil
        if state.machine.isHalted {
            limiter.brake()
            state.rise = 0
            for index in slopes.indices { slopes[index] = limiter.states[index].velocity }
        } else if isFollowingWhole {
            followPerson()
            state.rise = 0
            placePosed()
            limiter.step(towards: values)
        } else {
            follow()
        }
        fill(&frame, isApart: isApart)
        state.nextFrame += 1
    }

    /// One step along the plan.
    private mutating func follow() {
        if let frame = state.rampFrame {
            // The plan waits meanwhile.
            ramp.sample(frame + 1, values: &values, slopes: &slopes)
            if let lift = timeline.lift {
                let height = lift.lowest { values[$0] }
                values[RootCoordinates.z] += max(0, state.rampFloor - height)
            }
            state.rise = 0
            placePosed()
            limiter.step(towards: values)
            state.rampFrame = frame + 1 < ramp.frames ? frame + 1 : nil
            return
        }
        while state.open + 1 < timeline.end, timeline.entry(state.open + 1).availableFrom <= nextFrame {
            state.open += 1
        }
        if let rest = timeline.rest, state.timeScaling.index == rest, state.timeScaling.isAtRest,
            state.holdPoint == nil,
            limiter.isPathSettled
        {
            state.timeScaling.rest(at: rest + 1)
            timeline.passRest()
            state.startPoint = state.timeScaling.index
        }
        let limit = min(state.open, timeline.rest ?? .max, state.holdPoint ?? .max)
        let ahead = min(state.timeScaling.index + 1, timeline.end - 1)
        // Who has fallen behind is waited for.
        let lag = limiter.greatestDeviation
        let goal = min(
            timeline.entry(state.timeScaling.index).pace, timeline.entry(ahead).pace, 1 / (1 + 100 * lag),
            1 / (1 + 0.2 * lead)
        )
        if let start = state.startPoint, limit > start {
            if state.timeScaling.index == start, state.timeScaling.isAtRest, goal == 1 {
                state.timeScaling.start(limit: limit)
            }
            state.startPoint = nil
        }
        var step = state.timeScaling.step(goal: goal, limit: limit)
        look(step, limit)
        var isSlowed = goal < 1
        for _ in 0..<2 {
            guard let range = limiter.admissibleSteps(towards: values, slopes: slopes, step: step) else { break }
            // Where no step suits all, some have to leave the path whatever it does.
            guard range.lowest <= range.highest else { break }
            let best = state.timeScaling.bounded(max(min(range.highest, step), range.lowest), wish: step, limit: limit)
            if abs(best - step) < 1e-9 { break }
            isSlowed = true
            step = best
            look(step, limit)
        }
        if isSlowed { limiter.countSlowedFrame() }
        state.timeScaling.advance(by: step, limit: limit)
        if state.live != nil { followPerson() }
        placePosed()
        stepOverFloor()
        rejectIfFar()
        if let end = state.standPoint, state.timeScaling.index >= end {
            state.standPoint = nil
            state.machine.stopEnded()
        }
    }

    /// Steps towards the plan, and keeps the soles where the plan has them over the floor: joints that leave the plan for their limits
    /// would take them lower.
    private mutating func stepOverFloor() {
        guard let lift = timeline.lift, state.live == nil else {
            state.rise = 0
            limiter.step(towards: values)
            return
        }
        let floor = timeline.floor(at: state.timeScaling.index) ?? min(0, lift.lowest { values[$0] })
        state.rise = max(0, state.rise - Self.fall / rate)
        values[RootCoordinates.z] += state.rise
        state.rise += limiter.step(towards: values) { position in
            let missing = floor - lift.lowest(position)
            return missing > Self.leastRise ? missing : 0
        }
    }

    /// How fast the root comes down again to where it is planned, m/s, and what is no reason to rise, m.
    private static var fall: Double { 0.15 }
    private static var leastRise: Double { 0.001 }

    /// Holds when a joint is farther from the plan than is wanted; on the way to the stand pose nothing is better.
    private mutating func rejectIfFar() {
        guard let rejectDistance, !state.machine.isHeld, state.standPoint == nil else { return }
        for joint in 0..<jointCount {
            let index = RootCoordinates.count + joint
            // A person may well be faster than the robot.
            if state.live != nil && live.isTaken[index] || posed.isPosed[index] { continue }
            let distance = abs(values[index] - limiter.states[index].position)
            guard distance > rejectDistance else { continue }
            _ = hold()
            rejected = (joint, distance)
            return
        }
    }

    /// Reads the plan where `step` leads.
    private mutating func look(_ step: Double, _ limit: Int64) {
        let (index, fraction) = state.timeScaling.position(after: step, limit: limit)
        timeline.sample(index, fraction, values: &values, slopes: &slopes)
    }

    private mutating func fill(_ frame: inout PublishedFrame, isApart: Bool) {
        frame.frame = nextFrame
        let speed = isApart ? 1 : state.timeScaling.speed + state.timeScaling.lead
        for index in axes.indices {
            let axis = limiter.states[index]
            let isFollowing = limiter.isOnPath[index] && !state.machine.isHalted
            // Posed joints go in the stream's own time as well.
            let ownSpeed = posed.isPosed[index] ? 1 : speed
            let velocity = isFollowing ? slopes[index] * ownSpeed : axis.velocity + axis.acceleration / 2
            slopes[index] = min(max(velocity, -axes[index].velocity), axes[index].velocity) * rate
            values[index] = axis.position
        }
        let root = RootCoordinates(values)
        frame.rootPosition = root.position
        frame.rootRotation = root.rotation * facing.conjugate
        let rates = RootCoordinates(slopes)
        frame.rootLinearVelocity = rates.position
        frame.rootAngularVelocity = root.angularVelocity(yawRate: rates.yaw, tiltRate: rates.tilt)
        for joint in 0..<jointCount {
            frame.jointPositions[joint] = values[RootCoordinates.count + joint]
            frame.jointVelocities[joint] = slopes[RootCoordinates.count + joint]
        }
        fillContacts(&frame)
        report(&frame)
    }

    private mutating func fillContacts(_ frame: inout PublishedFrame) {
        if judgesContacts {
            guard let soles else { return frame.contacts.indices.forEach { frame.contacts[$0] = 0 } }
            return state.soles.judge(&frame, soles, rate: rate)
        }
        if isFollowingWhole {
            for number in 0..<contactCount { frame.contacts[number] = live.contacts[number] }
            return
        }
        let next = min(state.timeScaling.index + 1, timeline.end - 1)
        for number in 0..<contactCount {
            let (a, b) = (timeline.contact(state.timeScaling.index, number), timeline.contact(next, number))
            frame.contacts[number] = a + (b - a) * Float(state.timeScaling.fraction)
        }
    }

    /// Whether all rests that is not posed: a hand that closes is no motion of the body.
    private var isSettledButPosed: Bool {
        for index in axes.indices where !posed.isPosed[index] && !limiter.isSettled(index) { return false }
        return true
    }

    private mutating func report(_ frame: inout PublishedFrame) {
        let isAtEnd = state.timeScaling.index == timeline.end - 1
        let isAtMotionEnd = state.timeScaling.index == timeline.motionEnd - 1
        let isWhole = isFollowingWhole
        let isStill =
            state.machine.isHalted ? limiter.isAtRest : !isWhole && state.timeScaling.isAtRest && isSettledButPosed
        // Where the way to a pose to stand in begins is no place to rest.
        let isPassing = !state.machine.isHalted && isAtMotionEnd && !isAtEnd && state.holdPoint == nil
        let isRestingNow = isStill && !isPassing
        let label = timeline.entry(state.timeScaling.index).label
        if state.machine.isHalted {
            state.tag = .none
        } else {
            reportPassedFrames(&frame)
        }
        if let (joint, distance) = rejected {
            frame.notices.append(.rejected(state.tag, joint: joint, by: distance))
            rejected = nil
        }
        if isRestingNow, !state.isRested { frame.notices.append(.rested) }
        if isStill, !state.isRested, !state.machine.isHalted, isAtMotionEnd, label.tag.command != 0, !label.endsCommand,
            !timeline.entry(state.timeScaling.index).isCutShort
        {
            frame.notices.append(.underrun(label.tag))
        }
        state.isRested = isRestingNow

        frame.state = streamState(label)
        frame.tag = isRestingNow && isAtEnd && label.endsCommand ? .none : state.tag
        frame.trajectory = state.machine.isHalted ? 0 : label.trajectory
        let ahead = timeline.entry(min(state.timeScaling.index + 1, timeline.end - 1)).label
        frame.waypoint = label.waypoint
        if ahead.trajectory == label.trajectory {
            frame.waypoint += (ahead.waypoint - label.waypoint) * state.timeScaling.fraction
        }
        frame.framesAhead = state.machine.isHalted ? 0 : max(0, timeline.motionEnd - 1 - state.timeScaling.index)
        let next =
            state.machine.isHalted || changeable >= timeline.end
            ? MotionChunk.Label() : timeline.entry(changeable).label
        frame.changeableTrajectory = next.trajectory
        frame.changeableWaypoint = next.waypoint
        frame.pace = state.machine.isHalted ? 0 : state.timeScaling.speed
        frame.human = liveTrace
        if isWhole { (frame.pace, frame.trajectory, frame.waypoint) = (1, live.trajectory, Double(live.number)) }
        frame.isSettled = isRestingNow && (state.machine.isHalted || isAtEnd)
        frame.isLimited = limiter.isActive
    }

    private mutating func reportPassedFrames(_ frame: inout PublishedFrame) {
        while state.reported < state.timeScaling.index {
            state.reported += 1
            let label = timeline.entry(state.reported).label
            if label.tag != state.tag {
                state.tag = label.tag
                if state.tag != .none {
                    frame.isFirstOfSegment = true
                    frame.notices.append(.began(state.tag))
                }
            }
            if label.endsSegment { frame.notices.append(.endedSegment(label.tag)) }
            if label.endsCommand { frame.notices.append(.endedCommand(label.tag)) }
        }
    }

    private func streamState(_ label: MotionChunk.Label) -> StreamState {
        if state.machine.isHalted { return .halted }
        if state.standPoint != nil { return .stopping }
        if state.rampFrame != nil { return .ramping }
        if let live = state.live, live.isWhole { return live.age < live.duration ? .ramping : .playing }
        if let tail = timeline.tail, state.timeScaling.index >= tail, !state.isRested { return .stopping }
        if state.machine.isHeld || (state.isRested && state.timeScaling.isAtRest) { return .holding }
        return timeline.ramp.contains(state.timeScaling.index) ? .ramping : .playing
    }
}
