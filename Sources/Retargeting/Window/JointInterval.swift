import Robots

/// Where a joint may be; never empty.
struct JointInterval {
    private(set) var lower: Double
    private(set) var upper: Double

    init(_ lower: Double, _ upper: Double) {
        self.lower = min(lower, upper)
        self.upper = max(lower, upper)
    }

    /// Takes in a second demand as far as it agrees with the first.
    mutating func narrow(_ low: Double, _ high: Double) {
        (lower, upper) = (min(max(low, lower), upper), min(max(high, lower), upper))
    }

    mutating func narrow(around middle: Double, _ distance: Double) { narrow(middle - distance, middle + distance) }

    /// Never so fast that the joint could not stop before the end of its range.
    mutating func brake(from q: Double, _ limit: JointLimits, margin: Double, dt: Double) {
        let a = limit.acceleration
        func stoppable(_ distance: Double) -> Double {
            let distance = max(distance, 0)
            return distance.isFinite ? (a * a * dt * dt + 2 * a * distance).squareRoot() - a * dt : .infinity
        }
        narrow(q - stoppable(q - limit.lower - margin) * dt, q + stoppable(limit.upper - margin - q) * dt)
    }

    /// Moves at least at the speed of an escape.
    mutating func urge(from q: Double, to goal: Double, dt: Double) {
        guard abs(goal - q) > Escape.arrival else { return }
        let step = Escape.speed * dt
        if goal > q { lower = min(max(lower, q + step), upper) } else { upper = max(min(upper, q - step), lower) }
    }
}
