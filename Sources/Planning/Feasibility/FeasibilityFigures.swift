internal import Geometry

/// The worst that a motion asks of a robot's body: what ``RobotProfile/Feasibility/Bounds`` bound.
package struct FeasibilityFigures: Hashable, Sendable {
    /// Angle between the root's z axis and the vertical, rad.
    package var tilt = 0.0
    /// Height of the root, m.
    package var height = Double.infinity
    /// Horizontal acceleration of the centre of mass, mean of 0.1 s, m/s².
    package var acceleration = 0.0
    /// Horizontal over vertical force, mean of 0.2 s.
    package var friction = 0.0
    /// How far the zero-moment point is outside of the soles that are down, mean of 0.2 s, m.
    package var balance = 0.0
    /// Time without a sole down beyond what the take-off gives, s.
    package var flight = 0.0

    /// Nothing asked.
    package init() {}

    private static let gravity = 9.81
    /// Least share of the weight that is taken to rest on the floor: divided by less, noise is magnified.
    private static let leastLift = 0.3 * gravity
    /// Height of the body for each metre of clearance under a sole that carries: 3 cm of a G1.
    package static let clearance = 0.04

    /// The figures of a trace from a frame on; the ones before it only lead up to it.
    package init(_ trace: BodyTrace, from first: Int = 0, standHeight: Double) {
        let count = trace.instants.count
        let clearance = Self.clearance * standHeight
        var flight = Flight()
        var brief = Mean(seconds: 0.1, step: trace.step)
        var (longer, outside) = (Mean(seconds: 0.2, step: trace.step), Mean(seconds: 0.2, step: trace.step))
        for frame in 0..<count {
            let instant = trace.instants[frame]
            let isDown = trace.points(frame).contains { $0.z < clearance }
            let before = frame > 0 ? trace.instants[frame - 1].center : instant.center
            let excess = flight.excess(isDown: isDown, instant.center, before: before, step: trace.step)
            guard frame > 0, frame + 1 < count else {
                if frame >= first { add(instant, flight: excess) }
                continue
            }
            let next = trace.instants[frame + 1]
            let acceleration = (next.center - instant.center * 2 + before) / (trace.step * trace.step)
            let mean = brief.add(acceleration)
            let lift = max(Self.gravity + mean.z, Self.leastLift)
            let sideways = Vector3(mean.x, mean.y, 0).length
            let friction = longer.add(Vector3(sideways / lift, 0, 0)).x
            let away = outside.add(Vector3(distance(trace, frame, mean, lift, clearance), 0, 0)).x
            guard frame >= first else { continue }
            add(instant, flight: excess)
            self.acceleration = max(self.acceleration, sideways)
            self.friction = max(self.friction, friction)
            balance = max(balance, away)
        }
    }

    private mutating func add(_ instant: BodyTrace.Instant, flight excess: Double) {
        tilt = max(tilt, instant.tilt)
        height = min(height, instant.height)
        flight = max(flight, excess)
    }

    /// How far the zero-moment point lies outside of what carries; 0 in flight, which is judged by itself.
    private func distance(
        _ trace: BodyTrace, _ frame: Int, _ acceleration: Vector3, _ lift: Double, _ clearance: Double
    ) -> Double {
        let center = trace.instants[frame].center
        let turn = (trace.instants[frame + 1].momentum - trace.instants[frame].momentum) / trace.step
        let weight = max(trace.mass, 1e-9) * lift
        let point = Vector3(
            center.x - acceleration.x * center.z / lift - turn.y / weight,
            center.y - acceleration.y * center.z / lift + turn.x / weight, 0)
        return trace.support(frame, clearance: clearance).map { max(0, -$0(point)) } ?? 0
    }

    /// Of both the worse.
    package func union(_ other: FeasibilityFigures) -> FeasibilityFigures {
        var both = self
        both.tilt = max(tilt, other.tilt)
        both.height = min(height, other.height)
        both.acceleration = max(acceleration, other.acceleration)
        both.friction = max(friction, other.friction)
        both.balance = max(balance, other.balance)
        both.flight = max(flight, other.flight)
        return both
    }
}

/// A running mean over so many seconds.
private struct Mean {
    private var values: [Vector3] = []
    private var oldest = 0
    private let count: Int
    private var sum = Vector3.zero

    init(seconds: Double, step: Double) {
        count = max(1, Int((seconds / step).rounded()))
        values.reserveCapacity(count)
    }

    mutating func add(_ value: Vector3) -> Vector3 {
        if values.count < count {
            values.append(value)
        } else {
            sum -= values[oldest]
            values[oldest] = value
            oldest = (oldest + 1) % count
        }
        sum += value
        return sum / Double(values.count)
    }
}

/// Time in the air, beside how long a thrown body would take up to its highest point and down to where it is.
private struct Flight {
    private var since: (takeOff: Double, apex: Double, time: Double)?

    mutating func excess(isDown: Bool, _ center: Vector3, before: Vector3, step: Double) -> Double {
        guard !isDown else {
            since = nil
            return 0
        }
        let (takeOff, apex, time) = since ?? (before.z, before.z, 0)
        let now = (takeOff: takeOff, apex: max(apex, center.z), time: time + step)
        since = now
        func fall(_ height: Double) -> Double { (2 * max(0, height) / 9.81).squareRoot() }
        return max(0, now.time - fall(now.apex - now.takeOff) - fall(now.apex - center.z))
    }
}
