import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The fastest way from 0 to 1, from rest to rest, with limited velocity, acceleration and jerk, in continuous time.
///
/// Biagiotti and Melchiorri, "Trajectory Planning for Automatic Machines and Robots", 2008, section 3.4: the double S.
struct JerkLimitedMove: Sendable {
    private let jerk: Double
    private let jerkTime: Double
    private let accelerationTime: Double
    private let cruiseTime: Double

    /// A move; time counts stream frames, as the limits (of the way from 0 to 1) do.
    init(velocity: Double, acceleration: Double, jerk: Double) {
        var jerkTime = acceleration / jerk
        var accelerationTime = jerkTime + velocity / acceleration
        if velocity * jerk < acceleration * acceleration {
            jerkTime = (velocity / jerk).squareRoot()
            accelerationTime = 2 * jerkTime
        }
        var cruise = 1 / velocity - accelerationTime
        if cruise < 0 {
            cruise = 0
            jerkTime = acceleration / jerk
            if 2 * acceleration * jerkTime * jerkTime <= 1 {
                accelerationTime = jerkTime / 2 + (jerkTime * jerkTime / 4 + 1 / acceleration).squareRoot()
            } else {
                jerkTime = cbrt(1 / (2 * jerk))
                accelerationTime = 2 * jerkTime
            }
        }
        self.jerk = jerk
        self.jerkTime = jerkTime
        self.accelerationTime = accelerationTime
        cruiseTime = cruise
    }

    /// Time of the whole move, stream frames.
    var duration: Double { 2 * accelerationTime + cruiseTime }

    /// The move after `time`; before and after it rests.
    func callAsFunction(_ time: Double) -> CurvePoint {
        if time <= 0 { return CurvePoint(value: 0) }
        if time >= duration { return CurvePoint(value: 1) }
        if time > duration / 2 {
            let mirrored = rising(duration - time)
            return CurvePoint(
                value: 1 - mirrored.value, velocity: mirrored.velocity, acceleration: -mirrored.acceleration)
        }
        return rising(time)
    }

    private func rising(_ t: Double) -> CurvePoint {
        let acceleration = jerk * jerkTime
        let velocity = acceleration * (accelerationTime - jerkTime)
        if t < jerkTime {
            return CurvePoint(value: jerk * t * t * t / 6, velocity: jerk * t * t / 2, acceleration: jerk * t)
        }
        if t < accelerationTime - jerkTime {
            let s = t - jerkTime / 2
            return CurvePoint(
                value: acceleration * (s * s / 2 + jerkTime * jerkTime / 24), velocity: acceleration * s,
                acceleration: acceleration)
        }
        if t < accelerationTime {
            let s = accelerationTime - t
            return CurvePoint(
                value: velocity * (accelerationTime / 2 - s) + jerk * s * s * s / 6,
                velocity: velocity - jerk * s * s / 2, acceleration: jerk * s)
        }
        return CurvePoint(value: velocity * (t - accelerationTime / 2), velocity: velocity)
    }
}
