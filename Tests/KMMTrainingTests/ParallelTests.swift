import Foundation
import Geometry
import KMM
import MotionFixtures
import Synchronization
import Tensors
import Testing
import TextEncoding

@testable import KMMTraining
@testable import MotionData

/// Threads that stand in for processes.
///
/// Unchecked because the buffers lie behind the condition's lock.
private final class ThreadGroup: @unchecked Sendable {
    let size: Int
    private let condition = NSCondition()
    private var total: [Float] = []
    private var (arrived, left) = (0, 0)

    init(size: Int) { self.size = size }

    func sum(_ values: UnsafeMutableBufferPointer<Float>) {
        condition.lock()
        defer { condition.unlock() }
        while left > 0 { condition.wait() }
        if arrived == 0 { total = [Float](repeating: 0, count: values.count) }
        for index in values.indices { total[index] += values[index] }
        arrived += 1
        if arrived == size {
            (arrived, left) = (0, size)
            condition.broadcast()
        } else {
            while left == 0 { condition.wait() }
        }
        for index in values.indices { values[index] = total[index] }
        left -= 1
        if left == 0 { condition.broadcast() }
    }
}

private struct ThreadCommunicator: Communicator {
    let group: ThreadGroup
    let rank: Int
    var size: Int { group.size }
    func sum(_ values: UnsafeMutableBufferPointer<Float>) { group.sum(values) }
}

@Suite("Training on several processes", .serialized)
struct ParallelTests {
    /// What every one of `size` ranks makes of `work`.
    private static func onRanks<Value: Sendable>(
        _ size: Int, _ work: @escaping @Sendable (any Communicator) throws -> Value
    ) throws -> [Value] {
        let group = ThreadGroup(size: size)
        let results = Mutex<[Int: Result<Value, any Error>]>([:])
        let threads = (0..<size).map { rank in
            Thread {
                let result = Result { try work(ThreadCommunicator(group: group, rank: rank)) }
                results.withLock { $0[rank] = result }
            }
        }
        for thread in threads {
            thread.stackSize = 1 << 23
            thread.start()
        }
        while results.withLock({ $0.count }) < size { Thread.sleep(forTimeInterval: 0.02) }
        return try results.withLock { found in try (0..<size).compactMap { try found[$0]?.get() } }
    }

    private static func tokenizerLosses(_ communicator: any Communicator) throws -> [Float] {
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes, sizes.quantizers) = (16, 16, 16, 2)
        var options = TokenizerTrainingOptions()
        (options.steps, options.batch, options.window) = (8, 4, 32)
        let trainer = try TokenizerTrainer(
            data: SmallCollection.prepared(), configuration: sizes, options: options, communicator: communicator)
        return try (0..<8).map { _ in try trainer.step().loss }
    }

    private static func generatorLosses(
        _ communicator: any Communicator, micro: Int? = nil, form: AlignmentForm = .v2
    ) throws -> [Float] {
        let data = try SmallCollection.prepared()
        var random = SplitMix64(seed: 61)
        var tokens = TokenizerConfiguration()
        (tokens.width, tokens.codeWidth, tokens.codes, tokens.quantizers) = (32, 16, 16, 2)
        let tokenizer = MotionTokenizer(tokens, using: &random)
        tokenizer.setRequiresGradient(false)
        let set = try TokenDataSet(
            data, split: .train, tokenizer: tokenizer,
            encoder: SentenceEncoder(directory: SmallCollection.textEncoder))
        var sizes = GeneratorConfiguration()
        (sizes.codes, sizes.quantizers, sizes.width, sizes.depth) = (16, 2, 32, 2)
        (sizes.headWidth, sizes.latentWidth, sizes.alignmentWidth) = (32, 16, 16)
        var options = GeneratorTrainingOptions()
        (options.steps, options.batch, options.rate, options.dropout) = (9, 8, 2e-3, 0)
        (options.rolloutShare, options.microBatch, options.alignment) = (1, micro, form)
        let trainer = GeneratorTrainer(
            MaskedTask(), data: set, configuration: sizes, options: options, communicator: communicator)
        return try (0..<9).map { _ in try trainer.step().loss }
    }

    private static func agree(_ a: [Float], _ b: [Float]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }
    }

    @Test("two ranks train the tokenizer as one does with the joint batch, codes and all")
    func tokenizer() throws {
        let one = try Self.tokenizerLosses(SingleProcess())
        let two = try Self.onRanks(2) { try Self.tokenizerLosses($0) }
        #expect(two.count == 2 && two[0] == two[1])
        #expect(Self.agree(one, two[0]), "\(one) and \(two[0])")
        #expect(one[7] < one[0])
    }

    @Test(
        "micro-batches and ranks change nothing but rounding: masks, contrastive loss, rollouts",
        .enabled(if: SmallCollection.hasTextEncoder, "needs Models/minilm-l6"), arguments: AlignmentForm.allCases)
    func generator(form: AlignmentForm) throws {
        let whole = try Self.generatorLosses(SingleProcess(), form: form)
        let parts = try Self.generatorLosses(SingleProcess(), micro: 3, form: form)
        #expect(Self.agree(whole, parts), "\(whole) and \(parts)")
        let ranks = try Self.onRanks(2) { try Self.generatorLosses($0, form: form) }
        #expect(ranks.count == 2)
        for losses in ranks { #expect(Self.agree(whole, losses), "\(whole) and \(losses)") }
    }

    @Test("a batch that cannot be shared is refused")
    func shares() throws {
        let failures = try Self.onRanks(3) { communicator in
            #expect(throws: TrainingFailure.unequalShares(batch: 4, processes: 3)) {
                try Self.tokenizerLosses(communicator)
            }
        }
        #expect(failures.count == 3)
    }

    private static let kmmctl = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/debug/kmmctl").path
    private static let hasMPI = ["/usr/bin/mpirun", "/usr/local/bin/mpirun"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "two processes under mpirun write the loss curve of one",
        .enabled(
            if: hasMPI && FileManager.default.isExecutableFile(atPath: kmmctl), "needs mpirun and the built kmmctl"))
    func mpi() throws {
        let folder = try ToyCollection.Folder()
        try folder.write(ToyCollection.bvh(frames: 90), "mine/train/walk.bvh")
        try folder.write("a person walks", "mine/train/walk.txt")
        let data = folder.url.appendingPathComponent("out").path
        try DataPreparation.run(
            .bvh(folder.url.appendingPathComponent("mine")), destination: URL(fileURLWithPath: data),
            augmentation: .none)
        func losses(_ name: String, _ launcher: [String]) throws -> [Float] {
            let out = folder.url.appendingPathComponent(name).path
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                launcher + [
                    Self.kmmctl, "train", "tokenizer", "--data", data, "--out", out, "--width", "16", "--batch", "4",
                    "--steps", "4", "--threads", "1",
                ]
            process.environment = ProcessInfo.processInfo.environment.merging([
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "SWIFT_BACKTRACE": "enable=no",
            ]) { $1 }
            process.standardOutput = FileHandle.nullDevice
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            let text = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "\(String(decoding: text, as: UTF8.self))")
            let curves = try String(contentsOfFile: out + "/curves.csv", encoding: .utf8).split(separator: "\n")
            try #require(curves[0].hasPrefix("step,seconds,tokens_per_second,loss"))
            return curves.dropFirst().compactMap { Float($0.split(separator: ",")[3]) }
        }
        let one = try losses("one", [])
        let two = try losses("two", ["mpirun", "--oversubscribe", "-np", "2"])
        #expect(!one.isEmpty)
        #expect(Self.agree(one, two), "\(one) and \(two)")
    }
}
