import ArgumentParser
import Foundation
import Geometry
import KMM
import KMMTraining
import Tensors

/// Steps of the masked generator, 4 blocks of width 384, on 32 sequences of 50 tokens, half of them masked: forward, cross
/// entropy, backward, AdamW. Weights and batch are drawn at random and written for the peer.
struct TrainingStep: ParsableCommand {
    @OptionGroup var job: JobArguments
    @Option(help: "Safetensors file to write: weights before the first step, batch, losses of the first steps.")
    var out: String

    private static let (sequences, tokens, words) = (32, 50, 8)

    func run() throws {
        Compute.setThreads(job.threads)
        Compute.retainFreedMemory()
        var random = SplitMix64(seed: 1)
        var configuration = GeneratorConfiguration()
        configuration.width = 384
        let network = MaskedGenerator(configuration, using: &random)
        // Modulation starts as the identity, which would hide mistakes in it.
        for (name, tensor) in network.parameters where name.contains("film") {
            for index in 0..<tensor.count { tensor.data[index] = .random(in: -0.05...0.05, using: &random) }
        }
        let weights = network.parameters.map {
            SafeTensors.Output($0.name, shape: $0.tensor.shape, .f32($0.tensor.values))
        }
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -0.1...0.1, using: &random) } }
        let prompts = (0..<Self.sequences).map { _ in
            Prompt(pooled: numbers(configuration.textWidth), words: numbers(Self.words * configuration.textWidth))
        }
        let input = GeneratorInput(
            prompts: prompts,
            sequences: prompts.indices.map {
                PromptedSequence(spans: [PromptedSpan(prompt: $0, count: Self.tokens, left: Self.tokens)], committed: 0)
            })
        let codes = (0..<Self.sequences * Self.tokens).map { _ in
            Int.random(in: 0..<configuration.codes, using: &random)
        }
        let masked = codes.indices.shuffled(using: &random).prefix(codes.count / 2).sorted()
        var ids = codes
        for row in masked { ids[row] = network.mask }

        let optimizer = AdamW(network.parameters)
        var losses: [Float] = []
        var runs: [Elapsed] = []
        for number in 0...job.repeats {
            let elapsed = try Elapsed {
                var states: [MixerState] = []
                let hidden = network.hidden(network.prepare(input), ids: ids, states: &states).gatherRows(masked)
                let loss = network.head(hidden).crossEntropy(masked.map { codes[$0] }, smoothing: 0.1)
                losses.append(loss.item)
                loss.backward()
                try optimizer.step(rate: 1e-4)
            }
            if number > 0 { runs.append(elapsed) }
        }
        try SafeTensors.write(
            path: out,
            tensors: weights + [
                .init(
                    "batch.pooled", shape: [Self.sequences, configuration.textWidth], .f32(prompts.flatMap(\.pooled))),
                .init(
                    "batch.words", shape: [Self.sequences, Self.words, configuration.textWidth],
                    .f32(prompts.flatMap(\.words))),
                .init("batch.ids", shape: [Self.sequences, Self.tokens], .i32(ids.map(Int32.init))),
                .init("batch.rows", shape: [masked.count], .i32(masked.map(Int32.init))),
                .init("batch.targets", shape: [masked.count], .i32(masked.map { Int32(codes[$0]) })),
                .init("losses", shape: [losses.count], .f32(losses)),
            ])
        try printJSON(["runs": runs])
    }
}
