import Foundation
import Geometry
import Testing

@Suite("Splines")
struct SplineTests {
    static func waypoints(_ seed: UInt64, count: Int) -> [Double] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in .random(in: -2...2, using: &generator) }
    }

    static func rotations(_ seed: UInt64, count: Int) -> [Quaternion] {
        var generator = SplitMix64(seed: seed)
        var q = Quaternion.identity
        return (0..<count).map { index in
            let step = Vector3(
                .random(in: -0.6...0.6, using: &generator), .random(in: -0.6...0.6, using: &generator),
                .random(in: -0.6...0.6, using: &generator))
            q = (q * Quaternion(rotationVector: step)).normalized
            return index % 3 == 1 ? -q : q
        }
    }

    @Test("every knot is hit exactly", arguments: [1, 2, 3, 4, 12])
    func hitsWaypoints(count: Int) {
        let waypoints = Self.waypoints(1, count: count)
        for (index, waypoint) in waypoints.enumerated() {
            #expect(abs(LocalSpline.sample(waypoints, at: Double(index)).value - waypoint) < 1e-13)
        }
    }

    @Test("value, velocity and acceleration are continuous across knots")
    func continuity() {
        let waypoints = Self.waypoints(2, count: 20)
        for index in 1..<19 {
            let left = LocalSpline.sample(waypoints, at: Double(index) - 1e-9)
            let right = LocalSpline.sample(waypoints, at: Double(index) + 1e-9)
            #expect(abs(left.value - right.value) < 1e-7)
            #expect(abs(left.velocity - right.velocity) < 1e-6)
            #expect(abs(left.acceleration - right.acceleration) < 1e-5)
        }
    }

    @Test("velocity and acceleration are the derivatives")
    func derivatives() {
        let waypoints = Self.waypoints(3, count: 9)
        let h = 1e-5
        for step in 1..<80 {
            let x = Double(step) * 0.1 + 0.013
            guard x < 7.9 else { break }
            let (a, b, c) = (
                LocalSpline.sample(waypoints, at: x - h), LocalSpline.sample(waypoints, at: x),
                LocalSpline.sample(waypoints, at: x + h)
            )
            #expect(abs((c.value - a.value) / (2 * h) - b.velocity) < 1e-6)
            #expect(abs((c.velocity - a.velocity) / (2 * h) - b.acceleration) < 1e-5)
        }
    }

    @Test("a knot moves the curve on two intervals at each side and nowhere else")
    func locality() {
        let waypoints = Self.waypoints(4, count: 16)
        var moved = waypoints
        moved[8] += 1
        for step in 0...150 {
            let x = Double(step) * 0.1
            let same = LocalSpline.sample(waypoints, at: x) == LocalSpline.sample(moved, at: x)
            #expect(same || (x > 6 && x < 10))
        }
    }

    @Test("a parabola is reproduced")
    func reproducesParabola() {
        func parabola(_ x: Double) -> Double { 0.3 * x * x - 2 * x + 1 }
        let waypoints = (0..<10).map { parabola(Double($0)) }
        for step in 0...90 {
            let x = Double(step) * 0.1
            let point = LocalSpline.sample(waypoints, at: x)
            #expect(abs(point.value - parabola(x)) < 1e-10)
            #expect(abs(point.acceleration - 0.6) < 1e-9)
        }
    }

    @Test("samples at 50 Hz of knots at 30 Hz fall on the right places without drift")
    func grid() {
        let grid = SampleGrid(waypointRate: 30, sampleRate: 50)
        #expect(grid.interval(ofSample: 5) == (3, 0))
        #expect(grid.interval(ofSample: 5_000_000) == (3_000_000, 0))
        #expect(grid.sampleCount(throughWaypoint: 3) == 6)
        #expect(grid.sampleCount(throughWaypoint: 4) == 7)
        for sample in 0..<1000 {
            let (waypoint, fraction) = grid.interval(ofSample: sample)
            #expect(abs((Double(waypoint) + fraction) / 30 - Double(sample) / 50) < 1e-12)
        }
    }

    @Test("rotations: knots are hit, whichever sign they have, and the angular velocity is the derivative")
    func rotationSpline() {
        let waypoints = Self.rotations(5, count: 14)
        for (index, waypoint) in waypoints.enumerated() {
            #expect((RotationSpline.sample(waypoints, at: Double(index)).rotation * waypoint.conjugate).angle < 1e-7)
        }
        let h = 1e-5
        for step in 1..<128 {
            let x = Double(step) * 0.1 + 0.03
            let (a, b, c) = (
                RotationSpline.sample(waypoints, at: x - h), RotationSpline.sample(waypoints, at: x),
                RotationSpline.sample(waypoints, at: x + h)
            )
            let numeric = (a.rotation.conjugate * c.rotation).rotationVector / (2 * h)
            #expect((numeric - b.bodyAngularVelocity).length < 1e-6)
        }
        let flipped = waypoints.map { -$0 }
        #expect(
            (RotationSpline.sample(flipped, at: 4.3).rotation
                * RotationSpline.sample(waypoints, at: 4.3).rotation.conjugate)
                .angle < 1e-7)
    }

    @Test("rotations: angular velocity and acceleration are continuous across knots")
    func rotationContinuity() {
        let waypoints = Self.rotations(6, count: 14)
        let h = 1e-4
        func acceleration(_ x: Double) -> Vector3 {
            (RotationSpline.sample(waypoints, at: x + h).bodyAngularVelocity
                - RotationSpline.sample(waypoints, at: x - h).bodyAngularVelocity) / (2 * h)
        }
        for index in 2..<12 {
            let x = Double(index)
            let jump =
                RotationSpline.sample(waypoints, at: x - 1e-8).bodyAngularVelocity
                - RotationSpline.sample(waypoints, at: x + 1e-8).bodyAngularVelocity
            #expect(jump.length < 1e-5)
            #expect((acceleration(x - 1.01 * h) - acceleration(x + 1.01 * h)).length < 2e-2)
        }
    }

    @Test("rotations: a knot reaches two intervals on each side")
    func rotationLocality() {
        let waypoints = Self.rotations(7, count: 16)
        var moved = waypoints
        moved[8] = moved[8] * Quaternion(angle: 0.3, axis: Vector3(0, 1, 0))
        for step in 0...150 {
            let x = Double(step) * 0.1
            let same = RotationSpline.sample(waypoints, at: x) == RotationSpline.sample(moved, at: x)
            #expect(same || (x > 6 && x < 10))
        }
    }
}
