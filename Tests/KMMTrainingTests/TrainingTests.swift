import Foundation
import Geometry
import HumanMotion
import KMM
import Tensors
import Testing
import TextEncoding

@testable import KMMTraining

/// The toy collection of the preparation's tests, prepared once.
enum SmallCollection {
    static let textEncoder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Models/minilm-l6").path
    static let hasTextEncoder = FileManager.default.fileExists(atPath: textEncoder)

    static func prepared() throws -> PreparedDataSet {
        let folder = try DataPreparationTests.collection()
        let out = folder.url.appendingPathComponent("out")
        _ = try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"])
        return try PreparedDataSet(directory: out)
    }
}

@Suite("Training runs", .serialized)
struct TrainingTests {
    @Test("a tokenizer that is interrupted and resumed is the tokenizer that was not")
    func resume() throws {
        let data = try SmallCollection.prepared()
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (32, 16, 16, 2)
        var options = TokenizerTrainingOptions()
        (options.steps, options.batch, options.window) = (12, 2, 32)
        let make = { try TokenizerTrainer(data: data, configuration: sizes, options: options) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }

        let whole = try make()
        let losses = (0..<12).map { _ in whole.step().loss }
        #expect(losses[11] < losses[0])

        let first = try make()
        try TrainingRun(directory: folder, steps: 5).run(from: 0, columns: ["loss"], state: { first.state }) {
            [first.step().loss]
        }
        let second = try make()
        let run = try TrainingRun(directory: folder, steps: 12)
        let start = try run.resume(second.state)
        #expect(start == 5)
        second.resume(after: start)
        try run.run(from: start, columns: ["loss"], state: { second.state }) { [second.step().loss] }
        for (a, b) in zip(whole.tokenizer.parameters, second.tokenizer.parameters) {
            let isSame = a.tensor.values == b.tensor.values
            #expect(isSame, "\(a.name) differs")
        }
    }

    @Test(
        "both generators learn a small set by heart",
        .enabled(if: SmallCollection.hasTextEncoder, "needs Models/minilm-l6"))
    func generators() throws {
        let data = try SmallCollection.prepared()
        var random = SplitMix64(seed: 51)
        var tokens = TokenizerConfiguration()
        (tokens.width, tokens.codeWidth, tokens.codes, tokens.quantizers) = (32, 16, 16, 2)
        let tokenizer = MotionTokenizer(tokens, using: &random)
        tokenizer.setRequiresGradient(false)
        let set = try TokenDataSet(
            data, split: .train, tokenizer: tokenizer,
            encoder: SentenceEncoder(directory: SmallCollection.textEncoder))
        #expect(!set.items.isEmpty)
        var sizes = GeneratorConfiguration()
        (sizes.codes, sizes.quantizers, sizes.width, sizes.depth) = (16, 2, 32, 2)
        (sizes.headWidth, sizes.latentWidth, sizes.alignmentWidth) = (32, 16, 16)
        for masking in MaskingStrategy.allCases {
            var options = GeneratorTrainingOptions()
            (options.steps, options.batch, options.rate, options.masking) = (30, 4, 5e-3, masking)
            let trainer = GeneratorTrainer(data: set, configuration: sizes, options: options)
            let reports = (0..<30).map { _ in trainer.step() }
            #expect(reports.allSatisfy { $0.loss.isFinite })
            #expect(
                reports.suffix(5).reduce(0) { $0 + $1.crossEntropy }
                    < reports.prefix(5).reduce(0) { $0 + $1.crossEntropy })
        }
        var options = GeneratorTrainingOptions()
        (options.steps, options.batch, options.rate) = (30, 4, 5e-3)
        let trainer = ResidualTrainer(data: set, configuration: sizes, options: options)
        let reports = (0..<30).map { _ in trainer.step() }
        #expect(reports.suffix(5).reduce(0) { $0 + $1.loss } < reports.prefix(5).reduce(0) { $0 + $1.loss })
    }
}
