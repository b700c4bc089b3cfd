import Foundation
import Geometry
import KMM
import Tensors
import Testing

@testable import KMMTraining

@Suite("Codebooks that grow")
struct CodeGrowthTests {
    private static func file(_ module: some Module, _ configuration: some Encodable) throws -> SafeTensors {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("grow-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try ModelFile.write(module, configuration: configuration, to: path)
        return try SafeTensors(path: path)
    }

    @Test("a split tokenizer codes near to what it coded before, and tells the parts of a code apart")
    func tokenizer() throws {
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 8, 8, 2)
        var random = SplitMix64(seed: 3)
        let small = MotionTokenizer(sizes, using: &random)
        let file = try Self.file(small, sizes)
        sizes.codes = 24
        let large = MotionTokenizer(sizes, using: &random)
        try CodeGrowth(from: 8, to: 24, spread: 0.01).read(large, from: file)
        let rows = Initialization.normal(1)([200, 8], using: &random)
        let (coarse, fine) = (small.quantizer.nearest(rows, layer: 0), large.quantizer.nearest(rows, layer: 0))
        // A row halfway between two codes may go to a part of the other one.
        #expect(zip(coarse, fine).count { $0 == $1 % 8 } > 190)
        #expect(Set(fine).count > 12)
        for (name, tensor) in small.parameters where !name.contains("codebook") {
            let grown = try #require(large.parameters.first { $0.name == name })
            #expect(grown.tensor.values == tensor.values, "\(name)")
        }
    }

    @Test("a split generator gives each part of a code an equal share of its probability")
    func generator() throws {
        var sizes = GeneratorConfiguration()
        (sizes.codes, sizes.quantizers, sizes.width, sizes.depth) = (6, 2, 16, 1)
        (sizes.headWidth, sizes.textWidth, sizes.latentWidth, sizes.alignmentWidth) = (12, 8, 8, 8)
        var random = SplitMix64(seed: 4)
        let small = MaskedGenerator(sizes, using: &random)
        let file = try Self.file(small, sizes)
        sizes.codes = 12
        let large = MaskedGenerator(sizes, using: &random)
        try CodeGrowth(from: 6, to: 12).read(large, from: file)
        let span = PromptedSpan(prompt: 0, count: 4, firstIndex: 0, left: 4, hasHeader: true, hasSuffix: true)
        let input = GeneratorInput(prompts: [.null], sequences: [PromptedSequence(spans: [span], committed: 0)])
        func logits(_ network: MaskedGenerator, _ ids: [Int]) -> Tensor {
            var states: [MixerState] = []
            return network.head(network.hidden(network.prepare(input), ids: ids, states: &states))
        }
        let (coarse, fine) = (logits(small, [6, 2, 6, 5]), logits(large, [12, 8, 12, 5]))
        for row in 0..<4 {
            for code in 0..<12 {
                #expect(abs(fine.values[row * 12 + code] - coarse.values[row * 6 + code % 6]) < 1e-5)
            }
        }
    }

    @Test("codes that cannot be shared out are refused, and so are other sizes")
    func refused() throws {
        #expect(throws: TrainingFailure.codesNotSplit(from: 512, to: 768)) { try CodeGrowth(from: 512, to: 768) }
        #expect(throws: TrainingFailure.codesNotSplit(from: 512, to: 256)) { try CodeGrowth(from: 512, to: 256) }
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 8, 8, 1)
        var random = SplitMix64(seed: 5)
        let file = try Self.file(MotionTokenizer(sizes, using: &random), sizes)
        (sizes.width, sizes.codes) = (24, 16)
        let other = MotionTokenizer(sizes, using: &random)
        #expect(throws: TensorFileError.self) { try CodeGrowth(from: 8, to: 16).read(other, from: file) }
    }
}
