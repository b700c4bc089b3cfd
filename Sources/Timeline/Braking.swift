/// The shortest stop of one coordinate on the grid of stream frames, under limits of acceleration and jerk.
///
/// A stop is a feedback law: every frame brakes as hard as jerk and acceleration allow, and lets go in time, so that
/// velocity and acceleration become zero together. Since the law's own next state lies on the same stop, a
/// state from which the stop keeps a limit always has a successor that keeps it too. That makes the set of such states
/// safe to stay in (a controlled invariant set).
enum Braking {
    /// The greatest rate r such that r + (r − 1) + (r − 2) + …, over the positive terms, is `distance`.
    static func countdown(_ distance: Double) -> Double {
        guard distance > 0 else { return 0 }
        let whole = (((1 + 8 * distance).squareRoot() - 1) / 2).rounded(.down)
        return (distance + whole * (whole + 1) / 2) / (whole + 1)
    }

    /// The acceleration of the next frame on the shortest stop.
    static func acceleration(_ state: AxisState, _ limits: AxisLimits) -> Double {
        let release = limits.jerk * countdown(abs(state.velocity) / limits.jerk)
        let wanted = min(release, limits.acceleration)
        let signed = state.velocity > 0 ? -wanted : wanted
        return min(max(signed, state.acceleration - limits.jerk), state.acceleration + limits.jerk)
    }

    /// The next state on the shortest stop; exactly at rest where rest is reached.
    static func next(_ state: AxisState, _ limits: AxisLimits) -> AxisState {
        var next = state.advanced(by: acceleration(state, limits))
        // Rounding only: far below what any limit or any subscriber can see.
        if abs(next.velocity) < 1e-13, abs(next.acceleration) <= limits.jerk { next.velocity = 0 }
        if next.velocity == 0, abs(next.acceleration) < 1e-13 { next.acceleration = 0 }
        return next
    }

    /// How far the coordinate still goes on its shortest stop, and where it ends.
    static func stop(from state: AxisState, _ limits: AxisLimits) -> (lowest: Double, highest: Double, end: Double) {
        var state = state
        var lowest = state.position
        var highest = state.position
        // A stop from any limited state is far shorter; the bound only keeps broken numbers from going on for ever.
        for _ in 0..<10_000 {
            if state.isAtRest { break }
            state = next(state, limits)
            lowest = min(lowest, state.position)
            highest = max(highest, state.position)
        }
        return (lowest, highest, state.position)
    }

    /// The accelerations for the next frame that jerk, acceleration and velocity allow, now and ever after.
    ///
    /// Never empty for a state that these limits reached.
    static func choices(_ state: AxisState, _ limits: AxisLimits) -> (lowest: Double, highest: Double) {
        let (v, a, jerk) = (state.velocity, state.acceleration, limits.jerk)
        let rise = min(limits.acceleration, jerk * countdown((limits.velocity - v) / jerk))
        let fall = min(limits.acceleration, jerk * countdown((limits.velocity + v) / jerk))
        return (max(a - jerk, -fall), min(a + jerk, rise))
    }

    /// The greatest speed that a coordinate still reaches when it stops accelerating as fast as jerk allows.
    static func peakSpeed(_ state: AxisState, _ limits: AxisLimits) -> Double {
        let count = abs(state.acceleration) / limits.jerk
        let whole = count.rounded(.down)
        // The sum of count − 1, count − 2, … over the positive terms.
        let rest = limits.jerk * (count * whole - whole * (whole + 1) / 2)
        return max(abs(state.velocity), abs(state.velocity + (state.acceleration > 0 ? rest : -rest)))
    }

    /// The acceleration in `range` whose stop ends nearest to `target`: the fastest way there that does not overshoot.
    static func approach(
        _ target: Double, from state: AxisState, in range: (lowest: Double, highest: Double), _ limits: AxisLimits
    ) -> Double {
        func end(_ acceleration: Double) -> Double { stop(from: state.advanced(by: acceleration), limits).end }
        var (low, high) = range
        if low >= high || end(low) >= target { return low }
        if end(high) <= target { return high }
        for _ in 0..<24 {
            let middle = (low + high) / 2
            if end(middle) < target { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
