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

    @Test("the kinematics loss is zero on the truth and its gradient equals differences")
    func kinematics() {
        var random = SplitMix64(seed: 41)
        let tokenizer = Self.tokenizer(deviations: 0.5...2, using: &random)
        let frames = (0..<3).map { _ in
            HumanFrame(
                pelvis: Vector3(0, 0.9, 0),
                rotations: (0..<22).map { joint in
                    let v = Vector3(
                        .random(in: -1...1, using: &random), .random(in: -1...1, using: &random),
                        .random(in: -1...1, using: &random))
                    return joint == 0 ? .identity : Quaternion(rotationVector: v * 0.5)
                })
        }
        let truth = MotionFeatures(HumanClip(frameRate: 30, frames: frames)).values
        truth.withUnsafeBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            let prediction = tokenizer.normalized(target, frames: 3)
            prediction.setRequiresGradient(true)
            let loss = ForwardKinematicsLoss()
            #expect(loss(prediction, target: target, tokenizer: tokenizer).item < 1e-6)

            for index in 0..<prediction.count { prediction.data[index] += .random(in: -0.15...0.15, using: &random) }
            loss(prediction, target: target, tokenizer: tokenizer).backward()
            for _ in 0..<200 {
                let column = Int.random(in: MotionFeatures.rotations, using: &random)
                let index = Int.random(in: 0..<3, using: &random) * 276 + column
                let kept = prediction.data[index]
                var values: [Float] = []
                for step in [Float(2e-3), -2e-3] {
                    prediction.data[index] = kept + step
                    values.append(loss(prediction, target: target, tokenizer: tokenizer).item)
                }
                prediction.data[index] = kept
                let slope = (values[0] - values[1]) / 4e-3
                #expect(abs(prediction.gradient[index] - slope) < 2e-3 + 0.03 * abs(slope))
            }
        }
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
