import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The planned motion of one robot: a ring of frames at the stream rate whose future can be revised.
///
/// Frames are numbered by plan index, which only grows; the player walks along them, at speed 1 when nothing slows it
/// down. Each frame holds position, velocity and acceleration of every coordinate (in units of frames), and
/// between frames runs a quintic, so the plan is twice continuously differentiable everywhere, but at a rest point:
/// there the walk must come to a stop, and goes on with the next frame, which has the same pose and no velocity.
struct MotionTimeline: Sendable {
    /// What is known about one frame besides its numbers.
    struct Entry: Sendable {
        var label = MotionChunk.Label()
        /// Greatest speed of the walk at which the frame keeps all limits, at most 1.
        var pace = 1.0
        /// The stream frame before which the walk must not count on the frame.
        var availableFrom = Int64.min
        /// Whether later frames of the motion were dropped on purpose.
        var isCutShort = false
    }

    /// Where new motion went.
    struct Placement {
        /// The last frame of the old plan that stays, or (after a rest) its twin.
        var base: Int64
        /// The first frame that differs visibly from what the old plan held.
        var changed: Int64?
        var isBridged: Bool
        /// Whether the new motion itself starts without velocity, so that it may be walked at full speed at once.
        var startsFromRest = false
    }

    let dimension: Int
    let contactCount: Int
    let capacity: Int
    /// One less than the length of the ring, a power of two.
    private let mask: Int
    /// One after the last frame.
    private(set) var end: Int64 = 0
    /// Oldest frame that is kept.
    private(set) var first: Int64 = 0
    /// A frame at which the walk must come to rest before it goes on.
    var rest: Int64?
    /// The frames that a bridge bends, when it starts from rest.
    private(set) var ramp: Range<Int64> = 0..<0
    /// The first frame of the way from the end of the motion to a pose that the robot can stand in, if that end is none.
    private(set) var tail: Int64?
    /// The oldest frame from which the plan has run on without a break.
    private var unbroken: Int64 = 0

    private let limits: [AxisLimits]
    private let bridgeLimits: [AxisLimits]
    private let paceRise: Double
    private var points: [Double]
    private var contacts: [Float]
    private var entries: [Entry]

    // From the world of the newest trajectory to the plan's.
    private var turn = (cosine: 1.0, sine: 0.0, yaw: 0.0)
    private var shift = (x: 0.0, y: 0.0)
    private(set) var bridge: RampTrajectory
    private var way: RampTrajectory
    private(set) var bridgeStart: Int64 = 0
    private(set) var isBridging = false
    /// Keeps the robot's soles up on the way from pose to pose; nil where they are not known.
    var lift: SoleLift?
    /// Where the lowest sole was when the bridge began, and the lift of its last frame so far.
    private(set) var bridgeFloor = 0.0
    var bridgeLift = 0.0
    /// How low the motion itself takes the soles while it is bridged, m, at most 0.
    var bridgedLowest = 0.0

    // Scratch.
    private var gap: [CurvePoint]
    private var old: [Double]
    private var oldLast: [Double]
    private var safe: [Double?]
    /// Back to nothing, but for the place on the floor, where the robot may well end elsewhere.
    private let bridgeTarget: [Double?]

    /// A plan of one frame, at rest.
    ///
    /// - Parameters:
    ///   - pose: The coordinates of that frame.
    ///   - limits: Limits of every coordinate, in units of frames.
    ///   - contactCount: Number of contact values in each frame.
    ///   - capacity: Number of frames that fit.
    ///   - paceRise: How much the square of the pace may change from frame to frame.
    init(pose: [Double], limits: [AxisLimits], contactCount: Int, capacity: Int, paceRise: Double) {
        dimension = pose.count
        self.contactCount = contactCount
        self.capacity = capacity
        var room = 1
        while room < capacity { room *= 2 }
        mask = room - 1
        self.limits = limits
        bridgeLimits = limits.map { $0.scaled(by: 0.5) }
        self.paceRise = paceRise
        points = Array(repeating: 0, count: room * 3 * dimension)
        contacts = Array(repeating: 0, count: room * contactCount)
        entries = Array(repeating: Entry(), count: room)
        bridge = RampTrajectory(dimension: dimension)
        way = RampTrajectory(dimension: dimension)
        gap = Array(repeating: CurvePoint(value: 0), count: dimension)
        // Each with storage of its own, so that no edit copies any.
        old = pose.map { $0 }
        oldLast = pose.map { $0 }
        safe = pose.map { $0 }
        bridgeTarget = (0..<pose.count).map { $0 == RootCoordinates.x || $0 == RootCoordinates.y ? nil : 0 }
        reset(to: pose)
    }

    /// Greatest way on the floor from frame to frame, m.
    var greatestPlanarStep: Double { limits[RootCoordinates.x].velocity }

    // MARK: Reading

    private func slot(_ index: Int64) -> Int { Int(truncatingIfNeeded: index) & mask }

    /// What is known about a frame of the plan.
    func entry(_ index: Int64) -> Entry { entries[slot(index)] }

    /// One coordinate of a frame.
    func point(_ index: Int64, _ coordinate: Int) -> CurvePoint {
        let start = slot(index) * 3 * dimension + coordinate
        return CurvePoint(
            value: points[start], velocity: points[start + dimension], acceleration: points[start + 2 * dimension])
    }

    /// One contact value of a frame.
    func contact(_ index: Int64, _ number: Int) -> Float { contacts[slot(index) * contactCount + number] }

    /// Whether the robot could stand still on both feet as in this frame.
    func isBalancedOnBothFeet(_ index: Int64) -> Bool {
        entry(index).label.isBalanced && MotionWaypoint.isDoubleSupport(contacts(of: index))
    }

    private func contacts(of index: Int64) -> ArraySlice<Float> {
        let start = slot(index) * contactCount
        return contacts[start..<(start + contactCount)]
    }

    /// One after the last frame of motion: what comes behind only leads to a pose to stand in.
    var motionEnd: Int64 { tail ?? end }

    /// Values and slopes of all coordinates at `index` + `fraction`, written to the two lists.
    func sample(_ index: Int64, _ fraction: Double, values: inout [Double], slopes: inout [Double]) {
        if fraction <= 0 || index + 1 >= end || index == rest {
            for coordinate in 0..<dimension {
                let point = point(index, coordinate)
                values[coordinate] = point.value
                slopes[coordinate] = point.velocity
            }
        } else {
            for coordinate in 0..<dimension {
                let piece = QuinticHermite(from: point(index, coordinate), to: point(index + 1, coordinate))
                let point = piece(fraction)
                values[coordinate] = point.value
                slopes[coordinate] = point.velocity
            }
        }
    }

    // MARK: Changing

    /// Forgets frames before `index`, so that their room can be used.
    mutating func release(before index: Int64) { first = max(first, min(index, end - 1)) }

    /// The walk has come to rest at the rest point and goes on behind it.
    mutating func passRest() { rest = nil }

    /// Drops everything behind `last`, which becomes the end of the plan.
    mutating func truncate(after last: Int64) {
        end = min(end, last + 1)
        if let rest, rest + 1 >= end { self.rest = nil }
        if let tail, tail >= end { self.tail = nil }
        ramp = min(ramp.lowerBound, end)..<min(ramp.upperBound, end)
    }

    /// Drops the whole plan for one frame, at rest.
    mutating func reset(to pose: [Double]) {
        rest = nil
        tail = nil
        ramp = 0..<0
        first = end
        unbroken = end
        for coordinate in 0..<dimension { set(end, coordinate, CurvePoint(value: pose[coordinate])) }
        for number in 0..<contactCount { contacts[slot(end) * contactCount + number] = 1 }
        entries[slot(end)] = Entry()
        end += 1
    }

    /// Drops the whole plan for a way from a motion that no plan made to rest, each coordinate where it brakes to.
    ///
    /// - Parameters:
    ///   - states: The motion in the frame published last.
    ///   - contacts: Which points of the feet stand.
    ///   - isBalanced: Whether the robot could stand still like this.
    ///   - pad: Frames at rest behind it, in which the walk stops.
    /// - Returns: The frame of the plan that was published last.
    mutating func comeToRest(
        from states: [AxisState], contacts: [Float], isBalanced: Bool, pad: Int64
    ) -> Int64 {
        (rest, tail, ramp, isBridging) = (nil, nil, 0..<0, false)
        (first, unbroken) = (end, end)
        let base = end
        for coordinate in 0..<dimension {
            let state = states[coordinate]
            // The velocity at the frame itself, from the finite differences behind it.
            gap[coordinate] = CurvePoint(
                value: state.position, velocity: state.velocity + state.acceleration / 2,
                acceleration: state.acceleration)
            safe[coordinate] = nil
        }
        way.plan(from: gap, within: limits, to: safe)
        for time in 0...(Int64(way.duration.rounded(.up)) + pad) {
            let progress = way.progress(at: Double(time))
            for coordinate in 0..<dimension {
                set(end, coordinate, way(coordinate, at: Double(time), progress: progress))
            }
            for number in 0..<contactCount { self.contacts[slot(end) * contactCount + number] = contacts[number] }
            entries[slot(end)] = Entry()
            entries[slot(end)].label.isBalanced = isBalanced
            end += 1
        }
        liftWay(from: base)
        return base
    }

    /// Drops everything behind `last`, makes it a rest point, and goes from there to another pose and to rest.
    ///
    /// - Returns: The last frame; nil when the plan has no room.
    mutating func move(from last: Int64, to target: [Double?]) -> Int64? {
        truncate(after: last)
        isBridging = false
        return lead(from: last, to: target)
    }

    /// From rest at the plan's last frame to a pose and to rest.
    private mutating func lead(from last: Int64, to target: [Double?]) -> Int64? {
        for coordinate in 0..<dimension { gap[coordinate] = CurvePoint(value: point(last, coordinate).value) }
        way.plan(from: gap, within: limits, to: target)
        guard way.duration < Double(capacity) else { return nil }
        let count = Int64(way.duration.rounded(.up))
        guard end + count + 1 - first <= Int64(capacity) else { return nil }
        rest = last
        for time in 0...count {
            let progress = way.progress(at: Double(time))
            for coordinate in 0..<dimension {
                set(end, coordinate, way(coordinate, at: Double(time), progress: progress))
            }
            copyContacts(from: last, to: end)
            entries[slot(end)] = Entry()
            end += 1
        }
        liftWay(from: end - count - 1)
        entries[slot(end - 1)].label.isBalanced = true
        return end - 1
    }

    /// The motion stops at `last` though more of it was planned.
    mutating func cutShort(after last: Int64) {
        truncate(after: last)
        entries[slot(last)].isCutShort = true
    }

    /// Forgets the way to a pose to stand in: motion goes on.
    mutating func dropTail() {
        guard let tail else { return }
        // Unlike a cut this leaves a bridge that goes on behind the motion's end.
        end = tail
        (self.tail, rest) = (nil, nil)
    }

    /// The last frame up to `last` in which the robot could stand, if a foot has stood ever since: the way back to it leaves
    /// that foot where it is.
    private func lastBalanced(before last: Int64, lookingBack frames: Int64) -> Int64? {
        var feet = MotionWaypoint.stance(contacts(of: last))
        var index = last
        let oldest = max(unbroken, last - frames, end - Int64(mask))
        while index >= oldest, feet.left || feet.right || contactCount == 0 {
            if entry(index).label.isBalanced { return index }
            index -= 1
            let earlier = MotionWaypoint.stance(contacts(of: max(index, oldest)))
            feet = (feet.left && earlier.left, feet.right && earlier.right)
        }
        return nil
    }

    /// Has the plan end in a pose that the robot can stand in: where the motion's last frame is none, a way is added back to
    /// the last frame that is, or to `stand` if no foot has stood since, or for so many frames.
    mutating func addTail(lookingBack frames: Int64, else stand: [Double?]) {
        let last = end - 1
        guard tail == nil, !entry(last).label.isBalanced else { return }
        let balanced = lastBalanced(before: last, lookingBack: frames)
        if let index = balanced {
            for coordinate in 0..<dimension { safe[coordinate] = point(index, coordinate).value }
        } else {
            for coordinate in 0..<dimension { safe[coordinate] = stand[coordinate] }
        }
        guard let end = lead(from: last, to: safe) else { return }
        tail = last + 1
        if let balanced { copyContacts(from: balanced, to: end) }
    }

    /// Everything behind `index` is a ramp.
    mutating func markRamp(from index: Int64) { ramp = index..<end }

    /// Whether a chunk goes on exactly where the plan ends.
    func isContinued(by chunk: MotionChunk) -> Bool {
        let label = entry(end - 1).label
        return label.trajectory == chunk.trajectory && label.sample + 1 == chunk.firstSample
    }

    /// Puts a chunk at the end that continues the last one; frames before `changeableFrom` stay quite as they are.
    mutating func extend(
        with chunk: MotionChunk, changeableFrom: Int64, availableFrom: Int64
    ) throws(EditRefusal) -> Placement {
        guard end + Int64(chunk.count) - first <= Int64(capacity) else { throw .full }
        let base = end - 1
        for index in 0..<chunk.count {
            append(chunk, index, entry: Entry(label: chunk.labels[index], availableFrom: availableFrom))
        }
        liftBridge(from: base)
        setPaces(from: base + 1, backTo: min(changeableFrom, base + 1))
        return Placement(base: base, changed: base + 1, isBridged: false)
    }

    /// Puts a chunk in place of everything behind `last`, from where the robot then is.
    ///
    /// The chunk's frame that stands for `last` is the one of the same number when both are of one trajectory, else its
    /// first. The difference that remains is faded out by a jerk-limited bridge. Place and heading carry over.
    ///
    /// - Parameters:
    ///   - chunk: The new motion.
    ///   - last: The last frame to keep.
    ///   - fromRest: Whether the walk rests at `last`, so that the new motion starts without velocity.
    ///   - availableFrom: The stream frame before which the walk must not count on frames behind the old plan's end.
    /// - Returns: Where the motion went.
    /// - Throws: `full` or `tooLate`; then nothing has changed.
    mutating func splice(
        _ chunk: MotionChunk, after last: Int64, fromRest: Bool, availableFrom: Int64
    ) throws(EditRefusal) -> Placement {
        let label = entry(last).label
        let offset = label.trajectory == chunk.trajectory ? max(label.sample - chunk.firstSample, 0) : 0
        guard offset + 1 < chunk.count || (fromRest && offset < chunk.count) else { throw .tooLate }
        let base = fromRest ? last + 1 : last
        guard base + Int64(chunk.count - offset) - first <= Int64(capacity) else { throw .full }

        let oldEnd = end
        for coordinate in 0..<dimension { oldLast[coordinate] = point(end - 1, coordinate).value }
        if let rest, rest >= last { self.rest = nil }
        tail = nil
        end = base + 1
        if fromRest {
            for coordinate in 0..<dimension {
                set(base, coordinate, CurvePoint(value: point(last, coordinate).value))
            }
            copyContacts(from: last, to: base)
            entries[slot(base)] = Entry(label: chunk.labels[offset])
        }
        place(chunk, offset, at: base)
        let startsFromRest = fromRest && isSlow(chunk, offset)
        if fromRest, !startsFromRest {
            // Too fast to be bent into a start from rest: the pose is bridged, and the walk takes up speed.
            for coordinate in 0..<dimension {
                var point = aligned(chunk, offset, coordinate)
                point.value = self.point(base, coordinate).value
                set(base, coordinate, point)
            }
        }
        planBridge(chunk, offset, from: base)

        var changed: Int64?
        for index in (offset + 1)..<max(chunk.count, offset + 1) {
            let available = end < oldEnd ? entry(end).availableFrom : availableFrom
            let comparesWithOld = changed == nil
            if comparesWithOld, end < oldEnd {
                for coordinate in 0..<dimension { old[coordinate] = point(end, coordinate).value }
            }
            append(chunk, index, entry: Entry(label: chunk.labels[index], availableFrom: available))
            if comparesWithOld, differs(end - 1, from: end - 1 < oldEnd ? old : oldLast) { changed = end - 1 }
        }
        if changed == nil, end < oldEnd { changed = end }
        liftBridge(from: base)
        let keepsRamp = !fromRest && base + 1 >= ramp.upperBound
        if !keepsRamp {
            ramp = fromRest && isBridging ? base..<(bridgeStart + Int64(bridge.duration.rounded(.up))) : 0..<0
        }
        setPaces(from: base + 1, backTo: base + 1)
        return Placement(
            base: base, changed: changed, isBridged: isBridging, startsFromRest: startsFromRest)
    }

    /// Finds the map that carries the chunk's frame `offset` to the place and heading of the plan's frame `base`.
    private mutating func place(_ chunk: MotionChunk, _ offset: Int, at base: Int64) {
        let start = offset * 3 * dimension
        let yaw = point(base, RootCoordinates.yaw).value - chunk.points[start + RootCoordinates.yaw]
        turn = (cos(yaw), sin(yaw), yaw)
        shift = (0, 0)
        let x = aligned(chunk, offset, RootCoordinates.x).value
        let y = aligned(chunk, offset, RootCoordinates.y).value
        shift = (point(base, RootCoordinates.x).value - x, point(base, RootCoordinates.y).value - y)
    }

    /// Whether a start from rest into this frame takes a bridge but a little way (0.15 rad or m) off the motion.
    private func isSlow(_ chunk: MotionChunk, _ offset: Int) -> Bool {
        for coordinate in 0..<dimension {
            let (point, limit) = (aligned(chunk, offset, coordinate), bridgeLimits[coordinate])
            let speed = abs(point.velocity) + point.acceleration * point.acceleration / limit.jerk
            let way = speed * (speed / limit.acceleration + limit.acceleration / limit.jerk) / 2
            if speed > 1.6 * limit.velocity || way > 0.15 { return false }
        }
        return true
    }

    /// Plans the bridge from the plan's frame `base` over what the chunk's frame `offset` differs.
    private mutating func planBridge(_ chunk: MotionChunk, _ offset: Int, from base: Int64) {
        isBridging = false
        for coordinate in 0..<dimension {
            let (old, new) = (point(base, coordinate), aligned(chunk, offset, coordinate))
            gap[coordinate] = CurvePoint(
                value: old.value - new.value, velocity: old.velocity - new.velocity,
                acceleration: old.acceleration - new.acceleration)
            let size = max(abs(gap[coordinate].value), abs(gap[coordinate].velocity), abs(gap[coordinate].acceleration))
            if size > 1e-9 { isBridging = true }
        }
        bridgeStart = base
        (bridgeFloor, bridgeLift, bridgedLowest) = (lowestSole(base), 0, 0)
        if isBridging { bridge.plan(from: gap, within: bridgeLimits, to: bridgeTarget) }
    }

    /// A coordinate of a chunk's frame in the plan's world.
    private func aligned(_ chunk: MotionChunk, _ index: Int, _ coordinate: Int) -> CurvePoint {
        let start = index * 3 * dimension
        func raw(_ coordinate: Int) -> CurvePoint {
            CurvePoint(
                value: chunk.points[start + coordinate], velocity: chunk.points[start + dimension + coordinate],
                acceleration: chunk.points[start + 2 * dimension + coordinate])
        }
        switch coordinate {
        case RootCoordinates.x, RootCoordinates.y:
            let (x, y) = (raw(RootCoordinates.x), raw(RootCoordinates.y))
            let isX = coordinate == RootCoordinates.x
            let (a, b) = isX ? (turn.cosine, -turn.sine) : (turn.sine, turn.cosine)
            return CurvePoint(
                value: a * x.value + b * y.value + (isX ? shift.x : shift.y), velocity: a * x.velocity + b * y.velocity,
                acceleration: a * x.acceleration + b * y.acceleration)
        case RootCoordinates.yaw:
            var point = raw(coordinate)
            point.value += turn.yaw
            return point
        default: return raw(coordinate)
        }
    }

    private mutating func append(_ chunk: MotionChunk, _ index: Int, entry: Entry) {
        let time = Double(end - bridgeStart)
        let progress = bridge.progress(at: time)
        for coordinate in 0..<dimension {
            var point = aligned(chunk, index, coordinate)
            if isBridging {
                let offset = bridge(coordinate, at: time, progress: progress)
                point.value += offset.value
                point.velocity += offset.velocity
                point.acceleration += offset.acceleration
            }
            set(end, coordinate, point)
        }
        let place = slot(end) * contactCount
        for number in 0..<contactCount { contacts[place + number] = chunk.contacts[index * contactCount + number] }
        entries[slot(end)] = entry
        end += 1
    }

    /// Whether a frame lies visibly off the given coordinates.
    private func differs(_ index: Int64, from pose: [Double]) -> Bool {
        for coordinate in 0..<dimension where abs(point(index, coordinate).value - pose[coordinate]) > 0.005 {
            return true
        }
        return false
    }

    /// Finds how fast the frames from `start` on can be walked, and slows down in time for the slow ones.
    private mutating func setPaces(from start: Int64, backTo earliest: Int64) {
        guard start < end else { return }
        for index in start..<end { entries[slot(index)].pace = greatestPace(index) }
        var index = end - 2
        while index >= earliest {
            let next = entries[slot(index + 1)].pace
            let reachable = (next * next + paceRise).squareRoot()
            if reachable < entries[slot(index)].pace { entries[slot(index)].pace = reachable }
            index -= 1
        }
    }

    /// The greatest speed, at most 1, at which a frame keeps the limits.
    ///
    /// At speed 1 the differences of the frames themselves count. A frame that must be slowed down is slowed down for its
    /// derivatives, as frames then lie closer, and a bit more, as changes of pace cost acceleration and jerk too.
    private func greatestPace(_ index: Int64) -> Double {
        if keepsLimits(index) { return 1 }
        let share = 0.7
        let (x, y) = (point(index, RootCoordinates.x).velocity, point(index, RootCoordinates.y).velocity)
        var pace = min(1, limits[RootCoordinates.x].velocity / max((x * x + y * y).squareRoot(), 1e-12))
        for coordinate in 0..<dimension {
            let (here, before, limit) = (point(index, coordinate), point(index - 1, coordinate), limits[coordinate])
            let speed = abs(here.velocity)
            let acceleration = abs(here.acceleration)
            let jerk = abs(here.acceleration - before.acceleration)
            if speed * pace > limit.velocity { pace = limit.velocity / speed }
            if acceleration * pace * pace > share * limit.acceleration {
                pace = (share * limit.acceleration / acceleration).squareRoot()
            }
            if jerk * pace * pace * pace > share * limit.jerk { pace = cbrt(share * limit.jerk / jerk) }
        }
        return pace
    }

    /// Whether the frame and those before it, published as they are, keep all limits.
    private func keepsLimits(_ index: Int64) -> Bool {
        let oldest = max(index - 3, first)
        func start(_ index: Int64) -> Int { slot(index) * 3 * dimension }
        let (s0, s1) = (start(index), start(max(index - 1, oldest)))
        let (s2, s3) = (start(max(index - 2, oldest)), start(max(index - 3, oldest)))
        var planarSpeed = 0.0
        for coordinate in 0..<dimension {
            let limit = limits[coordinate]
            let (q0, q1) = (points[s0 + coordinate], points[s1 + coordinate])
            let (q2, q3) = (points[s2 + coordinate], points[s3 + coordinate])
            if abs(q0 - q1) > limit.velocity || abs(q0 - 2 * q1 + q2) > limit.acceleration
                || abs(q0 - 3 * q1 + 3 * q2 - q3) > limit.jerk
            {
                return false
            }
            if coordinate < 2 { planarSpeed += (q0 - q1) * (q0 - q1) }
        }
        return planarSpeed.squareRoot() <= limits[RootCoordinates.x].velocity
    }

    mutating func set(_ index: Int64, _ coordinate: Int, _ point: CurvePoint) {
        let start = slot(index) * 3 * dimension + coordinate
        points[start] = point.value
        points[start + dimension] = point.velocity
        points[start + 2 * dimension] = point.acceleration
    }

    private mutating func copyContacts(from source: Int64, to target: Int64) {
        for number in 0..<contactCount {
            contacts[slot(target) * contactCount + number] = contacts[slot(source) * contactCount + number]
        }
    }
}
