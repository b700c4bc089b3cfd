import Geometry
import HumanMotion
import KMM
import Tensors
import Testing

@testable import KMMTraining

@Suite("Losses of training")
struct LossTests {
    @Test("the kinematics loss is zero on the truth and its gradient equals differences")
    func kinematics() {
        var random = SplitMix64(seed: 41)
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes) = (16, 16, 16)
        let tokenizer = MotionTokenizer(sizes, using: &random)
        for column in 0..<276 { tokenizer.deviation.data[column] = .random(in: 0.5...2, using: &random) }
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
    @Test("AdamW finds the minimum of a quadratic and ignores a gradient that is not finite")
    func descent() {
        let x = Tensor([3, -2], shape: [2], requiresGradient: true)
        let optimizer = AdamW([("x", x)])
        for _ in 0..<400 {
            (x * x).meanRows(of: [0..<1]).linear(Tensor([1, 1], shape: [1, 2])).backward()
            optimizer.step(rate: 0.05)
        }
        #expect(abs(x.data[0]) < 0.02 && abs(x.data[1]) < 0.02)
        let before = x.values
        x.gradient[0] = .nan
        optimizer.step(rate: 0.05)
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
