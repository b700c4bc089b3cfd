import Foundation
import Geometry
import HumanMotion
import KMM
import MotionFixtures
import Tensors
import Testing
import TextEncoding

@testable import KMMEvaluation
@testable import KMMTraining
@testable import MotionData

/// A file system of a few mebibytes, gone with the value.
struct SmallDisk: ~Copyable {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)")
    private var filler: String { url.appendingPathComponent("filler").path }

    static let isPossible = (try? SmallDisk(mebibytes: 1)) != nil

    init(mebibytes: Int) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try Self.call("mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", url.path)
    }

    deinit {
        try? Self.call("umount", "-l", url.path)
        try? FileManager.default.removeItem(at: url)
    }

    private static func call(_ command: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw CocoaError(.fileWriteNoPermission) }
    }

    /// Writes a file until nothing more fits.
    func fill() throws {
        let file = open(filler, O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        let page = [UInt8](repeating: 1, count: 4096)
        while write(file, page, page.count) > 0 {}
    }

    func clear() throws { try FileManager.default.removeItem(atPath: filler) }
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
        for _ in 0..<12 { #expect(try whole.step().loss.isFinite) }

        var run = try TrainingRun(directory: folder, steps: 5)
        run.report = { _ in }
        try run.run(try make())
        let second = try make()
        run = try TrainingRun(directory: folder, steps: 12)
        run.report = { _ in }
        try run.resume(second)
        #expect(second.steps == 5)
        try run.run(second)
        for (a, b) in zip(whole.tokenizer.parameters, second.tokenizer.parameters) {
            let isSame = a.tensor.values == b.tensor.values
            #expect(isSame, "\(a.name) differs")
        }
    }

    @Test("a tokenizer learns a small set")
    func tokenizer() throws {
        let data = try SmallCollection.prepared()
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (32, 16, 32, 1)
        var options = TokenizerTrainingOptions()
        (options.steps, options.batch, options.window, options.rate) = (400, 4, 32, 3e-3)
        let trainer = try TokenizerTrainer(data: data, configuration: sizes, options: options)
        let losses = try (0..<400).map { _ in try trainer.step().loss }
        let (first, last) = (losses.prefix(20).reduce(0, +), losses.suffix(20).reduce(0, +))
        #expect(last < 0.8 * first, "\(first / 20) to \(last / 20)")
    }

    @Test("curves hold every report of an interrupted run once, as numbers and as a picture")
    func curves() throws {
        let data = try SmallCollection.prepared()
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 16, 16, 1)
        var options = TokenizerTrainingOptions()
        (options.steps, options.batch, options.window) = (9, 2, 32)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let validation = TrainingRun.Validation(every: 4, columns: ["val"]) { ([Float($0)], "\($0)") }
        var lines: [String] = []
        for steps in [5, 9] {
            var run = try TrainingRun(directory: folder, steps: steps)
            run.reportInterval = 2
            run.report = { lines.append($0) }
            let trainer = try TokenizerTrainer(data: data, configuration: sizes, options: options)
            try run.resume(trainer)
            try run.run(trainer, validation: validation)
        }
        let rows = try String(contentsOf: folder.appendingPathComponent("curves.csv"), encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows[0] == ["step", "seconds", "tokens_per_second", "loss", "gradient", "perplexity", "val"])
        #expect(rows.dropFirst().map { $0[0] } == ["2.0", "4.0", "5.0", "6.0", "8.0", "9.0"])
        #expect(rows.dropFirst().map { $0[6] } == ["", "4.0", "5.0", "", "8.0", "9.0"])
        #expect(lines.count == 6)
        #expect(lines[1].contains("tokens/s  left ") && lines[1].contains("val 4"))
        let picture = try String(contentsOf: folder.appendingPathComponent("curves.svg"), encoding: .utf8)
        #expect(picture.hasPrefix("<svg ") && picture.contains("perplexity") && picture.contains("<polyline"))
    }

    @Test("a checkpoint of another architecture is refused, both shapes named, and changes nothing")
    func otherArchitecture() throws {
        let data = try SmallCollection.prepared()
        func trainer(width: Int) throws -> TokenizerTrainer {
            var sizes = TokenizerConfiguration()
            (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (width, 16, 16, 1)
            var options = TokenizerTrainingOptions()
            (options.batch, options.window) = (2, 32)
            return try TokenizerTrainer(data: data, configuration: sizes, options: options)
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try TrainingRun(directory: folder, steps: 1)
        try run.store(try trainer(width: 16))
        let other = try trainer(width: 24)
        let before = other.tokenizer.parameters.map(\.tensor.values)
        let error = #expect(throws: TensorFileError.self) { try run.resume(other) }
        let text = try #require(error?.description)
        #expect(text.contains("16") && text.contains("24"), "\(text)")
        let isSame = zip(before, other.tokenizer.parameters).allSatisfy { $0 == $1.tensor.values }
        #expect(isSame)
    }

    @Test("a loss that is not finite ends a run with an error; weights, codes and checkpoint are as before")
    func notFinite() throws {
        let data = try SmallCollection.prepared()
        func trainer(smoothness: Float) throws -> TokenizerTrainer {
            var sizes = TokenizerConfiguration()
            (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 16, 16, 2)
            var options = TokenizerTrainingOptions()
            (options.batch, options.window, options.smoothnessWeight) = (2, 32, smoothness)
            return try TokenizerTrainer(data: data, configuration: sizes, options: options)
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func run(_ trainer: TokenizerTrainer, to steps: Int) throws {
            var run = try TrainingRun(directory: folder, steps: steps)
            run.report = { _ in }
            try run.resume(trainer)
            try run.run(trainer)
        }
        let sound = try trainer(smoothness: 1)
        try run(sound, to: 2)
        let checkpoint = try Data(contentsOf: folder.appendingPathComponent("checkpoint.safetensors"))
        let broken = try trainer(smoothness: .nan)
        #expect(throws: TrainingFailure.notFinite("loss", step: 3)) { try run(broken, to: 4) }
        let isSame = zip(sound.state, broken.state).allSatisfy { $0.tensor.values == $1.tensor.values }
        #expect(isSame)
        #expect(try Data(contentsOf: folder.appendingPathComponent("checkpoint.safetensors")) == checkpoint)
    }

    @Test("a split with nothing to score is said, not scored")
    func emptySplit() throws {
        let data = try SmallCollection.prepared()
        var random = SplitMix64(seed: 3)
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 16, 16, 1)
        let tokenizer = MotionTokenizer(sizes, using: &random)
        #expect(try TokenizerEvaluation(of: tokenizer, on: data, split: .test).frames > 0)
        let error = #expect(throws: EmptySplit.self) { try TokenizerEvaluation(of: tokenizer, on: data, split: .val) }
        #expect(error?.description.contains("val split") == true)
    }

    @Test(
        "a full disk ends a run with an error that names the file, its checkpoint is whole, and with room it goes on",
        .enabled(if: SmallDisk.isPossible, "only root may mount a disk of its own"))
    func fullDisk() throws {
        let data = try SmallCollection.prepared()
        func trainer() throws -> TokenizerTrainer {
            var sizes = TokenizerConfiguration()
            (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 16, 16, 1)
            var options = TokenizerTrainingOptions()
            (options.batch, options.window) = (2, 32)
            return try TokenizerTrainer(data: data, configuration: sizes, options: options)
        }
        let disk = try SmallDisk(mebibytes: 4)
        func run(to steps: Int) throws -> TokenizerTrainer {
            var run = try TrainingRun(directory: disk.url, steps: steps)
            (run.checkpointInterval, run.report) = (0, { _ in })
            let trainer = try trainer()
            try run.resume(trainer)
            try run.run(trainer)
            return trainer
        }
        _ = try run(to: 2)
        let checkpoint = disk.url.appendingPathComponent("checkpoint.safetensors")
        let before = try Data(contentsOf: checkpoint)
        try disk.fill()
        let error = #expect(throws: TensorFileError.self) { try run(to: 4) }
        #expect(error?.file.hasPrefix(disk.url.path) == true && error?.found.contains("No space left") == true)
        #expect(try Data(contentsOf: checkpoint) == before)
        try disk.clear()
        #expect(try run(to: 4).steps == 4)
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
            let trainer = GeneratorTrainer(MaskedTask(), data: set, configuration: sizes, options: options)
            let reports = try (0..<30).map { _ in try trainer.step() }
            #expect(reports.allSatisfy { $0.loss.isFinite })
            #expect(
                reports.suffix(5).reduce(0) { $0 + $1.crossEntropy }
                    < reports.prefix(5).reduce(0) { $0 + $1.crossEntropy })
        }
        var options = GeneratorTrainingOptions()
        (options.steps, options.batch, options.rate, options.alignment) = (30, 4, 5e-3, .off)
        let trainer = ResidualTrainer(ResidualTask(), data: set, configuration: sizes, options: options)
        let reports = try (0..<30).map { _ in try trainer.step() }
        #expect(reports.suffix(5).reduce(0) { $0 + $1.loss } < reports.prefix(5).reduce(0) { $0 + $1.loss })
    }
}
