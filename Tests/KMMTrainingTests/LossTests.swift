import Geometry
import HumanBody
import HumanMotion
import KMM
import Tensors
import Testing

@testable import KMMTraining

@Suite("Losses of training")
struct LossTests {
    /// A small tokenizer whose features have deviations of their own.
    private static func tokenizer(deviations: ClosedRange<Float>, using random: inout SplitMix64) -> MotionTokenizer {
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes) = (16, 16, 16)
        let tokenizer = MotionTokenizer(sizes, using: &random)
        for column in 0..<276 { tokenizer.deviation.data[column] = .random(in: deviations, using: &random) }
        return tokenizer
    }

    /// Frames in any pose, as rows.
    private static func anyPoses(_ count: Int, using random: inout SplitMix64) -> [Float] {
        let frames = (0..<count).map { frame in
            HumanFrame(
                pelvis: Vector3(0.01 * Double(frame), 0.9, 0.02 * Double(frame)),
                rotations: (0..<22).map { joint in
                    let v = Vector3(
                        .random(in: -1...1, using: &random), .random(in: -1...1, using: &random),
                        .random(in: -1...1, using: &random))
                    return joint == 0
                        ? Quaternion(angle: 0.2 * Double(frame), axis: Vector3(0, 1, 0))
                        : Quaternion(rotationVector: v * 0.5)
                },
                contacts: FootContacts(leftAnkle: 1, leftToe: 1, rightAnkle: 0, rightToe: 0))
        }
        return MotionFeatures(HumanClip(frameRate: 30, frames: frames)).values
    }

    @Test("losses of the body are zero on the truth and their gradients equal differences", arguments: [false, true])
    func body(ofVelocities: Bool) {
        var random = SplitMix64(seed: 41)
        let tokenizer = Self.tokenizer(deviations: 0.5...2, using: &random)
        let truth = Self.anyPoses(4, using: &random)
        // So soft that no error leaves the smooth part of Huber's loss.
        let velocities = JointVelocityLoss(scale: 200)
        truth.withUnsafeBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            let loss = { (prediction: Tensor) in
                let body = PredictedBody(prediction, tokenizer: tokenizer)
                return ofVelocities
                    ? velocities(body, target: target, window: 4) : ForwardKinematicsLoss()(body, target: target)
            }
            let prediction = tokenizer.normalized(target, frames: 4)
            prediction.setRequiresGradient(true)
            #expect(loss(prediction).item < 1e-6)

            for index in 0..<prediction.count { prediction.data[index] += .random(in: -0.15...0.15, using: &random) }
            loss(prediction).backward()
            let root = ofVelocities ? [0, 1, 4, MotionFeatures.positions.lowerBound + 1] : []
            let columns = root + (0..<100).map { _ in Int.random(in: MotionFeatures.rotations, using: &random) }
            let largest = (0..<prediction.count).map { abs(prediction.gradient[$0]) }.max() ?? 0
            for column in columns {
                for row in 0..<4 {
                    let index = row * 276 + column
                    let kept = prediction.data[index]
                    var values: [Float] = []
                    for step in [Float(4e-3), -4e-3] {
                        prediction.data[index] = kept + step
                        values.append(loss(prediction).item)
                    }
                    prediction.data[index] = kept
                    let slope = (values[0] - values[1]) / 8e-3
                    #expect(abs(prediction.gradient[index] - slope) < 0.03 * (abs(slope) + largest), "\(column)")
                }
            }
        }
    }

    @Test("of two feet that slide alike, the one that should stand costs more")
    func sliding() {
        var random = SplitMix64(seed: 44)
        let tokenizer = Self.tokenizer(deviations: 1...1, using: &random)
        // Nothing moves, the left foot stands.
        let still = HumanFrame(
            pelvis: Vector3(0, 0.9, 0), rotations: Array(repeating: .identity, count: 22),
            contacts: FootContacts(leftAnkle: 1, leftToe: 1, rightAnkle: 0, rightToe: 0))
        let truth = MotionFeatures(HumanClip(frameRate: 30, frames: Array(repeating: still, count: 12))).values
        func cost(hip: Int) -> Float {
            truth.withUnsafeBufferPointer { buffer in
                guard let target = buffer.baseAddress else { return .nan }
                let prediction = tokenizer.normalized(target, frames: 12)
                for row in 0..<12 {
                    let swing = Rotation6D(Matrix3(Quaternion(angle: 0.02 * Double(row), axis: Vector3(1, 0, 0))))
                    let six = [swing.first, swing.second].flatMap { [$0.x, $0.y, $0.z] }
                    for (axis, value) in six.enumerated() {
                        prediction.data[row * 276 + MotionFeatures.rotations.lowerBound + 6 * hip + axis] = Float(value)
                    }
                }
                return JointVelocityLoss()(
                    PredictedBody(prediction, tokenizer: tokenizer), target: target, window: 12
                ).item
            }
        }
        #expect(cost(hip: 1) > 3 * cost(hip: 2))
    }

    @Test("the course loss tells where a path ends, not how it jitters; its gradient equals differences")
    func course() {
        var random = SplitMix64(seed: 43)
        let tokenizer = Self.tokenizer(deviations: 0.01...0.05, using: &random)
        let (window, loss) = (24, CourseLoss())
        func features(_ value: (Int) -> Float) -> Tensor {
            Tensor((0..<(2 * window * 276)).map(value), shape: [2 * window, 276])
        }
        let target = features { _ in .random(in: -1...1, using: &random) }
        func item(_ prediction: Tensor) -> Float {
            loss(prediction, target: target, window: window, tokenizer: tokenizer).item
        }
        #expect(item(target) == 0)
        // Of the same size: once always to the left, once to and fro.
        let speed = 0.01 / tokenizer.deviation.data[0]
        let drift = features { target.data[$0] + ($0 % 276 == 0 ? speed : 0) }
        let jitter = features { target.data[$0] + ($0 % 276 == 0 ? ($0 / 276 % 2 == 0 ? speed : -speed) : 0) }
        #expect(item(drift) > 20 * item(jitter) && item(jitter) > 0)

        let prediction = features { target.data[$0] + .random(in: -1...1, using: &random) }
        prediction.setRequiresGradient(true)
        loss(prediction, target: target, window: window, tokenizer: tokenizer).backward()
        for column in [0, 1, 4] {
            for row in 0..<(2 * window) {
                let index = row * 276 + column
                let kept = prediction.data[index]
                var values: [Float] = []
                for step in [Float(0.05), -0.05] {
                    prediction.data[index] = kept + step
                    values.append(item(prediction))
                }
                prediction.data[index] = kept
                #expect(abs(prediction.gradient[index] - (values[0] - values[1]) / 0.1) < 1e-4)
            }
        }
        #expect((0..<(2 * window)).allSatisfy { prediction.gradient[$0 * 276 + 20] == 0 })
    }

    @Test("unrelated text and motion give a contrastive loss near ln B; shuffled texts change it")
    func contrastive() {
        var random = SplitMix64(seed: 42)
        let rows = { (seed: UInt64) in
            var random = SplitMix64(seed: seed)
            return Tensor((0..<(32 * 64)).map { _ in .random(in: -1...1, using: &random) }, shape: [32, 64])
                .normalizedRows()
        }
        let scale = Tensor([0], shape: [1])
        #expect(abs(rows(1).contrastiveLoss(with: rows(2), logScale: scale).item - 3.466) < 0.1)
        let sharp = Tensor([3], shape: [1])
        let matched = rows(1).contrastiveLoss(with: rows(1), logScale: sharp).item
        let shuffled = rows(1).gatherRows(Array(0..<32).shuffled(using: &random))
            .contrastiveLoss(with: rows(1), logScale: sharp).item
        #expect(matched < 0.1)
        #expect(shuffled > 2)
    }
}

@Suite("Optimisation")
struct OptimizationTests {
    @Test("AdamW finds the minimum of a quadratic and refuses a gradient that is not finite")
    func descent() throws {
        let x = Tensor([3, -2], shape: [2], requiresGradient: true)
        let optimizer = AdamW([("x", x)])
        for _ in 0..<400 {
            (x * x).meanRows(of: [0..<1]).linear(Tensor([1, 1], shape: [1, 2])).backward()
            try optimizer.step(rate: 0.05)
        }
        #expect(abs(x.data[0]) < 0.02 && abs(x.data[1]) < 0.02)
        let before = x.values
        x.gradient[0] = .nan
        #expect(throws: TrainingFailure.notFinite("gradient", step: 401)) { try optimizer.step(rate: 0.05) }
        #expect(x.values == before)
    }

    @Test("the rate warms up to its peak and falls to almost nothing")
    func schedule() {
        let schedule = WarmupCosine(peak: 1, warmup: 10, total: 100)
        #expect(schedule.rate(at: 0) == 0.1)
        #expect(schedule.rate(at: 9) == 1)
        #expect((9..<99).allSatisfy { schedule.rate(at: $0) >= schedule.rate(at: $0 + 1) })
        #expect(schedule.rate(at: 100) < 0.01)
    }
}
