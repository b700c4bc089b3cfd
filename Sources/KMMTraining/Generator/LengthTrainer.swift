import Foundation
import Geometry
public import KMM
import Tensors

/// Fits the length estimator to the captions' stretches.
public enum LengthTrainer {
    /// A trained estimator, and its mean absolute error of ln(seconds) on another split.
    public static func train(
        on data: TokenDataSet, validation: TokenDataSet?, steps: Int = 1500, seed: UInt64 = 4
    ) throws(TrainingFailure) -> (estimator: LengthEstimator, error: Float) {
        var random = SplitMix64(seed: seed)
        let width = data.prompts.first?.pooled.count ?? 384
        let estimator = LengthEstimator(textWidth: width, using: &random)
        let optimizer = AdamW(estimator.parameters)
        let schedule = WarmupCosine(peak: 2e-3, warmup: 50, total: steps)
        for step in 0..<steps {
            let items = (0..<64).map { _ in data.draw(using: &random) }
            let loss = predict(items, data, estimator).smoothL1(to: target(items, data))
            try TrainingFailure.check(loss.item, "loss", step: step + 1)
            loss.backward()
            try optimizer.step(rate: schedule.rate(at: step))
        }
        estimator.setRequiresGradient(false)
        guard let validation, !validation.items.isEmpty else { return (estimator, .nan) }
        let items = Array(validation.items.indices)
        let (found, wanted) = (predict(items, validation, estimator), target(items, validation))
        let error = (0..<found.count).reduce(Float(0)) { $0 + abs(found.data[$1] - wanted.data[$1]) }
        return (estimator, error / Float(found.count))
    }

    private static func predict(_ items: [Int], _ data: TokenDataSet, _ estimator: LengthEstimator) -> Tensor {
        let pooled = items.map { data.prompts[data.items[$0].text].pooled }
        return estimator(Tensor(pooled.flatMap { $0 }, shape: [items.count, pooled[0].count]))
    }

    private static func target(_ items: [Int], _ data: TokenDataSet) -> Tensor {
        let seconds = Double(MotionTokenizer.framesPerToken) / MotionGenerator.frameRate
        return Tensor(
            items.map { Float(log(Double(data.items[$0].tokens.count) * seconds)) }, shape: [items.count, 1])
    }
}
