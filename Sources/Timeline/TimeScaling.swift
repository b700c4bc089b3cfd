/// How far the stream has come along the plan, and how fast it walks: the one time scale of root and joints.
struct TimeScaling: Hashable, Sendable {
    /// The last frame of the plan that was reached.
    private(set) var index: Int64
    /// The way from there towards the next frame, in [0, 1).
    private(set) var fraction = 0.0
    /// Speed along the path, plan frames per stream frame, in [0, 1].
    private(set) var speed = 0.0
    private var acceleration = 0.0
    /// For stops.
    private let limits: AxisLimits
    /// For everything else: changes of pace cost the joints acceleration and jerk.
    private let gentle: AxisLimits
    /// The way of a stop from full speed, frames.
    private let stoppingDistance: Double

    /// Greatest change of speed where nothing has to stop, per second.
    static let gentleAcceleration = 1.5

    /// At rest on a frame.
    init(at index: Int64, streamRate: Double) {
        self.index = index
        // The walk's speed is a pure number, so it counts as a way of one per frame.
        func limit(_ acceleration: Double, _ jerk: Double) -> AxisLimits {
            AxisLimits(
                velocity: streamRate, acceleration: acceleration * streamRate, jerk: jerk * streamRate,
                rate: streamRate)
        }
        limits = limit(4, 40)
        gentle = limit(Self.gentleAcceleration, 15)
        stoppingDistance = Braking.stop(from: AxisState(position: 0, velocity: 1), limits).end
    }

    var isAtRest: Bool { speed == 0 && acceleration == 0 }

    /// How much faster the walk is between this frame and the next than on average over the last one.
    var lead: Double { acceleration / 2 }

    /// The frame at which the shortest stop along the path ends.
    var shortestStop: Int64 {
        let state = AxisState(position: fraction, velocity: speed, acceleration: acceleration)
        return index + Int64((Braking.stop(from: state, limits).end - 1e-9).rounded(.up))
    }

    /// The next step: towards the speed `goal`, but never so fast that the walk could not stop at `limit`.
    func step(goal: Double, limit: Int64) -> Double {
        let distance = max(Double(limit - index) - fraction, 0)
        let release = gentle.jerk * Braking.countdown(abs(goal - speed) / gentle.jerk)
        let wish = min(release, gentle.acceleration) * (goal < speed ? -1 : 1)
        let (lowest, highest) = (acceleration - limits.jerk, acceleration + limits.jerk)
        var next = min(max(wish, lowest), highest)
        let state = AxisState(position: 0, velocity: speed, acceleration: acceleration)
        if Braking.stop(from: state.advanced(by: next), limits).end > distance {
            let hardest = max(lowest, -limits.acceleration)
            next = Braking.approach(distance, from: state, in: (min(hardest, next), next), limits)
        }
        let step = min(max(speed + next, 0), distance, 1)
        // So near that no subscriber could tell.
        return distance - step < 1e-6 && step < 1e-3 ? distance : step
    }

    /// The step nearest to `step` that is no lurch of the whole body: slower by at most three times what a stop would be,
    /// and no faster than the walk wished or went.
    func bounded(_ step: Double, wish: Double, limit: Int64) -> Double {
        let distance = max(Double(limit - index) - fraction, 0)
        return min(max(step, speed - 3 * limits.acceleration, 0), max(wish, min(speed, 1)), distance)
    }

    /// Goes on by `step`, to at most `limit`.
    mutating func advance(by step: Double, limit: Int64) {
        acceleration = step - speed
        // A step that limits imposed is no way of walking to go on with.
        if abs(acceleration) > 1.001 * limits.acceleration { acceleration = 0 }
        speed = step
        fraction += step
        let whole = fraction.rounded(.down)
        index += Int64(whole)
        fraction -= whole
        if 1 - fraction < 1e-9 {
            index += 1
            fraction = 0
        }
        if index >= limit {
            index = limit
            fraction = 0
        }
        if index == limit, step < 1e-3 { (speed, acceleration) = (0, 0) }
    }

    /// Where the walk would be after `step`, at most `limit`.
    func position(after step: Double, limit: Int64) -> (index: Int64, fraction: Double) {
        var copy = self
        copy.advance(by: step, limit: limit)
        return (copy.index, copy.fraction)
    }

    /// Walks at full speed from now on, where that leaves room to stop: for a plan that itself starts from rest. So the
    /// walk stays on whole frames, and waypoints are published exactly.
    mutating func start(limit: Int64) {
        if Double(limit - index) >= 1 + stoppingDistance { (speed, acceleration) = (1, 0) }
    }

    /// Is on a frame at full speed.
    mutating func run(at index: Int64) {
        self.index = index
        (fraction, speed, acceleration) = (0, 1, 0)
    }

    /// Rests on a frame.
    mutating func rest(at index: Int64) {
        self.index = index
        (fraction, speed, acceleration) = (0, 0, 0)
    }
}
