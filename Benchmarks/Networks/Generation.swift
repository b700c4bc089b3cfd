import ArgumentParser
import Foundation
import HumanMotion
import KMM
import Tensors
import TextEncoding

/// One motion of one prompt, from its text features to its frames; the likeliest code is always taken, so that another
/// implementation has to make the same motion.
struct Generation: ParsableCommand {
    @OptionGroup var job: JobArguments
    @Option var text = "a person walks forward and waves with the right hand"
    @Option(help: "Length, seconds.")
    var duration = 10.0
    @Option(help: "Safetensors file to write: text features, codes, features of the frames, logits of one pass.")
    var out: String

    /// What the peer has to know of the options.
    private struct Options: Encodable {
        var steps, horizon, commitment: Int
        var guidance, residualGuidance: Float
    }

    private struct Result: Encodable {
        var options: Options
        var frames = 0
        var runs: [Elapsed] = []
    }

    func run() throws {
        Compute.setThreads(job.threads)
        let generator = try MotionGenerator(directory: job.models)
        var options = SamplingOptions()
        options.keptShare = 1e-6
        var result = Result(
            options: Options(
                steps: options.steps, horizon: options.horizon, commitment: options.commitment,
                guidance: options.guidance, residualGuidance: options.residualGuidance))
        var codes: [[Int]] = []
        for number in 0...job.repeats {
            codes = []
            result.frames = 0
            let elapsed = try Elapsed {
                var stream = generator.makeStream(seed: 0)
                try generator.begin(Action(text: text, duration: duration), options: options, in: &stream)
                while true {
                    let steps = try generator.advance(&stream)
                    if steps.isEmpty { break }
                    for step in steps {
                        codes.append(step.codes)
                        result.frames += step.frames.count
                    }
                }
            }
            if number > 0 { result.runs.append(elapsed) }
        }
        try write(codes, generator)
        try printJSON(result)
    }

    private func write(_ codes: [[Int]], _ generator: MotionGenerator) throws {
        let encoding = try generator.encoder.encode(text)
        let width = encoding.pooled.count
        let words = Array(encoding.words.prefix(MotionGenerator.wordLimit * width))
        let prompt = Prompt(pooled: encoding.pooled, words: words)
        // One pass over a fresh sequence with the prompt and one without, every token masked.
        let count = 20
        let spans = (0..<2).map { PromptedSpan(prompt: $0, count: count, left: count) }
        let input = GeneratorInput(
            prompts: [prompt, .null], sequences: spans.map { PromptedSequence(spans: [$0], committed: 0) })
        let network = generator.generator
        var states: [MixerState] = []
        let logits = network.head(
            network.hidden(
                network.prepare(input), ids: [Int](repeating: network.mask, count: 2 * count), states: &states))
        let layers = codes[0].indices.map { layer in codes.map { $0[layer] } }
        let features = generator.tokenizer.features(generator.tokenizer.quantizer.decode(layers))
        try SafeTensors.write(
            path: out,
            tensors: [
                .init("pooled", shape: [width], .f32(encoding.pooled)),
                .init("words", shape: [words.count / width, width], .f32(words)),
                .init("codes", shape: [layers.count, codes.count], .i32(layers.flatMap { $0.map(Int32.init) })),
                .init("features", shape: features.shape, .f32(features.values)),
                .init("logits", shape: logits.shape, .f32(logits.values)),
            ])
    }
}
