import ArgumentParser
import KMM
import Tensors
import TextEncoding

/// From a text that was never seen to the first frames of its motion, on a warm model and a stream in motion.
struct FirstHorizon: ParsableCommand {
    @OptionGroup var job: JobArguments
    @Option(help: "Folder of the lexicon, by which texts are read first as the daemon does; without one they are not.")
    var lexicon: String?

    private struct Result: Encodable {
        var horizons: [Elapsed] = []
        /// Encoding of a sentence of 12 words.
        var encodings: [Elapsed] = []
        var resident = 0.0
    }

    /// Sentences of twelve words, as many as anybody may ask for, none twice.
    private static func sentence(_ number: Int) -> String {
        let verbs = ["walks", "runs", "jumps", "turns", "waves", "dances", "kicks", "bows", "steps", "hops"]
        let ways = ["slowly", "quickly", "calmly", "boldly", "lazily", "proudly", "lightly", "stiffly"]
        let sides = ["left", "right"]
        let ends = ["door", "wall", "table", "window", "chair", "stairs", "lamp", "car"]
        return
            "a person \(verbs[number % 10]) \(ways[number / 10 % 8]) forward and then turns \(sides[number / 80 % 2]) "
            + "near the \(ends[number / 160 % 8])"
    }

    func run() throws {
        Compute.setThreads(job.threads)
        let generator = try MotionGenerator(directory: job.models)
        let reader = try lexicon.map { folder in
            try TextReader(
                lexicon: folder, model: ModelPaths(directory: job.models), encoder: generator.encoder)
        }
        var result = Result()
        var stream = generator.makeStream(seed: 0)
        for number in 0..<job.repeats + 5 {
            let text = Self.sentence(number)
            let elapsed = try Elapsed {
                let action = reader?.read(text, policy: .warn).segments.first?.segment ?? Action(text: text)
                try generator.begin(action, options: SamplingOptions(), in: &stream)
                _ = try generator.advance(&stream, isHurried: true)
            }
            if number >= 5 { result.horizons.append(elapsed) }
            _ = try generator.advance(&stream)
        }
        for number in 0..<job.repeats {
            result.encodings.append(try Elapsed { _ = try generator.encoder.encode(Self.sentence(number + 7)) })
        }
        result.resident = memory("VmRSS")
        try printJSON(result)
    }
}
