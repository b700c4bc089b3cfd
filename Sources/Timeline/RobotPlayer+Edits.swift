internal import Geometry

extension RobotPlayer {
    /// Applies an edit before the next tick. Bounded time (in the length of a chunk), no allocation.
    public mutating func apply(_ edit: PlayerEdit) -> EditOutcome {
        endFollowing(for: edit)
        switch edit {
        case .follow(let wanted): return follow(wanted)
        case .aim(let pose): return aim(pose)
        case .unfollow: return .effective(frame: nextFrame)
        case .pose(let positions): return pose(positions)
        case .meet(let pose): return meet(pose)
        case .keepStep(let lead):
            self.lead = lead.isFinite ? max(lead, 0) : 0
            return .effective(frame: nextFrame)
        case .append(let chunk): return place(chunk, isReplacing: false)
        case .replace(let chunk): return place(chunk, isReplacing: true, endsHold: true)
        case .revise(let chunk): return place(chunk, isReplacing: true)
        case .truncate(let frame): return truncate(frame)
        case .hold: return hold()
        case .resume:
            let outcome = state.machine.resume(at: nextFrame)
            if !state.machine.isHalted { state.holdPoint = nil }
            return outcome
        case .stop: return stop()
        case .halt:
            state.holdPoint = nil
            state.standPoint = nil
            meetPoint = nil
            state.rampFrame = nil
            endFollowing()
            return state.machine.halt(at: nextFrame)
        case .reset:
            let outcome = state.machine.reset(at: nextFrame, isAtRest: limiter.isAtRest)
            if case .effective = outcome {
                startAgain()
                keepPosed()
            }
            return outcome
        case .shutdown:
            let isFirst = state.machine.stoppingSince == nil
            let outcome = state.machine.shutdown(at: nextFrame)
            if !state.machine.isHalted, isFirst { _ = planStand() }
            return outcome
        }
    }

    /// Whether the walk rests, and would go on resting if nothing were edited.
    private var isQuiet: Bool {
        state.timeScaling.isAtRest && state.timeScaling.fraction == 0 && state.rampFrame == nil
            && (state.timeScaling.index == timeline.end - 1 || state.timeScaling.index == state.holdPoint)
    }

    /// The last frame of the plan that a replacement leaves as it is: it differs from the next that is published on.
    var changeable: Int64 {
        isQuiet || state.timeScaling.fraction == 0 ? state.timeScaling.index : state.timeScaling.index + 1
    }

    /// The stream frame that shows the plan's frame `index` if nothing slows it down.
    private func streamFrame(_ index: Int64) -> Int64 {
        nextFrame - 1 + index - state.timeScaling.index + (state.rampFrame.map { ramp.frames - $0 } ?? 0)
    }

    private mutating func place(_ chunk: MotionChunk, isReplacing: Bool, endsHold: Bool = false) -> EditOutcome {
        if let refusal = state.machine.motionRefusal { return .refused(refusal) }
        guard !chunk.isEmpty else { return .refused(.empty) }
        guard chunk.streamRate == streamRate, chunk.dimension == axes.count, chunk.contactCount == contactCount else {
            return .refused(.mismatch)
        }
        timeline.release(before: state.timeScaling.index)
        dropTail()
        defer { addTail() }
        let isFromRest: Bool
        let placement: MotionTimeline.Placement
        let available = nextFrame + (isReplacing ? 0 : spliceDelay)
        do throws(EditRefusal) {
            // A replacement that was made to go on where the plan ends replaces nothing.
            if timeline.isContinued(by: chunk) {
                isFromRest = false
                placement = try timeline.extend(
                    with: chunk, changeableFrom: changeable + spliceDelay + 1, availableFrom: available)
            } else {
                let last = isReplacing ? spliceFrame(chunk) : timeline.end - 1
                isFromRest = isQuiet && last == state.timeScaling.index
                placement = try timeline.splice(
                    chunk, after: last, fromRest: isFromRest, availableFrom: available)
                state.open = min(state.open, placement.base)
            }
        } catch {
            return .refused(error)
        }
        if endsHold {
            _ = state.machine.resume(at: nextFrame)
            state.machine.stopEnded()
            state.holdPoint = nil
            state.standPoint = nil
        }
        if isFromRest {
            state.timeScaling.rest(at: placement.base)
            state.open = placement.base
            state.startPoint = placement.startsFromRest ? placement.base : nil
            // A single frame is at its command's end at once; of any other the first to be seen is the next.
            state.reported = chunk.count > 1 ? placement.base : placement.base - 1
        }
        let first = max(streamFrame(placement.base) + (state.timeScaling.fraction > 0 ? 0 : 1), available)
        let shift = first - placement.base - 1
        return .planned(
            Splice(
                firstFrame: first, changedFrame: placement.changed.map { $0 + shift },
                endFrame: timeline.end + shift, isBridged: placement.isBridged))
    }

    /// The last frame of the old plan to keep when `chunk` replaces it.
    private func spliceFrame(_ chunk: MotionChunk) -> Int64 {
        let last = min(max(changeable, meetPoint ?? 0), timeline.end - 1)
        let label = timeline.entry(last).label
        // Motion that begins later in the same trajectory: the old plan plays up to there.
        let later = last + Int64(chunk.firstSample - label.sample)
        if label.trajectory == chunk.trajectory, later > last, later < timeline.end {
            let other = timeline.entry(later).label
            if other.trajectory == chunk.trajectory, other.sample == chunk.firstSample { return later }
        }
        return last
    }

    private mutating func truncate(_ frame: Int64) -> EditOutcome {
        if state.machine.isHalted { return .refused(.halted) }
        if isQuiet && state.timeScaling.index == timeline.end - 1 { return .effective(frame: nextFrame) }
        dropTail()
        let wanted = state.timeScaling.index + (frame - (nextFrame - 1))
        let last = min(max(wanted, changeable, state.timeScaling.shortestStop), timeline.end - 1)
        timeline.cutShort(after: last)
        state.open = min(state.open, last)
        addTail()
        return .effective(frame: streamFrame(last))
    }

    mutating func hold() -> EditOutcome {
        let wasHeld = state.machine.isHeld
        let outcome = state.machine.hold(at: nextFrame)
        if state.machine.isHeld, !wasHeld { state.holdPoint = restPoint() }
        return outcome
    }

    private mutating func stop() -> EditOutcome {
        let isFirst = state.machine.stoppingSince == nil
        if isFirst, !state.machine.isHalted, !planStand() { return .refused(.full) }
        if !state.machine.isHalted { state.holdPoint = nil }
        return state.machine.stop(at: nextFrame)
    }

    /// Plans to come to rest and to go to the stand pose from there.
    private mutating func planStand() -> Bool {
        timeline.release(before: state.timeScaling.index)
        let last = isQuiet ? state.timeScaling.index : restPoint()
        state.holdPoint = nil
        meetPoint = nil
        guard let end = timeline.move(from: last, to: stand) else { return false }
        state.standPoint = end
        state.open = min(state.open, last)
        return true
    }

    /// How far back a pose to stand in is looked for, seconds.
    private static let memory = 3.0

    /// Has the plan end where the robot can stand.
    mutating func addTail() {
        guard state.standPoint == nil else { return }
        timeline.addTail(lookingBack: Int64(Self.memory * rate), else: stand)
    }

    /// Lets motion go on at its end, unless the way from there to a pose to stand in has begun.
    private mutating func dropTail() {
        guard let tail = timeline.tail, state.timeScaling.index < tail else { return }
        timeline.dropTail()
        state.open = min(state.open, timeline.end - 1)
    }

    /// The nearest frame of the plan that is balanced on both feet and at which the walk can come to rest, within a bounded
    /// time; else the nearest of all.
    private func restPoint() -> Int64 {
        let limit = min(timeline.end - 1, timeline.rest ?? .max)
        let nearest = min(state.timeScaling.shortestStop, limit)
        let farthest = min(nearest + Int64(1.2 * rate), limit)
        var index = nearest
        while index <= farthest {
            if timeline.isBalancedOnBothFeet(index) { return index }
            index += 1
        }
        return nearest
    }

    /// Notes where a coordinate is to rest, by default in the stand pose; false when that is outside of its range.
    mutating func take(_ position: Double?, at index: Int) -> Bool {
        let wanted = position ?? stand[index] ?? 0
        values[index] = min(max(wanted, axes[index].lower), axes[index].upper)
        return abs(values[index] - wanted) < 1e-6
    }

    /// Holds where the robot is, with no plan.
    mutating func startAgain() {
        for index in axes.indices { values[index] = limiter.states[index].position }
        timeline.reset(to: values)
        state.timeScaling.rest(at: timeline.end - 1)
        state.open = state.timeScaling.index
        state.reported = state.timeScaling.index
        meetPoint = nil
        state.rampFrame = nil
        state.tag = .none
    }

    /// Gives a measured pose the height at which the robot's own soles are on the floor: where none was measured that at which they
    /// are as high as now, and in no case one at which they are lower. How low they may be on the way.
    private func standOnSoles(_ target: inout [Double?], hasHeight: Bool) -> Double {
        guard let lift = timeline.lift else { return 0 }
        let now = lift.lowest { limiter.states[$0].position }
        var height = target[RootCoordinates.z] ?? limiter.states[RootCoordinates.z].position
        let sole = lift.lowest { $0 == RootCoordinates.z ? height : target[$0] ?? limiter.states[$0].position }
        let floor = min(0, now)
        height += hasHeight ? max(0, floor - sole) : now - sole
        target[RootCoordinates.z] = height
        return floor
    }

    private mutating func meet(_ pose: MeasuredPose) -> EditOutcome {
        if let refusal = state.machine.motionRefusal { return .refused(refusal) }
        guard isQuiet else { return .refused(.moving) }
        guard pose.jointPositions.count == jointCount, pose.jointPositions.allSatisfy({ $0.isFinite }) else {
            return .refused(.mismatch)
        }
        var target = [Double?](repeating: nil, count: axes.count)
        if let height = pose.rootHeight, height.isFinite { target[RootCoordinates.z] = height }
        if let rotation = pose.rootRotation, rotation.isFinite, rotation.length > 0.5 {
            let tilt = RootCoordinates(
                position: .zero, rotation: rotation.normalized, facing: facing, yawNear: 0
            ).tilt
            let excess = max(1, tilt.length / max(limiter.tilt, 1e-9))
            target[RootCoordinates.tiltX] = tilt.x / excess
            target[RootCoordinates.tiltY] = tilt.y / excess
        }
        for joint in 0..<jointCount { target[RootCoordinates.count + joint] = pose.jointPositions[joint] }
        // Fingers that a thing keeps from closing are where they shall be.
        for index in axes.indices where posed.isPosed[index] { target[index] = nil }
        let floor = standOnSoles(&target, hasHeight: target[RootCoordinates.z] != nil)
        for index in axes.indices {
            target[index] = target[index].map { min(max($0, axes[index].lower), axes[index].upper) }
            if let wanted = target[index], abs(wanted - limiter.states[index].position) > Self.farthestStart {
                return .refused(.tooFar)
            }
        }
        if state.timeScaling.index != timeline.end - 1 {
            // Held with a plan ahead, which begins here: to the robot and back.
            ramp.plan(from: limiter.states, to: target, within: axes)
            (state.rampFrame, state.rampFloor) = (0, floor)
            return .effective(frame: nextFrame)
        }
        timeline.release(before: state.timeScaling.index)
        guard let end = timeline.move(from: state.timeScaling.index, to: target) else { return .refused(.full) }
        timeline.markRamp(from: state.timeScaling.index)
        meetPoint = end
        state.open = min(state.open, state.timeScaling.index)
        return .effective(frame: nextFrame)
    }
}
