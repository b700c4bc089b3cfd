import HumanMotion
public import KMM
import MotionData
import TextEncoding

/// How many generated motions show what the everyday prompts ask for.
public struct PredicateScores: Codable, Sendable {
    /// The motions of one wording.
    public struct Wording: Codable, Sendable {
        /// The sentence.
        public var text: String
        /// Motions that pass, one for each seed that does.
        public var passed: Int
        /// Motions made.
        public var motions: Int
    }

    /// The motions of one prompt.
    public struct Prompt: Codable, Sendable {
        /// Name of the action.
        public var name: String
        /// Each wording for itself.
        public var wordings: [Wording]
        /// Median of every measurement over all motions of the prompt: how a failing motion fails.
        public var medians: [String: Double]

        /// Share of the motions that pass.
        public var passRate: Double {
            Double(wordings.reduce(0) { $0 + $1.passed }) / Double(max(wordings.reduce(0) { $0 + $1.motions }, 1))
        }
    }

    /// Every prompt in its order.
    public var prompts: [Prompt] = []
    /// Frames made.
    public var frames = 0
    /// Processor seconds that making them took, the text encoder included.
    public var seconds = 0.0

    /// Share of all motions that pass.
    public var passRate: Double { prompts.reduce(0) { $0 + $1.passRate } / Double(max(prompts.count, 1)) }
    /// The prompt that passes least.
    public var worst: Prompt? { prompts.min { $0.passRate < $1.passRate } }

    /// Generates every wording with seeds 0 ..< `seeds`, each as a stream of its own and as long as the model thinks right.
    public init(
        of generator: MotionGenerator, seeds: Int, options: SamplingOptions = .init(),
        prompts: [EverydayPrompt] = EverydayPrompt.all, progress: (Prompt) -> Void = { _ in }
    ) throws {
        for prompt in prompts {
            var result = Prompt(name: prompt.name, wordings: [], medians: [:])
            var measured: [MotionMeasurements] = []
            for text in prompt.wordings {
                var wording = Wording(text: text, passed: 0, motions: seeds)
                for seed in 0..<seeds {
                    let start = ProcessorTime.now
                    let clip = try generator.motion(
                        of: [Action(text: text)], options: options, seed: UInt64(seed))
                    seconds += ProcessorTime.now - start
                    frames += clip.frames.count
                    let measurements = MotionMeasurements(clip)
                    measured.append(measurements)
                    if prompt.isShown(measurements) { wording.passed += 1 }
                }
                result.wordings.append(wording)
            }
            result.medians = try MotionMeasurements.medians(measured)
            self.prompts.append(result)
            progress(result)
        }
    }
}
