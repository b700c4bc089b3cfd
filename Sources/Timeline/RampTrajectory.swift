import Geometry

/// A jerk-limited trajectory of all coordinates together, from any motion to rest at a target.
///
/// Two motions are added. Each coordinate brakes from its own start to rest, which takes it past its start by some way.
/// And all move, on a straight line and at one common pace, over what then is left to the target: they start and arrive
/// together. A start from rest has the second alone, with full limits. A slow start gives each half of the limits; from a
/// fast one the move begins when the braking is over. The length follows from distances and limits.
///
/// All units count stream frames. Made once and planned again without allocating.
struct RampTrajectory: Sendable {
    private var origin: [Double]
    private var way: [Double]
    private var stops: [JerkLimitedStop]
    private var move = JerkLimitedMove(velocity: 1, acceleration: 1, jerk: 1)
    private var moveStart = 0.0
    /// Time until all coordinates rest at the target.
    private(set) var duration = 0.0

    /// A trajectory that rests at zero.
    init(dimension: Int) {
        origin = Array(repeating: 0, count: dimension)
        way = Array(repeating: 0, count: dimension)
        stops = Array(repeating: JerkLimitedStop(), count: dimension)
    }

    /// Plans anew.
    ///
    /// - Parameters:
    ///   - start: Where each coordinate is and how it moves.
    ///   - limits: Limits of each coordinate; positions are not looked at.
    ///   - target: Where each coordinate comes to rest; nil lets it rest where it brakes to.
    mutating func plan(from start: [CurvePoint], within limits: [AxisLimits], to target: [Double?]) {
        var share = 1.0
        var isFast = false
        for (point, limit) in zip(start, limits) {
            if point.velocity != 0 || point.acceleration != 0 { share = 0.5 }
            let rest = abs(point.velocity) + point.acceleration * point.acceleration / limit.jerk
            if rest > limit.velocity / 2 { isFast = true }
        }
        if isFast { share = 1 }

        var stopDuration = 0.0
        var velocity = Double.infinity
        var acceleration = Double.infinity
        var jerk = Double.infinity
        for index in origin.indices {
            let (point, limit) = (start[index], limits[index].scaled(by: share))
            let stop = JerkLimitedStop(velocity: point.velocity, acceleration: point.acceleration, limits: limit)
            let rest = point.value + stop(stop.duration).value
            origin[index] = point.value
            stops[index] = stop
            way[index] = target[index].map { $0 - rest } ?? 0
            stopDuration = max(stopDuration, stop.duration)
            let distance = max(abs(way[index]), 1e-12)
            velocity = min(velocity, limit.velocity / distance)
            acceleration = min(acceleration, limit.acceleration / distance)
            jerk = min(jerk, limit.jerk / distance)
        }
        moveStart = isFast ? stopDuration : 0
        if way.allSatisfy({ abs($0) < 1e-12 }) {
            for index in way.indices { way[index] = 0 }
            duration = stopDuration
        } else {
            move = JerkLimitedMove(velocity: velocity, acceleration: acceleration, jerk: jerk)
            duration = max(stopDuration, moveStart + move.duration)
        }
    }

    /// The common part of all coordinates at `time`; pass it to ``callAsFunction(_:at:progress:)``.
    func progress(at time: Double) -> CurvePoint { move(time - moveStart) }

    /// One coordinate at `time`.
    func callAsFunction(_ index: Int, at time: Double, progress: CurvePoint) -> CurvePoint {
        let stop = stops[index](time)
        return CurvePoint(
            value: origin[index] + stop.value + way[index] * progress.value,
            velocity: stop.velocity + way[index] * progress.velocity,
            acceleration: stop.acceleration + way[index] * progress.acceleration)
    }
}
