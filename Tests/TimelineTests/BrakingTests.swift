import Geometry
import Testing

@testable import Timeline

@Suite("Braking and ramps")
struct BrakingTests {
    static let limits = AxisLimits(velocity: 6, acceleration: 80, jerk: 2500, rate: 50)
    static let fine = AxisLimits(velocity: 6, acceleration: 80, jerk: 2500, rate: 500)

    /// States that random admissible choices reach.
    static func states(_ limits: AxisLimits, seed: UInt64, count: Int) -> [AxisState] {
        var generator = SplitMix64(seed: seed)
        var state = AxisState(position: 0)
        return (0..<count).map { _ in
            let choices = Braking.choices(state, limits)
            let bias = Double.random(in: 0...1, using: &generator)
            let pick = bias < 0.3 ? 0 : (bias > 0.7 ? 1 : Double.random(in: 0...1, using: &generator))
            state = state.advanced(by: choices.lowest + (choices.highest - choices.lowest) * pick)
            return state
        }
    }

    @Test("a countdown covers its distance", arguments: [0, 0.3, 1, 2.5, 3, 6, 17.2, 5e4])
    func countdown(distance: Double) {
        let rate = Braking.countdown(distance)
        var sum = 0.0
        var term = rate
        while term > 0 {
            sum += term
            term -= 1
        }
        #expect(abs(sum - distance) <= 1e-9 * (1 + distance))
    }

    @Test("a stop ends exactly at rest and keeps acceleration and jerk", arguments: [limits, fine])
    func stops(limits: AxisLimits) {
        for state in Self.states(limits, seed: 1, count: 2_000) {
            var now = state
            var steps = 0
            var isKept = true
            while !now.isAtRest, steps < 1_000 {
                let next = Braking.next(now, limits)
                isKept = isKept && abs(next.acceleration - now.acceleration) <= limits.jerk * (1 + 1e-9)
                isKept = isKept && abs(next.acceleration) <= limits.acceleration * (1 + 1e-9)
                isKept = isKept && abs(next.velocity) <= limits.velocity * (1 + 1e-9)
                now = next
                steps += 1
            }
            #expect(isKept && now.isAtRest)
            #expect(abs(Braking.stop(from: state, limits).end - now.position) < 1e-12)
        }
    }

    @Test("there is always a choice, and the peak speed is the greatest that follows")
    func choices() {
        for state in Self.states(Self.limits, seed: 2, count: 2_000) {
            let choices = Braking.choices(state, Self.limits)
            let brake = Braking.acceleration(state, Self.limits)
            #expect(choices.lowest <= choices.highest + 1e-12)
            #expect(brake >= choices.lowest - 1e-9 && brake <= choices.highest + 1e-9)
            #expect(Braking.peakSpeed(state, Self.limits) <= Self.limits.velocity * (1 + 1e-9))
        }
    }

    @Test("an approach arrives at its target without overshooting and comes to rest there")
    func approach() {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<200 {
            var state = AxisState(position: .random(in: -2...2, using: &generator))
            let side: Double = state.position < 0.5 ? 1 : -1
            var overshoot = 0.0
            for _ in 0..<400 {
                let choices = Braking.choices(state, Self.limits)
                state = state.advanced(by: Braking.approach(0.5, from: state, in: choices, Self.limits))
                overshoot = max(overshoot, side * (state.position - 0.5))
            }
            #expect(abs(state.position - 0.5) < 1e-6 && abs(state.velocity) < 1e-6)
            #expect(overshoot < 1e-6)
        }
    }

    @Test("a stop in continuous time ends at rest, within its limits", arguments: [50.0, 500])
    func continuousStop(rate: Double) {
        let limits = AxisLimits(velocity: 6, acceleration: 80, jerk: 2500, rate: rate)
        for state in Self.states(limits, seed: 4, count: 300) {
            let stop = JerkLimitedStop(velocity: state.velocity, acceleration: state.acceleration, limits: limits)
            let end = stop(stop.duration + 1)
            #expect(end.velocity == 0 && end.acceleration == 0)
            let justBefore = stop(stop.duration * (1 - 1e-9))
            #expect(abs(justBefore.velocity) < 1e-6 * limits.velocity + 1e-9)
            var previous = stop(0)
            #expect(previous.velocity == state.velocity && previous.acceleration == state.acceleration)
            for step in 1...100 {
                let point = stop(stop.duration * Double(step) / 100)
                let time = stop.duration / 100
                #expect(abs(point.acceleration) <= limits.acceleration * (1 + 1e-9))
                #expect(abs(point.acceleration - previous.acceleration) <= limits.jerk * time * (1 + 1e-6) + 1e-12)
                previous = point
            }
        }
    }

    @Test("a move goes from 0 to 1 within its limits, and no faster one would")
    func moves() {
        for (velocity, acceleration, jerk) in [(0.1, 0.01, 0.002), (0.02, 0.01, 0.002), (5, 0.001, 1), (0.1, 9, 0.01)] {
            let move = JerkLimitedMove(velocity: velocity, acceleration: acceleration, jerk: jerk)
            var previous = move(0)
            var greatest = (velocity: 0.0, acceleration: 0.0, jerk: 0.0)
            let step = move.duration / 2_000
            for index in 1...2_000 {
                let point = move(Double(index) * step)
                #expect(abs(point.value - previous.value - (point.velocity + previous.velocity) / 2 * step) < 1e-5)
                greatest.velocity = max(greatest.velocity, abs(point.velocity))
                greatest.acceleration = max(greatest.acceleration, abs(point.acceleration))
                greatest.jerk = max(greatest.jerk, abs(point.acceleration - previous.acceleration) / step)
                previous = point
            }
            #expect(previous.value == 1)
            #expect(greatest.velocity <= velocity * (1 + 1e-9))
            #expect(greatest.acceleration <= acceleration * (1 + 1e-9))
            #expect(greatest.jerk <= jerk * (1 + 1e-6))
            let use = max(greatest.velocity / velocity, greatest.acceleration / acceleration)
            #expect(max(use, greatest.jerk / jerk) > 0.99)
        }
    }

    @Test("a ramp from rest keeps all joints in step, starts and ends at rest, and is as long as it must be")
    func rampFromRest() {
        let limits = [Self.limits, Self.limits, Self.limits.scaled(by: 0.5)]
        var ramp = RampTrajectory(dimension: 3)
        func duration(_ scale: Double) -> Double {
            ramp.plan(
                from: [0, 1, 2].map { CurvePoint(value: $0) }, within: limits,
                to: [scale * 0.5, 1 + scale * 0.1, 2 - scale * 0.4])
            return ramp.duration
        }
        #expect(duration(2) > duration(1))
        #expect(duration(0) == 0)
        _ = duration(1)
        for time in 0...Int(ramp.duration.rounded(.up)) {
            let progress = ramp.progress(at: Double(time))
            let points = (0..<3).map { ramp($0, at: Double(time), progress: progress).value }
            #expect(abs((points[0] - 0) / 0.5 - (points[1] - 1) / 0.1) < 1e-9)
            #expect(abs((points[0] - 0) / 0.5 + (points[2] - 2) / 0.4) < 1e-9)
        }
    }

    @Test("a ramp from any motion arrives at rest, within its limits on finite differences")
    func rampFromMotion() {
        // The states are differences over a frame: as the start of a curve, some would go on to break the speed limit.
        let starts = Self.states(Self.limits, seed: 5, count: 600).filter {
            abs($0.velocity + $0.acceleration * abs($0.acceleration) / (2 * Self.limits.jerk)) < Self.limits.velocity
        }
        var generator = SplitMix64(seed: 6)
        let limits = [Self.limits, Self.limits]
        var ramp = RampTrajectory(dimension: 2)
        for (first, second) in zip(starts, starts.reversed()) {
            let start = [first, second].map {
                CurvePoint(value: $0.position, velocity: $0.velocity, acceleration: $0.acceleration)
            }
            let targets = start.map { $0.value + Double.random(in: -1...1, using: &generator) }
            ramp.plan(from: start, within: limits, to: [targets[0], targets[1]])
            let frames = (0...Int(ramp.duration.rounded(.up)) + 1).map { time in
                let progress = ramp.progress(at: Double(time))
                return (0..<2).map { ramp($0, at: Double(time), progress: progress).value }
            }
            for joint in 0..<2 {
                #expect(abs(frames[frames.count - 1][joint] - targets[joint]) < 1e-9)
                let v = zip(frames.dropFirst(), frames).map { $0[joint] - $1[joint] }
                let a = zip(v.dropFirst(), v).map { $0 - $1 }
                let j = zip(a.dropFirst(), a).map { $0 - $1 }
                #expect(v.allSatisfy { abs($0) <= Self.limits.velocity * (1 + 1e-9) })
                #expect(a.allSatisfy { abs($0) <= Self.limits.acceleration * (1 + 1e-9) })
                #expect(j.allSatisfy { abs($0) <= Self.limits.jerk * (1 + 1e-9) })
            }
        }
    }
}
