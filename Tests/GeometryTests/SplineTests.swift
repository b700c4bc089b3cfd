import Foundation
import Geometry
import Testing

@Suite("Splines")
struct SplineTests {
    static func knots(_ seed: UInt64, count: Int) -> [Double] {
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
    func hitsKnots(count: Int) {
        let knots = Self.knots(1, count: count)
        for (index, knot) in knots.enumerated() {
            #expect(abs(LocalSpline.sample(knots, at: Double(index)).value - knot) < 1e-13)
        }
    }

    @Test("value, velocity and acceleration are continuous across knots")
    func continuity() {
        let knots = Self.knots(2, count: 20)
        for index in 1..<19 {
            let left = LocalSpline.sample(knots, at: Double(index) - 1e-9)
            let right = LocalSpline.sample(knots, at: Double(index) + 1e-9)
            #expect(abs(left.value - right.value) < 1e-7)
            #expect(abs(left.velocity - right.velocity) < 1e-6)
            #expect(abs(left.acceleration - right.acceleration) < 1e-5)
        }
    }

    @Test("velocity and acceleration are the derivatives")
    func derivatives() {
        let knots = Self.knots(3, count: 9)
        let h = 1e-5
        for step in 1..<80 {
            let x = Double(step) * 0.1 + 0.013
            guard x < 7.9 else { break }
            let (a, b, c) = (
                LocalSpline.sample(knots, at: x - h), LocalSpline.sample(knots, at: x),
                LocalSpline.sample(knots, at: x + h)
            )
            #expect(abs((c.value - a.value) / (2 * h) - b.velocity) < 1e-6)
            #expect(abs((c.velocity - a.velocity) / (2 * h) - b.acceleration) < 1e-5)
        }
    }

    @Test("a knot moves the curve on two intervals at each side and nowhere else")
    func locality() {
        let knots = Self.knots(4, count: 16)
        var moved = knots
        moved[8] += 1
        for step in 0...150 {
            let x = Double(step) * 0.1
            let same = LocalSpline.sample(knots, at: x) == LocalSpline.sample(moved, at: x)
            #expect(same || (x > 6 && x < 10))
        }
    }

    @Test("a parabola is reproduced")
    func reproducesParabola() {
        func parabola(_ x: Double) -> Double { 0.3 * x * x - 2 * x + 1 }
        let knots = (0..<10).map { parabola(Double($0)) }
        for step in 0...90 {
            let x = Double(step) * 0.1
            let point = LocalSpline.sample(knots, at: x)
            #expect(abs(point.value - parabola(x)) < 1e-10)
            #expect(abs(point.acceleration - 0.6) < 1e-9)
        }
    }

    @Test("samples at 50 Hz of knots at 30 Hz fall on the right places without drift")
    func grid() {
        let grid = SampleGrid(knotRate: 30, sampleRate: 50)
        #expect(grid.interval(ofSample: 5) == (3, 0))
        #expect(grid.interval(ofSample: 5_000_000) == (3_000_000, 0))
        #expect(grid.sampleCount(throughKnot: 3) == 6)
        #expect(grid.sampleCount(throughKnot: 4) == 7)
        for sample in 0..<1000 {
            let (knot, fraction) = grid.interval(ofSample: sample)
            #expect(abs((Double(knot) + fraction) / 30 - Double(sample) / 50) < 1e-12)
        }
    }

    @Test("rotations: knots are hit, whichever sign they have, and the angular velocity is the derivative")
    func rotationSpline() {
        let knots = Self.rotations(5, count: 14)
        for (index, knot) in knots.enumerated() {
            #expect((RotationSpline.sample(knots, at: Double(index)).rotation * knot.conjugate).angle < 1e-7)
        }
        let h = 1e-5
        for step in 1..<128 {
            let x = Double(step) * 0.1 + 0.03
            let (a, b, c) = (
                RotationSpline.sample(knots, at: x - h), RotationSpline.sample(knots, at: x),
                RotationSpline.sample(knots, at: x + h)
            )
            let numeric = (a.rotation.conjugate * c.rotation).rotationVector / (2 * h)
            #expect((numeric - b.bodyAngularVelocity).length < 1e-6)
        }
        let flipped = knots.map { -$0 }
        #expect(
            (RotationSpline.sample(flipped, at: 4.3).rotation * RotationSpline.sample(knots, at: 4.3).rotation.conjugate)
                .angle < 1e-7)
    }

    @Test("rotations: angular velocity and acceleration are continuous across knots")
    func rotationContinuity() {
        let knots = Self.rotations(6, count: 14)
        let h = 1e-4
        func acceleration(_ x: Double) -> Vector3 {
            (RotationSpline.sample(knots, at: x + h).bodyAngularVelocity
                - RotationSpline.sample(knots, at: x - h).bodyAngularVelocity) / (2 * h)
        }
        for index in 2..<12 {
            let x = Double(index)
            let jump =
                RotationSpline.sample(knots, at: x - 1e-8).bodyAngularVelocity
                - RotationSpline.sample(knots, at: x + 1e-8).bodyAngularVelocity
            #expect(jump.length < 1e-5)
            #expect((acceleration(x - 1.01 * h) - acceleration(x + 1.01 * h)).length < 2e-2)
        }
    }

    @Test("rotations: a knot reaches two intervals on each side")
    func rotationLocality() {
        let knots = Self.rotations(7, count: 16)
        var moved = knots
        moved[8] = moved[8] * Quaternion(angle: 0.3, axis: Vector3(0, 1, 0))
        for step in 0...150 {
            let x = Double(step) * 0.1
            let same = RotationSpline.sample(knots, at: x) == RotationSpline.sample(moved, at: x)
            #expect(same || (x > 6 && x < 10))
        }
    }
}
