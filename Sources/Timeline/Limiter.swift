/// Keeps the published coordinates within their limits, frame by frame, on finite differences.
///
/// A frame is judged as a whole first: ``admissibleSteps(towards:slopes:step:)`` says how far along the path the motion
/// may step so that all coordinates can follow. What then still can't follow leaves the path for a while, each
/// coordinate alone, and comes back as fast as its limits allow without overshooting. Every step stays in the set
/// from which a stop within all limits exists (``Braking``), so that no limit is kept by breaking another.
struct Limiter: Sendable {
    /// The state of every coordinate in the last published frame.
    private(set) var states: [AxisState]
    /// Whether the coordinate is where the path has it.
    private(set) var isOnPath: [Bool]
    private(set) var counts: LimiterCounts
    /// Whether the last frame was changed by a limit.
    private(set) var isActive = false

    private let limits: [AxisLimits]
    private let planarSpeed: Double
    let tilt: Double
    /// Distance from the ends of the range within which a stop is looked at closely.
    private let stopReach: [Double]
    // The path in the last two frames, for the coordinates that are off it.
    private var path: [Double]
    private var pathVelocity: [Double]
    /// The coordinates that follow something else than the path.
    private var isFree: [Bool]
    // Scratch.
    private var accelerations: [Double]
    private var goals: [Double]

    /// All at rest at `pose`, which is within the limits.
    init(pose: [Double], limits: [AxisLimits], planarSpeed: Double, tilt: Double) {
        states = pose.map { AxisState(position: $0) }
        isOnPath = Array(repeating: true, count: pose.count)
        counts = LimiterCounts(jointCount: pose.count - RootCoordinates.count)
        self.limits = limits
        self.planarSpeed = planarSpeed
        self.tilt = tilt
        stopReach = limits.map {
            // Twice the way of a stop from full speed and full acceleration.
            let time = $0.velocity / $0.acceleration + 2 * $0.acceleration / $0.jerk + 2
            return 2 * $0.velocity * time
        }
        // Each with storage of its own, so that the first frame copies none.
        path = pose.map { $0 }
        pathVelocity = Array(repeating: 0, count: pose.count)
        isFree = Array(repeating: false, count: pose.count)
        accelerations = Array(repeating: 0, count: pose.count)
        goals = Array(repeating: 0, count: pose.count)
    }

    /// A limiter in the same state that shares no storage with this one, so that neither has to copy any later.
    func copy() -> Limiter {
        Limiter(pose: states.map(\.position), limits: limits, planarSpeed: planarSpeed, tilt: tilt)
    }

    /// All at rest at `pose`, which is within the limits. Allocates nothing.
    mutating func rest(at pose: [Double]) {
        for index in states.indices {
            states[index] = AxisState(position: pose[index])
            isOnPath[index] = true
            path[index] = pose[index]
            pathVelocity[index] = 0
        }
        isActive = false
    }

    /// Takes over the state of a limiter of the same robot; its counts stay its own. Allocates nothing.
    mutating func follow(_ other: borrowing Limiter) {
        for index in states.indices {
            states[index] = other.states[index]
            isOnPath[index] = other.isOnPath[index]
            isFree[index] = other.isFree[index]
            path[index] = other.path[index]
            pathVelocity[index] = other.pathVelocity[index]
        }
        isActive = other.isActive
    }

    /// Lets a coordinate follow something else than the path, which waits for it no more, or the path again.
    mutating func free(_ index: Int, _ isFree: Bool) { self.isFree[index] = isFree }

    /// Whether all coordinates rest where the path has them.
    var isSettled: Bool {
        for index in states.indices where !isSettled(index) { return false }
        return true
    }

    /// Whether a coordinate rests where the path has it.
    func isSettled(_ index: Int) -> Bool { states[index].isAtRest && isOnPath[index] }

    /// Whether all coordinates that follow the path rest where it has them.
    var isPathSettled: Bool {
        for index in states.indices where !isFree[index] && !isSettled(index) { return false }
        return true
    }

    /// Whether all coordinates rest.
    var isAtRest: Bool {
        for index in states.indices where !states[index].isAtRest { return false }
        return true
    }

    /// The greatest distance of a coordinate from where the path has it, radians or metres.
    var greatestDeviation: Double {
        var greatest = 0.0
        for index in states.indices where !isOnPath[index] && !isFree[index] {
            greatest = max(greatest, abs(states[index].position - path[index]))
        }
        return greatest
    }

    // MARK: Along the path

    /// The steps along the path, near `step`, at which every coordinate that is on the path can follow it.
    ///
    /// - Parameters:
    ///   - targets: The path's coordinates after `step`.
    ///   - slopes: Their derivatives by the step.
    ///   - step: The step that the targets belong to.
    /// - Returns: nil when all can follow at `step`; else the steps that suit all, to first order: the upper bound may lie
    ///   below the lower one, when none does.
    mutating func admissibleSteps(
        towards targets: [Double], slopes: [Double], step: Double
    ) -> (lowest: Double, highest: Double)? {
        var lowest = -Double.infinity
        var highest = Double.infinity
        var isViolated = false
        var culprit = (coordinate: 0, kind: LimiterCounts.Kind.velocity)
        let (tiltX, tiltY) = (targets[RootCoordinates.tiltX], targets[RootCoordinates.tiltY])
        let isTilted = tiltX * tiltX + tiltY * tiltY > tilt * tilt
        for index in states.indices where isOnPath[index] && !isFree[index] {
            if isTilted, index == RootCoordinates.tiltX || index == RootCoordinates.tiltY { continue }
            let target = targets[index]
            // No step along the path helps a coordinate whose path leaves its range.
            guard target >= limits[index].lower, target <= limits[index].upper else { continue }
            let state = states[index]
            let wanted = target - state.position - state.velocity
            let choices = Braking.choices(state, limits[index])
            let slack = 1e-9 * limits[index].jerk
            let isOutside = wanted < choices.lowest - slack || wanted > choices.highest + slack
            isViolated = isViolated || isOutside
            let slope = slopes[index]
            guard abs(slope) > 1e-9 else { continue }
            let (a, b) = ((choices.lowest - wanted) / slope, (choices.highest - wanted) / slope)
            // A coordinate that hardly moves with the path is not helped by it.
            if isOutside, min(abs(a), abs(b)) > 0.25 { continue }
            if step + min(a, b) > lowest { lowest = step + min(a, b) }
            if step + max(a, b) < highest {
                highest = step + max(a, b)
                if isOutside { culprit = (index, kind(of: wanted, state, limits[index])) }
            }
        }
        if isOnPath[RootCoordinates.x], isOnPath[RootCoordinates.y] {
            let x = targets[RootCoordinates.x] - states[RootCoordinates.x].position
            let y = targets[RootCoordinates.y] - states[RootCoordinates.y].position
            let speed = (x * x + y * y).squareRoot()
            if speed > planarSpeed * (1 + 1e-9) {
                isViolated = true
                if step * planarSpeed / speed < highest {
                    highest = step * planarSpeed / speed
                    culprit = (RootCoordinates.x, .velocity)
                }
            }
        }
        guard isViolated else { return nil }
        counts.count(coordinate: culprit.coordinate, kind: culprit.kind)
        return (lowest, highest)
    }

    mutating func countSlowedFrame() { counts.slowedFrames += 1 }

    private func kind(of wanted: Double, _ state: AxisState, _ limits: AxisLimits) -> LimiterCounts.Kind {
        let change = wanted - state.acceleration
        if abs(state.velocity + wanted) > limits.velocity { return .velocity }
        if abs(wanted) > limits.acceleration { return .acceleration }
        return abs(change) > limits.jerk ? .jerk : .velocity
    }

    // MARK: One frame

    /// Steps every coordinate to its target, or as near as its limits allow; `rise` says how much higher than its target the root
    /// should be, given where all coordinates will be. Returns it.
    @discardableResult
    mutating func step(
        towards targets: [Double], rise: (_ position: (Int) -> Double) -> Double = { _ in 0 }
    ) -> Double {
        isActive = false
        setGoals(targets)
        for index in states.indices { choose(index) }
        limitPlanarSpeed()
        limitTilt()
        let (z, higher) = (RootCoordinates.z, rise { position(after: $0) })
        if higher > 0 {
            goals[z] = min(goals[z] + higher, limits[z].upper)
            choose(z)
        }
        for index in states.indices {
            var next = states[index].advanced(by: accelerations[index])
            let isThere = accelerations[index] == wanted(index)
            if isThere {
                next.position = goals[index]
                next.velocity = next.position - states[index].position
                next.acceleration = next.velocity - states[index].velocity
            } else {
                isActive = true
            }
            isOnPath[index] = isThere
            states[index] = next
            pathVelocity[index] = goals[index] - path[index]
            path[index] = goals[index]
        }
        return higher
    }

    /// Where a coordinate is in the next frame, as chosen.
    private func position(after index: Int) -> Double {
        accelerations[index] == wanted(index)
            ? goals[index] : states[index].advanced(by: accelerations[index]).position
    }

    /// Steps every coordinate along its own shortest stop.
    mutating func brake() {
        isActive = true
        for index in states.indices {
            states[index] = Braking.next(states[index], limits[index])
            path[index] = states[index].position
            pathVelocity[index] = states[index].velocity
            isOnPath[index] = true
        }
    }

    /// The targets where they may be.
    private mutating func setGoals(_ targets: [Double]) {
        for index in states.indices {
            let target = targets[index].isFinite ? targets[index] : states[index].position
            goals[index] = min(max(target, limits[index].lower), limits[index].upper)
            if goals[index] != targets[index] { note(index, .position) }
        }
        let (x, y) = (goals[RootCoordinates.tiltX], goals[RootCoordinates.tiltY])
        let length = (x * x + y * y).squareRoot()
        if length > tilt {
            goals[RootCoordinates.tiltX] = x * tilt / length
            goals[RootCoordinates.tiltY] = y * tilt / length
            note(RootCoordinates.tiltX, .position)
        }
    }

    private mutating func note(_ index: Int, _ kind: LimiterCounts.Kind) {
        counts.count(coordinate: index, kind: kind)
        isActive = true
    }

    /// The acceleration that reaches the goal with the next frame.
    private func wanted(_ index: Int) -> Double {
        goals[index] - states[index].position - states[index].velocity
    }

    private mutating func choose(_ index: Int) {
        let (state, limit, wanted) = (states[index], limits[index], wanted(index))
        let choices = Braking.choices(state, limit)
        let slack = 1e-9 * limit.jerk
        let isReachable = wanted >= choices.lowest - slack && wanted <= choices.highest + slack
        let velocity = goals[index] - path[index]
        var acceleration = wanted
        if isOnPath[index] {
            if !isReachable {
                note(index, kind(of: wanted, state, limit))
                acceleration = approach(index, velocity: velocity, choices)
            }
        } else {
            // Back on the path only where the next frames can follow it too.
            let miss = goals[index] - state.position - velocity
            let push = wanted - (velocity - pathVelocity[index])
            if !isReachable || abs(miss) > 0.4 * limit.jerk || abs(miss + push) > 0.5 * limit.jerk {
                acceleration = approach(index, velocity: velocity, choices)
            }
        }
        if !staysInside(index, acceleration) {
            note(index, .position)
            var safe = Braking.acceleration(state, limit)
            var unsafe = acceleration
            for _ in 0..<30 {
                let middle = (safe + unsafe) / 2
                if staysInside(index, middle) { safe = middle } else { unsafe = middle }
            }
            acceleration = safe
        }
        accelerations[index] = acceleration
    }

    /// The fastest way onto a path that has the given velocity and keeps its acceleration: a stop in the path's own frame.
    private func approach(
        _ index: Int, velocity: Double, _ choices: (lowest: Double, highest: Double)
    ) -> Double {
        let (state, limit) = (states[index], limits[index])
        let bound = 0.9 * limit.acceleration
        let push = min(max(velocity - pathVelocity[index], -bound), bound)
        let relative = AxisState(
            position: state.position - goals[index] + velocity, velocity: state.velocity - velocity,
            acceleration: state.acceleration - push)
        var approachLimit = limit.scaled(by: 0.7)
        approachLimit.acceleration = min(approachLimit.acceleration, limit.acceleration - abs(push))
        let range = (choices.lowest - push, choices.highest - push)
        return Braking.approach(0, from: relative, in: range, approachLimit) + push
    }

    /// Whether, after one frame with the acceleration, a stop within the coordinate's range is still possible.
    private func staysInside(_ index: Int, _ acceleration: Double) -> Bool {
        let limit = limits[index]
        let next = states[index].advanced(by: acceleration)
        if next.position - limit.lower > stopReach[index], limit.upper - next.position > stopReach[index] {
            return true
        }
        let stop = Braking.stop(from: next, limit)
        return stop.lowest >= limit.lower - 1e-12 && stop.highest <= limit.upper + 1e-12
    }

    /// Keeps the horizontal speed, that is of two coordinates together.
    private mutating func limitPlanarSpeed() {
        let (x, y) = (RootCoordinates.x, RootCoordinates.y)
        if isPlanarSpeedKept(accelerations[x], accelerations[y]) { return }
        note(x, .velocity)
        let stop = (Braking.acceleration(states[x], limits[x]), Braking.acceleration(states[y], limits[y]))
        blend(x, y, with: stop) { $0.isPlanarSpeedKept($1, $2) }
    }

    private func isPlanarSpeedKept(_ first: Double, _ second: Double) -> Bool {
        let (x, y) = (RootCoordinates.x, RootCoordinates.y)
        let a = Braking.peakSpeed(states[x].advanced(by: first), limits[x])
        let b = Braking.peakSpeed(states[y].advanced(by: second), limits[y])
        return a * a + b * b <= planarSpeed * planarSpeed * (1 + 1e-9)
    }

    /// Keeps the tilt, that is of two coordinates together.
    private mutating func limitTilt() {
        let (x, y) = (RootCoordinates.tiltX, RootCoordinates.tiltY)
        if isTiltKept(accelerations[x], accelerations[y]) { return }
        note(x, .position)
        let stop = (Braking.acceleration(states[x], limits[x]), Braking.acceleration(states[y], limits[y]))
        blend(x, y, with: stop) { $0.isTiltKept($1, $2) }
    }

    private func isTiltKept(_ first: Double, _ second: Double) -> Bool {
        let (x, y) = (RootCoordinates.tiltX, RootCoordinates.tiltY)
        let a = Braking.stop(from: states[x].advanced(by: first), limits[x])
        let b = Braking.stop(from: states[y].advanced(by: second), limits[y])
        let (u, v) = (max(-a.lowest, a.highest), max(-b.lowest, b.highest))
        return u * u + v * v <= tilt * tilt * (1 + 1e-9)
    }

    /// Moves two accelerations as little towards those of a stop as `isKept` asks.
    private mutating func blend(
        _ x: Int, _ y: Int, with stop: (Double, Double), _ isKept: (Limiter, Double, Double) -> Bool
    ) {
        let wanted = (accelerations[x], accelerations[y])
        var (kept, broken) = (0.0, 1.0)
        for _ in 0..<30 {
            let middle = (kept + broken) / 2
            let isMiddleKept = isKept(
                self, stop.0 + (wanted.0 - stop.0) * middle, stop.1 + (wanted.1 - stop.1) * middle)
            if isMiddleKept { kept = middle } else { broken = middle }
        }
        accelerations[x] = stop.0 + (wanted.0 - stop.0) * kept
        accelerations[y] = stop.1 + (wanted.1 - stop.1) * kept
    }
}
