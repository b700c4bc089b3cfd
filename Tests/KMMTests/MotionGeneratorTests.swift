import Foundation
import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing
import TextEncoding

@testable import KMM

/// A models folder with small random networks and the real sentence encoder.
struct SmallModels: ~Copyable {
    let directory: URL

    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("kmm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent(ModelPaths.defaultModel), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: directory.appendingPathComponent("minilm-l6"),
            withDestinationURL: Self.package.appendingPathComponent("Models/minilm-l6"))
        var random = SplitMix64(seed: 31)
        var tokens = TokenizerConfiguration()
        (tokens.width, tokens.codeWidth, tokens.codes) = (32, 16, 24)
        var sizes = GeneratorConfiguration()
        (sizes.codes, sizes.width, sizes.depth, sizes.headWidth, sizes.latentWidth) = (24, 32, 2, 32, 16)
        let standing = [MotionGenerator.standingKey: "1,2;3,4;5,6"]
        try ModelFile.write(
            MotionTokenizer(tokens, using: &random), configuration: tokens, to: paths.tokenizer)
        try ModelFile.write(
            MaskedGenerator(sizes, using: &random), configuration: sizes, metadata: standing,
            to: paths.generator)
        try ModelFile.write(
            ResidualGenerator(sizes, using: &random), configuration: sizes, to: paths.residual)
        try ModelFile.write(
            LengthEstimator(textWidth: 384, using: &random), configuration: sizes,
            to: paths.lengths)
    }

    var paths: ModelPaths { ModelPaths(directory: directory.path) }

    deinit { try? FileManager.default.removeItem(at: directory) }
}

@Suite("Motion generator")
struct MotionGeneratorTests {
    private func frames(_ steps: [MotionStep]) -> [HumanFrame] { steps.flatMap(\.frames) }

    private func play(_ generator: MotionGenerator, _ stream: inout MotionStream) throws -> [MotionStep] {
        var all: [MotionStep] = []
        while true {
            let steps = try generator.advance(&stream)
            if steps.isEmpty { return all }
            all += steps
        }
    }

    @Test("a segment has its length; the same seed gives the same motion, another seed another")
    func determinism() throws {
        let models = try SmallModels()
        let generator = try MotionGenerator(directory: models.directory.path)
        func run(_ seed: UInt64) throws -> [HumanFrame] {
            var stream = generator.makeStream(seed: seed)
            try generator.begin(.init(text: "a person walks", duration: 4), options: .init(), in: &stream)
            return frames(try play(generator, &stream))
        }
        let first = try run(1)
        #expect(first.count == 120)
        #expect(try run(1) == first)
        #expect(try run(2) != first)
        #expect(first.allSatisfy { $0.pelvis.isFinite && $0.rotations.allSatisfy { abs($0.length - 1) < 1e-9 } })
    }

    @Test("a snapshot put back goes on as if nothing had been in between")
    func rewinding() throws {
        let models = try SmallModels()
        let generator = try MotionGenerator(directory: models.directory.path)
        var stream = generator.makeStream(seed: 5)
        try generator.begin(.init(text: "walk forward", duration: 3), options: .init(), in: &stream)
        let steps = try generator.advance(&stream)
        var rewound = steps[2].snapshot
        #expect(rewound.committedTokens == 3)
        try generator.begin(.init(text: "wave", duration: 2), options: .init(), in: &rewound)
        let once = frames(try play(generator, &rewound))
        _ = try play(generator, &stream)
        var again = steps[2].snapshot
        try generator.begin(.init(text: "wave", duration: 2), options: .init(), in: &again)
        #expect(frames(try play(generator, &again)) == once)
        // Motion goes on from the rewound frame: no leap at the border.
        let border = (once[0].pelvis - steps[2].frames[3].pelvis).length
        #expect(border < 0.5)
    }

    @Test("errors: no files, a truncated file, another shape, an impossible duration")
    func errors() throws {
        #expect(throws: TensorFileError.self) { _ = try MotionGenerator(directory: "/nowhere") }
        let models = try SmallModels()
        let path = models.paths.residual
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        #expect(throws: TensorFileError.self) { _ = try MotionGenerator(directory: models.directory.path) }

        var random = SplitMix64(seed: 1)
        var sizes = GeneratorConfiguration()
        (sizes.codes, sizes.width, sizes.depth, sizes.headWidth) = (25, 32, 1, 32)
        try ModelFile.write(ResidualGenerator(sizes, using: &random), configuration: sizes, to: path)
        #expect(throws: MotionGeneratorError.self) { _ = try MotionGenerator(directory: models.directory.path) }
        try bytes.write(to: URL(fileURLWithPath: path))

        let generator = try MotionGenerator(directory: models.directory.path)
        var stream = generator.makeStream(seed: 1)
        #expect(throws: MotionGeneratorError.invalidDuration(-1)) {
            try generator.begin(.init(text: "walk", duration: -1), options: .init(), in: &stream)
        }
        #expect(try generator.advance(&stream).isEmpty)
    }

    @Test("what is given up half made is made the same when it is wanted again", arguments: 0..<4)
    func unwanted(asked: Int) throws {
        let models = try SmallModels()
        let generator = try MotionGenerator(directory: models.directory.path)
        var stream = generator.makeStream(seed: 3)
        try generator.begin(.init(text: "walk", duration: 2), options: .init(), in: &stream)
        var undisturbed = stream
        var left = asked
        #expect(throws: MotionGeneratorError.unwanted) {
            try generator.advance(&stream) {
                left -= 1
                return left >= 0
            }
        }
        #expect(try frames(generator.advance(&stream)) == frames(generator.advance(&undisturbed)))
    }
}
