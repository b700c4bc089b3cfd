import Foundation
import Geometry
import HumanBody
import HumanMotion
import KMM
import MotionFixtures
import Testing
import TextEncoding

@testable import KMMEvaluation

@Suite("Metrics")
struct MetricsTests {
    /// Normal points around `mean` with the given deviation of every coordinate.
    private func cloud(_ count: Int, mean: [Double], deviation: Double = 1, seed: UInt64) -> EmbeddingRows {
        var random = SplitMix64(seed: seed)
        return EmbeddingRows(
            (0..<count).map { _ in
                mean.map { centre in
                    let radius = (-2 * log(Double.random(in: .leastNormalMagnitude...1, using: &random))).squareRoot()
                    return centre + deviation * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
                }
            })
    }

    @Test("the Fréchet distance is 0 to itself, small between halves, and knows shift and scale")
    func frechet() {
        let points = cloud(2000, mean: [0, 1, 2], seed: 1)
        #expect(abs(SetDistance.frechet(points, points)) < 1e-9)
        let halves = SetDistance.frechet(points.subset(0..<1000), points.subset(1000..<2000))
        #expect(halves < 0.02)
        let moved = EmbeddingRows(points.rows.map { [$0[0] + 3, $0[1], $0[2] - 4] })
        #expect(abs(SetDistance.frechet(points, moved) - 25) < 1e-9)
        // Twice the deviation in every direction: Σ (σ − 2σ)² = tr Σ.
        let (mean, covariance) = SymmetricMatrix.covariance(points)
        let wide = EmbeddingRows(points.rows.map { row in row.indices.map { mean[$0] + 2 * (row[$0] - mean[$0]) } })
        #expect(abs(SetDistance.frechet(points, wide) - covariance.trace) < 1e-9)
    }

    @Test("eigenvalues and square roots are those of the matrix")
    func eigen() {
        let values = [4.0, 1, 0.5, 1, 3, -0.2, 0.5, -0.2, 2]
        let matrix = SymmetricMatrix(size: 3, values: values)
        #expect(abs(matrix.eigen().values.reduce(0, +) - 9) < 1e-12)
        let root = matrix.squareRoot()
        let identity = SymmetricMatrix(size: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
        for (a, b) in zip(root.sandwich(identity).values, values) { #expect(abs(a - b) < 1e-10) }
    }

    @Test("the kernel distance does not read small sets too large")
    func kernel() {
        // By hand: a = {1, −1}, b = {0, 0}: within a (1 − 1)³ = 0, within b 1, between 1.
        let (a, b) = (EmbeddingRows([[1], [-1]]), EmbeddingRows([[0], [0]]))
        #expect(abs(SetDistance.kernel(a, b) + 1) < 1e-12)
        let mean = (0..<200).reduce(0.0) { sum, seed in
            let points = cloud(16, mean: [0, 0, 0], deviation: 0.5, seed: UInt64(seed))
            return sum + SetDistance.kernel(points.subset(0..<8), points.subset(8..<16)) / 200
        }
        #expect(abs(mean) < 0.1)
        let far = SetDistance.kernel(cloud(50, mean: [0, 0], seed: 1), cloud(50, mean: [1, 0], seed: 2))
        #expect(far > 0.5)
    }

    @Test("diversity and multimodality are mean distances")
    func spread() {
        var random = SplitMix64(seed: 1)
        let two = EmbeddingRows([[0, 0], [3, 4]])
        #expect(SetDistance.diversity(two, using: &random) == 5)
        let expected = (5 + 4.0 / 3) / 2
        #expect(SetDistance.multiModality([two, EmbeddingRows([[0], [1], [2]])]) == expected)
    }

    @Test("R-precision is 1 for perfect partners, by chance for strangers, and never pits a caption against itself")
    func retrieval() {
        let points = cloud(200, mean: [Double](repeating: 0, count: 16), seed: 3)
        let pairs = (0..<200).map { RetrievalScore.Pair(text: $0, motion: $0, origin: $0) }
        var random = SplitMix64(seed: 1)
        let perfect = RetrievalScore(
            texts: points, motions: points, pairs: pairs, isAlike: ==, batches: 5, using: &random)
        #expect(perfect.precision == [1, 1, 1])
        #expect(perfect.distance == 0)

        let strangers = RetrievalScore(
            texts: cloud(200, mean: [Double](repeating: 0, count: 16), seed: 4), motions: points, pairs: pairs,
            isAlike: ==, batches: 60, using: &random)
        for rank in 0..<3 { #expect(abs(strangers.precision[rank] - Double(rank + 1) / 32) < 0.025) }

        // Captions 2k and 2k + 1 are one caption in two wordings with one place: a batch may hold one of them only.
        let doubled = EmbeddingRows((0..<200).map { points[$0 / 2] })
        let alike = RetrievalScore(
            texts: doubled, motions: doubled, pairs: pairs, isAlike: { $0 / 2 == $1 / 2 }, batches: 5, using: &random)
        #expect(alike.precision == [1, 1, 1])
        // Equally near motions share the rank of the last of them.
        let fooled = RetrievalScore(
            texts: doubled, motions: doubled, pairs: Array(pairs.prefix(8)), isAlike: ==, batches: 1, using: &random)
        #expect(fooled.precision == [0, 1, 1])
    }

    @Test("the interval of a mean is that of the mean")
    func interval() {
        let values = cloud(400, mean: [5], deviation: 2, seed: 8).rows.map { $0[0] }
        let estimate = Estimate.halves(of: 400, seed: 1) { half, _, _ in
            [half.reduce(0) { $0 + values[$1] } / Double(half.count)]
        }[0]
        let mean = values.reduce(0, +) / 400
        #expect(abs(estimate.mean - mean) < 0.1)
        // 1.96 · 2 / √400, from 20 repeats only.
        #expect(abs(estimate.interval - 0.196) < 0.12)
    }

    @Test("peak jerk and the area under it, on curves by hand")
    func jerk() {
        func crop(_ position: (Double) -> Double) -> [[Vector3]] {
            (0..<30).map { [Vector3(position(Double($0)), 0, 1), Vector3(0, 2 * position(Double($0)), 0)] }
        }
        // Constant acceleration has none; what is missing to the real level is its area over 27 steps.
        let smooth = TransitionJerk([crop { 0.01 * $0 * $0 }], real: 0.02)
        #expect(smooth.peak < 1e-12)
        #expect(abs(smooth.area - 27 * 0.02) < 1e-9)
        // a t³ has 6 a everywhere; the second joint has twice as much.
        let cubic = TransitionJerk([crop { 0.001 * $0 * $0 * $0 }], real: 0.012)
        #expect(abs(cubic.peak - 0.012) < 1e-9)
        #expect(cubic.area < 1e-9)
        // A jump by h shows as h, 2h, h.
        let jump = TransitionJerk([crop { $0 < 15 ? 0 : 0.1 }], real: 0)
        #expect(abs(jump.peak - 0.4) < 1e-9)
        #expect(abs(jump.area - 0.8) < 1e-9)
        #expect(abs(TransitionJerk.mean([crop { $0 < 15 ? 0 : 0.1 }]) - 0.8 / 27) < 1e-9)
    }

    @Test("skating, penetration and jolts are what they are")
    func body() {
        let slide = Puppet.clip { time, frame in
            frame.pelvis += Vector3(0.3, -0.01, 0.4) * 1 + Vector3(0.3, 0, 0.4) * time
        }
        let seen = BodyQuality([slide])
        #expect(abs(seen.skating - 50) < 0.01)
        #expect(seen.penetration > 0.9 && seen.penetration < 2)
        #expect(seen.jerkInside < 1e-6)
        // A jolt of 10 cm at frame 45 shows in the three differences across it: 1, 2, 1 times.
        let jolt = Puppet.clip { time, frame in frame.pelvis.x += time < 1.499 ? 0 : 0.1 }
        let across = BodyQuality([jolt], borders: [[45]])
        let mean = (100 + 200 + 100) / 3.0
        #expect(abs(across.jerkAtBorders - mean) < 1e-6)
        #expect(across.jerkInside < 1e-6)
    }

    @Test("captions name a side of something, or they are not judged")
    func claims() {
        func claim(_ text: String) -> String? {
            SideConfusion.claim(of: text).map { "\($0.part.rawValue) \($0.isLeft ? "left" : "right")" }
        }
        #expect(claim("A person waves the right hand.") == "arm right")
        #expect(claim("a person walks and turns left") == "turn left")
        #expect(claim("a person kicks with the left leg") == "leg left")
        #expect(claim("a person walks forward and drifts to the right") == "way right")
        #expect(claim("a person bends down and puts something on the floor with the right hand") == "reach right")
        #expect(claim("a person walks") == nil)
        #expect(claim("waves the left hand, then the right hand") == nil)
        #expect(claim("a person balances on the left foot") == nil)
        #expect(claim("turns left while waving a hand") == nil)
    }

    @Test("a mirrored motion under the old caption is a confusion", arguments: ["turn_left"])
    func confusion(fixture: String) throws {
        let clip = try Fixture.clip(fixture)
        var sides = SideConfusion()
        sides.judge(MotionFeatures(clip), caption: "a person walks and turns left")
        sides.judge(MotionFeatures(clip.mirrored()), caption: "a person walks and turns right")
        #expect(sides.judged == 2 && sides.confused == 0)
        sides.judge(MotionFeatures(clip.mirrored()), caption: "a person walks and turns left")
        #expect(sides.judged == 3 && sides.confused == 1)
        #expect(abs(sides.rate - 1.0 / 3) < 1e-12)
    }

    @Test("who puts something down shows the hand that comes lower, though the other one swings; who stands shows none")
    func reaching() {
        let still = WalkingBody.clip(60) { _ in (0, 0, 0) }
        var reach = still
        for index in reach.frames.indices {
            let t = Double(index) / 59
            // Left shoulder swings to and fro, the trunk leans to the right.
            reach.frames[index].rotations[.leftShoulder] = Quaternion(
                angle: -1.4 + 0.5 * sin(40 * t), axis: Vector3(0, 0, 1))
            reach.frames[index].rotations[.spine1] = Quaternion(angle: 0.6 * t, axis: Vector3(0, 0, 1))
        }
        var sides = SideConfusion()
        sides.judge(MotionFeatures(reach), caption: "a person puts something on the floor with the right hand")
        sides.judge(
            MotionFeatures(reach.mirrored()), caption: "a person puts something on the floor with the left hand")
        #expect(sides.judged == 2 && sides.confused == 0 && sides.unclear == 0)
        sides.judge(MotionFeatures(reach), caption: "a person puts something on the floor with the left hand")
        #expect(sides.judged == 3 && sides.confused == 1 && sides.unclear == 0)
        sides.judge(MotionFeatures(still), caption: "a person waves the left hand")
        #expect(sides.judged == 4 && sides.unclear == 1)
    }
}
