internal import Geometry
public import Robots

/// The stream of one robot: timeline, limiter and stop verbs in one value. Pure: no clock, no input or output.
///
/// One thread owns it, applies edits that others made, and ticks it once for every frame:
///
///     var player = RobotPlayer(profile: profile, streamRate: 50, contactCount: 4)
///     var frame = player.makeFrame()
///     while running {                               // the publisher thread, on absolute deadlines
///         while let edit = mailbox.next() { report(player.apply(edit)) }
///         player.tick(into: &frame)                 // no allocation; fills every field of `frame`
///         publish(frame)                            // and hands on frame.notices
///     }
///
/// Motion comes from elsewhere in chunks, for each stretch of endless motion through a ``MotionResampler``:
///
///     var resampler = MotionResampler(stretch: 1, jointCount: 29, contactCount: 4, streamRate: 50)
///     mailbox.put(.replace(try resampler.append(knots, tag: tag)))         // the first chunk of a new plan
///     mailbox.put(.append(try resampler.append(more, tag: tag)))           // continues exactly
///     mailbox.put(.append(resampler.finish()))                             // nothing follows for now
///
/// To rewind a generator, restore it together with the copy of the resampler kept at that token, and `replace` with the chunks
/// made from there: the timeline finds the frame at which the old plan may still change by its number in the stretch.
public struct RobotPlayer: Sendable {
    /// Stream frames per second.
    public let streamRate: Int
    /// Number of joints.
    public let jointCount: Int
    /// Number of contact values.
    public let contactCount: Int
    /// The frame that the next tick publishes.
    public internal(set) var nextFrame: Int64
    /// Frames behind the one published last that appended motion leaves as they are; a replacement may change the very next.
    public let spliceDelay: Int64
    /// Greatest distance of a joint from where a start ramps to, radians.
    public static let farthestStart = 1.2

    private let rate: Double
    private let axes: [AxisLimits]
    private let rejectDistance: Double?
    private let stand: [Double?]
    // What a tick changes; `Progress` has to hold all of it.
    var timeline: MotionTimeline
    var limiter: Limiter
    var machine = StreamMachine()
    var walk: PathWalk
    /// The last frame of the plan that the walk may count on.
    var open: Int64
    /// The frame at which the plan starts from rest, as long as the walk has not left it.
    var startPoint: Int64?
    /// Where a hold ends on the plan.
    var holdPoint: Int64?
    /// The plan's frame in which a stop reaches the stand pose.
    var standPoint: Int64?
    /// The end of a ramp to the measured pose: nothing cuts it short but a stop or a halt.
    private var meetPoint: Int64?
    /// The way to the measured pose and back before a hold ends, and how many of its frames have been published.
    private var detour: Detour
    var detourFrame: Int64?
    /// Stream frames by which this player is ahead of companions.
    private var lead = 0.0

    // What has been told to subscribers.
    var reported: Int64
    var tag = MotionTag.none
    var isRested = true

    // What the frame being made is about to tell.
    private var rejected: (joint: Int, distance: Double)?

    // Scratch: the plan where the walk is.
    var values: [Double]
    private var slopes: [Double]

    /// A stream at rest.
    ///
    /// - Parameters:
    ///   - limits: What every published frame keeps to.
    ///   - stand: The pose for `stop`; the root's place and heading are taken from where the robot is.
    ///   - start: Where the robot is now: measured, or nil for the stand pose. Moved into the limits if it lies outside.
    ///   - streamRate: Frames per second, 30 to 500.
    ///   - contactCount: Number of contact values in each frame.
    ///   - capacity: Greatest length of the plan, seconds.
    ///   - spliceDelay: Time behind the frame published last in which appended motion changes nothing, seconds.
    ///   - firstFrame: Index of the first frame.
    public init(
        limits: MotionLimits, stand: RobotConfiguration, start: RobotConfiguration? = nil, streamRate: Int,
        contactCount: Int, capacity: Double = 60, spliceDelay: Double = 0.02, firstFrame: Int64 = 0
    ) {
        precondition((30...500).contains(streamRate), "stream rates are 30 to 500 Hz")
        self.streamRate = streamRate
        jointCount = limits.joints.count
        self.contactCount = contactCount
        nextFrame = firstFrame
        rate = Double(streamRate)
        self.spliceDelay = Int64((spliceDelay * rate).rounded(.up))

        axes = limits.axes(rate: rate)
        rejectDistance = limits.rejectDistance
        let standing = limits.clamped(stand.coordinates(yawNear: 0), axes)
        let pose = limits.clamped((start ?? stand).coordinates(yawNear: 0), axes)
        // The stand pose has no place and no heading of its own.
        let free: Set = [RootCoordinates.x, RootCoordinates.y, RootCoordinates.yaw]
        self.stand = standing.enumerated().map { free.contains($0.offset) ? nil : $0.element }

        timeline = MotionTimeline(
            pose: pose, limits: axes, contactCount: contactCount, capacity: Int(capacity * rate),
            paceRise: 1.4 * PathWalk.gentleAcceleration / rate)
        detour = Detour(dimension: pose.count)
        limiter = Limiter(
            pose: pose, limits: axes, planarSpeed: axes[RootCoordinates.x].velocity, tilt: limits.root.tilt)
        walk = PathWalk(at: 0, streamRate: rate)
        open = 0
        reported = 0
        values = pose.map { $0 }
        slopes = Array(repeating: 0, count: pose.count)
    }

    /// A stream of the robot that a profile describes, at rest.
    public init(
        profile: RobotProfile, start: RobotConfiguration? = nil, streamRate: Int, contactCount: Int,
        firstFrame: Int64 = 0
    ) {
        self.init(
            limits: MotionLimits(profile: profile), stand: profile.standPose, start: start, streamRate: streamRate,
            contactCount: contactCount, firstFrame: firstFrame)
    }

    /// A frame of the right size for ``tick(into:)``.
    public func makeFrame() -> PublishedFrame {
        PublishedFrame(jointCount: jointCount, contactCount: contactCount)
    }

    /// Whether a hold is in force.
    public var isHeld: Bool { machine.isHeld }

    /// How often limits acted since the stream began, by coordinate and kind.
    public var limiterCounts: LimiterCounts { limiter.counts }
}

// MARK: - Edits

extension RobotPlayer {
    /// Applies an edit before the next tick. Bounded time (in the length of a chunk), no allocation.
    public mutating func apply(_ edit: PlayerEdit) -> EditOutcome {
        switch edit {
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
            let outcome = machine.resume(at: nextFrame)
            if !machine.isHalted { holdPoint = nil }
            return outcome
        case .stop: return stop()
        case .halt:
            holdPoint = nil
            standPoint = nil
            meetPoint = nil
            detourFrame = nil
            return machine.halt(at: nextFrame)
        case .reset:
            let outcome = machine.reset(at: nextFrame, isAtRest: limiter.isAtRest)
            if case .effective = outcome { startAgain() }
            return outcome
        case .shutdown:
            let isFirst = machine.stoppingSince == nil
            let outcome = machine.shutdown(at: nextFrame)
            if !machine.isHalted, isFirst { _ = planStand() }
            return outcome
        }
    }

    /// Whether the walk rests, and would go on resting if nothing were edited.
    private var isQuiet: Bool {
        walk.isAtRest && walk.fraction == 0 && detourFrame == nil
            && (walk.index == timeline.end - 1 || walk.index == holdPoint)
    }

    /// The last frame of the plan that a replacement leaves as it is: it differs from the next that is published on.
    private var changeable: Int64 { isQuiet || walk.fraction == 0 ? walk.index : walk.index + 1 }

    /// The stream frame that shows the plan's frame `index` if nothing slows it down.
    private func streamFrame(_ index: Int64) -> Int64 {
        nextFrame - 1 + index - walk.index + (detourFrame.map { detour.frames - $0 } ?? 0)
    }

    private mutating func place(_ chunk: MotionChunk, isReplacing: Bool, endsHold: Bool = false) -> EditOutcome {
        if let refusal = machine.motionRefusal { return .refused(refusal) }
        guard !chunk.isEmpty else { return .refused(.empty) }
        guard chunk.streamRate == streamRate, chunk.dimension == axes.count, chunk.contactCount == contactCount else {
            return .refused(.mismatch)
        }
        timeline.release(before: walk.index)
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
                isFromRest = isQuiet && last == walk.index
                placement = try timeline.splice(
                    chunk, after: last, fromRest: isFromRest, availableFrom: available)
                open = min(open, placement.base)
            }
        } catch {
            return .refused(error)
        }
        if endsHold {
            _ = machine.resume(at: nextFrame)
            machine.stopEnded()
            holdPoint = nil
            standPoint = nil
        }
        if isFromRest {
            walk.rest(at: placement.base)
            open = placement.base
            startPoint = placement.startsFromRest ? placement.base : nil
            // A single frame is at its command's end at once; of any other the first to be seen is the next.
            reported = chunk.count > 1 ? placement.base : placement.base - 1
        }
        let first = max(streamFrame(placement.base) + (walk.fraction > 0 ? 0 : 1), available)
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
        // Motion that begins later in the same stretch: the old plan plays up to there.
        let later = last + Int64(chunk.firstSample - label.sample)
        if label.stretch == chunk.stretch, later > last, later < timeline.end {
            let other = timeline.entry(later).label
            if other.stretch == chunk.stretch, other.sample == chunk.firstSample { return later }
        }
        return last
    }

    private mutating func truncate(_ frame: Int64) -> EditOutcome {
        if machine.isHalted { return .refused(.halted) }
        if isQuiet && walk.index == timeline.end - 1 { return .effective(frame: nextFrame) }
        dropTail()
        let wanted = walk.index + (frame - (nextFrame - 1))
        let last = min(max(wanted, changeable, walk.shortestStop), timeline.end - 1)
        timeline.cutShort(after: last)
        open = min(open, last)
        addTail()
        return .effective(frame: streamFrame(last))
    }

    private mutating func hold() -> EditOutcome {
        let wasHeld = machine.isHeld
        let outcome = machine.hold(at: nextFrame)
        if machine.isHeld, !wasHeld { holdPoint = restPoint() }
        return outcome
    }

    private mutating func stop() -> EditOutcome {
        let isFirst = machine.stoppingSince == nil
        if isFirst, !machine.isHalted, !planStand() { return .refused(.full) }
        if !machine.isHalted { holdPoint = nil }
        return machine.stop(at: nextFrame)
    }

    /// Plans to come to rest and to go to the stand pose from there.
    private mutating func planStand() -> Bool {
        timeline.release(before: walk.index)
        let last = isQuiet ? walk.index : restPoint()
        holdPoint = nil
        meetPoint = nil
        guard let end = timeline.move(from: last, to: stand) else { return false }
        standPoint = end
        open = min(open, last)
        return true
    }

    /// How far back a pose to stand in is looked for, seconds.
    private static let memory = 3.0

    /// Has the plan end where the robot can stand.
    private mutating func addTail() {
        guard standPoint == nil else { return }
        timeline.addTail(lookingBack: Int64(Self.memory * rate), else: stand)
    }

    /// Lets motion go on at its end, unless the way from there to a pose to stand in has begun.
    private mutating func dropTail() {
        guard let tail = timeline.tail, walk.index < tail else { return }
        timeline.dropTail()
        open = min(open, timeline.end - 1)
    }

    /// The nearest frame of the plan that is balanced on both feet and at which the walk can come to rest, within a bounded
    /// time; else the nearest of all.
    private func restPoint() -> Int64 {
        let limit = min(timeline.end - 1, timeline.rest ?? .max)
        let nearest = min(walk.shortestStop, limit)
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
        walk.rest(at: timeline.end - 1)
        open = walk.index
        reported = walk.index
        meetPoint = nil
        detourFrame = nil
        tag = .none
    }

    private mutating func meet(_ pose: MeasuredPose) -> EditOutcome {
        if let refusal = machine.motionRefusal { return .refused(refusal) }
        guard isQuiet else { return .refused(.moving) }
        guard pose.jointPositions.count == jointCount, pose.jointPositions.allSatisfy({ $0.isFinite }) else {
            return .refused(.mismatch)
        }
        var target = [Double?](repeating: nil, count: axes.count)
        if let height = pose.rootHeight, height.isFinite { target[RootCoordinates.z] = height }
        if let rotation = pose.rootRotation, rotation.isFinite, rotation.length > 0.5 {
            let tilt = RootCoordinates(position: .zero, rotation: rotation.normalized, yawNear: 0).tilt
            let excess = max(1, tilt.length / max(limiter.tilt, 1e-9))
            target[RootCoordinates.tiltX] = tilt.x / excess
            target[RootCoordinates.tiltY] = tilt.y / excess
        }
        for joint in 0..<jointCount { target[RootCoordinates.count + joint] = pose.jointPositions[joint] }
        for index in axes.indices {
            target[index] = target[index].map { min(max($0, axes[index].lower), axes[index].upper) }
            if let wanted = target[index], abs(wanted - limiter.states[index].position) > Self.farthestStart {
                return .refused(.tooFar)
            }
        }
        if walk.index != timeline.end - 1 {
            // Held with a plan ahead, which begins here: to the robot and back.
            detour.plan(from: limiter.states, to: target, within: axes)
            detourFrame = 0
            return .effective(frame: nextFrame)
        }
        timeline.release(before: walk.index)
        guard let end = timeline.move(from: walk.index, to: target) else { return .refused(.full) }
        timeline.markRamp(from: walk.index)
        meetPoint = end
        open = min(open, walk.index)
        return .effective(frame: nextFrame)
    }
}

// MARK: - Frames

extension RobotPlayer {
    /// Makes the next frame. Constant time, no allocation.
    public mutating func tick(into frame: inout PublishedFrame) {
        frame.notices.removeAll(keepingCapacity: true)
        frame.isFirstOfSegment = false
        let isOnDetour = detourFrame != nil
        if machine.isHalted {
            limiter.brake()
            for index in slopes.indices { slopes[index] = limiter.states[index].velocity }
        } else {
            follow()
        }
        fill(&frame, isOnDetour: isOnDetour)
        nextFrame += 1
    }

    /// One step along the plan.
    private mutating func follow() {
        if let frame = detourFrame {
            // The plan waits meanwhile.
            detour.sample(frame + 1, values: &values, slopes: &slopes)
            limiter.step(towards: values)
            detourFrame = frame + 1 < detour.frames ? frame + 1 : nil
            return
        }
        while open + 1 < timeline.end, timeline.entry(open + 1).availableFrom <= nextFrame { open += 1 }
        if let rest = timeline.rest, walk.index == rest, walk.isAtRest, holdPoint == nil, limiter.isSettled {
            walk.rest(at: rest + 1)
            timeline.passRest()
            startPoint = walk.index
        }
        let wall = min(open, timeline.rest ?? .max, holdPoint ?? .max)
        let ahead = min(walk.index + 1, timeline.end - 1)
        // Who has fallen behind is waited for.
        let lag = limiter.greatestDeviation
        let goal = min(
            timeline.entry(walk.index).pace, timeline.entry(ahead).pace, 1 / (1 + 100 * lag), 1 / (1 + 0.2 * lead))
        if let start = startPoint, wall > start {
            if walk.index == start, walk.isAtRest, goal == 1 { walk.start(wall: wall) }
            startPoint = nil
        }
        var step = walk.step(goal: goal, wall: wall)
        look(step, wall)
        var isSlowed = goal < 1
        for _ in 0..<2 {
            guard let range = limiter.admissibleSteps(towards: values, slopes: slopes, step: step) else { break }
            // Where no step suits all, some have to leave the path whatever it does.
            guard range.lowest <= range.highest else { break }
            let best = walk.bounded(max(min(range.highest, step), range.lowest), wish: step, wall: wall)
            if abs(best - step) < 1e-9 { break }
            isSlowed = true
            step = best
            look(step, wall)
        }
        if isSlowed { limiter.countSlowedFrame() }
        walk.advance(by: step, wall: wall)
        limiter.step(towards: values)
        rejectIfFar()
        if let end = standPoint, walk.index >= end {
            standPoint = nil
            machine.stopEnded()
        }
    }

    /// Holds when a joint is farther from the plan than is wanted; on the way to the stand pose nothing is better.
    private mutating func rejectIfFar() {
        guard let rejectDistance, !machine.isHeld, standPoint == nil else { return }
        for joint in 0..<jointCount {
            let index = RootCoordinates.count + joint
            let distance = abs(values[index] - limiter.states[index].position)
            guard distance > rejectDistance else { continue }
            _ = hold()
            rejected = (joint, distance)
            return
        }
    }

    /// Reads the plan where `step` leads.
    private mutating func look(_ step: Double, _ wall: Int64) {
        let (index, fraction) = walk.position(after: step, wall: wall)
        timeline.sample(index, fraction, values: &values, slopes: &slopes)
    }

    private mutating func fill(_ frame: inout PublishedFrame, isOnDetour: Bool) {
        frame.frame = nextFrame
        let speed = isOnDetour ? 1 : walk.speed + walk.lead
        for index in axes.indices {
            let state = limiter.states[index]
            let isFollowing = limiter.isOnPath[index] && !machine.isHalted
            let velocity = isFollowing ? slopes[index] * speed : state.velocity + state.acceleration / 2
            slopes[index] = min(max(velocity, -axes[index].velocity), axes[index].velocity) * rate
            values[index] = state.position
        }
        let root = RootCoordinates(values)
        frame.rootPosition = root.position
        frame.rootRotation = root.rotation
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

    private func fillContacts(_ frame: inout PublishedFrame) {
        let next = min(walk.index + 1, timeline.end - 1)
        for number in 0..<contactCount {
            let (a, b) = (timeline.contact(walk.index, number), timeline.contact(next, number))
            frame.contacts[number] = a + (b - a) * Float(walk.fraction)
        }
    }

    private mutating func report(_ frame: inout PublishedFrame) {
        let isAtEnd = walk.index == timeline.end - 1
        let isAtMotionEnd = walk.index == timeline.motionEnd - 1
        let isStill = machine.isHalted ? limiter.isAtRest : walk.isAtRest && limiter.isSettled
        // Where the way to a pose to stand in begins is no place to rest.
        let isPassing = !machine.isHalted && isAtMotionEnd && !isAtEnd && holdPoint == nil
        let isRestingNow = isStill && !isPassing
        let label = timeline.entry(walk.index).label
        if machine.isHalted {
            tag = .none
        } else {
            reportPassedFrames(&frame)
        }
        if let (joint, distance) = rejected {
            frame.notices.append(.rejected(tag, joint: joint, by: distance))
            rejected = nil
        }
        if isRestingNow, !isRested { frame.notices.append(.rested) }
        if isStill, !isRested, !machine.isHalted, isAtMotionEnd, label.tag.command != 0, !label.endsCommand,
            !timeline.entry(walk.index).isCutShort
        {
            frame.notices.append(.underrun(label.tag))
        }
        isRested = isRestingNow

        frame.state = state(label)
        frame.tag = isRestingNow && isAtEnd && label.endsCommand ? .none : tag
        frame.stretch = machine.isHalted ? 0 : label.stretch
        let ahead = timeline.entry(min(walk.index + 1, timeline.end - 1)).label
        frame.knot = label.knot
        if ahead.stretch == label.stretch { frame.knot += (ahead.knot - label.knot) * walk.fraction }
        frame.framesAhead = machine.isHalted ? 0 : max(0, timeline.motionEnd - 1 - walk.index)
        let next =
            machine.isHalted || changeable >= timeline.end ? MotionChunk.Label() : timeline.entry(changeable).label
        frame.changeableStretch = next.stretch
        frame.changeableKnot = next.knot
        frame.pace = machine.isHalted ? 0 : walk.speed
        frame.isSettled = isRestingNow && (machine.isHalted || isAtEnd)
        frame.isLimited = limiter.isActive
    }

    private mutating func reportPassedFrames(_ frame: inout PublishedFrame) {
        while reported < walk.index {
            reported += 1
            let label = timeline.entry(reported).label
            if label.tag != tag {
                tag = label.tag
                if tag != .none {
                    frame.isFirstOfSegment = true
                    frame.notices.append(.began(tag))
                }
            }
            if label.endsSegment { frame.notices.append(.endedSegment(label.tag)) }
            if label.endsCommand { frame.notices.append(.endedCommand(label.tag)) }
        }
    }

    private func state(_ label: MotionChunk.Label) -> StreamState {
        if machine.isHalted { return .halted }
        if standPoint != nil { return .stopping }
        if detourFrame != nil { return .ramping }
        if let tail = timeline.tail, walk.index >= tail, !isRested { return .stopping }
        if machine.isHeld || (isRested && walk.isAtRest) { return .holding }
        return timeline.ramp.contains(walk.index) ? .ramping : .playing
    }
}
