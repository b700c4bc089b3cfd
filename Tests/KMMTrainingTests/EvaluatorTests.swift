import Foundation
import KMM
import MotionFixtures
import Tensors
import Testing
import TextEncoding

@testable import KMMEvaluation
@testable import KMMTraining
@testable import MotionData

@Suite("Evaluators")
struct EvaluatorTests {
    @Test(
        "an evaluator learns a small set, reads each motion for itself, and keeps what it learned in a file",
        .enabled(if: SmallCollection.hasTextEncoder, "no Models/minilm-l6"))
    func evaluator() throws {
        let data = try SmallCollection.prepared()
        let encoder = try SentenceEncoder(directory: SmallCollection.textEncoder)
        var options = EvaluatorTrainingOptions()
        (options.steps, options.batch) = (30, 2)
        let trainer = try EvaluatorTrainer(data, encoder: encoder, options: options)
        let losses = try (0..<30).map { _ in try trainer.step() }
        #expect(losses[29].reconstruction < losses[0].reconstruction)

        let motions = CaptionedMotions(data, split: .train)
        let features = motions.items.prefix(3).map { motions.motion($0) }
        let together = EmbeddingRows(trainer.average.embed(Array(features)))
        for (index, motion) in features.enumerated() {
            let alone = EmbeddingRows(trainer.average.embed([motion]))[0]
            #expect(EmbeddingRows.distance(alone, together[index]) < 1e-5, "a longer neighbour changes an embedding")
            let squares = alone.reduce(0) { $0 + $1 * $1 }
            #expect(abs(squares - 1) < 1e-5)
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("e-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: path) }
        try ModelFile.write(trainer.average, configuration: trainer.average.configuration, to: path.path)
        let read = try MotionTextEvaluator(path: path.path)
        let again = EmbeddingRows(read.embed(["a person walks"]))[0]
        #expect(EmbeddingRows.distance(again, EmbeddingRows(trainer.average.embed(["a person walks"]))[0]) < 1e-6)
    }
}
