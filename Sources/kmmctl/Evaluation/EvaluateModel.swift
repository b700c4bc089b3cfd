import ArgumentParser
import Foundation
import HumanBody
import HumanMotion
import KMM
import KMMEvaluation
import KMMTraining
import MotionData
import Tensors
import TextEncoding

/// Scores of a model on one split of a prepared data set.
struct ModelScores: Codable {
    /// What the tokenizer loses.
    var tokenizer: TokenizerEvaluation
    /// Share of masked tokens restored, half of them masked at random.
    var maskedTokenAccuracy: Float
    /// Cross entropy of the same tokens, nats.
    var maskedTokenCrossEntropy: Float
    /// Share of right codes of each residual codebook, the codebooks before given.
    var residualAccuracy: [Float]
    /// Captioned stretches behind these numbers.
    var captions: Int
    /// Generated frames per second of one core, text known.
    var framesPerSecond: Double
    /// Third differences of generated joints over those of the data, same captions; 1 is as smooth as the data.
    var generatedJerkRatio: Double
}

struct EvaluateModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Score the models on a split of a prepared data set.",
        discussion: """
            Example:
              kmmctl evaluate model --data prepared --model free
            """)

    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String

    @OptionGroup var source: ModelArguments

    @Option(help: "train, val or test.")
    var split = "test"

    @Option(help: "Motions to generate for the numbers about generated motion.")
    var motions = 40

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        guard let split = DataSplit(rawValue: split) else {
            throw ValidationError("--split \(self.split): expected train, val or test")
        }
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        let generator = try source.generator()
        let tokens = try TokenDataSet(data, split: split, tokenizer: generator.tokenizer, encoder: generator.encoder)
        guard !tokens.items.isEmpty else { throw EmptySplit(split: split, needed: "a caption of at least 16 frames") }
        let masked = GeneratorTrainer.validate(generator.generator, on: tokens, limit: 512)
        let (speed, jerk) = try generated(generator, tokens, data, split)
        let scores = ModelScores(
            tokenizer: try TokenizerEvaluation(of: generator.tokenizer, on: data, split: split),
            maskedTokenAccuracy: masked.accuracy, maskedTokenCrossEntropy: masked.crossEntropy,
            residualAccuracy: ResidualTrainer.validate(generator.residual, on: tokens).map(\.accuracy),
            captions: tokens.items.count, framesPerSecond: speed, generatedJerkRatio: jerk)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(scores), as: UTF8.self))
            return
        }
        let percent = { (share: Float) in String(format: "%.1f %%", 100 * share) }
        print(
            """
            split \(split.rawValue), \(scores.captions) captioned stretches, mirrored copies included
            tokenizer            \(TrainTokenizer.summary(scores.tokenizer))
            masked tokens        \(percent(scores.maskedTokenAccuracy)) right, half masked
            residual codebooks   \(scores.residualAccuracy.map(percent).joined(separator: ", ")) right
            generated motion     \(Int(scores.framesPerSecond)) frames/s on one core, \
            jerk \(String(format: "%.2f", scores.generatedJerkRatio)) of the data's
            """)
    }

    /// Frames per second, and the jerk of generated motions over that of the captured ones with the same captions.
    private func generated(
        _ generator: MotionGenerator, _ tokens: TokenDataSet, _ data: PreparedDataSet, _ split: DataSplit
    ) throws -> (framesPerSecond: Double, jerkRatio: Double) {
        let clips = data.clips.filter { $0.split == split && !$0.mirrored && !$0.captions.isEmpty }
        let step = max(1, clips.count / max(motions, 1))
        var (made, real, frames, realFrames) = (0.0, 0.0, 0, 0)
        var elapsed = Duration.zero
        for (number, clip) in clips.enumerated() where number % step == 0 {
            let caption = clip.captions[0]
            _ = try generator.estimateDuration(of: caption.text)
            var stream = generator.makeStream(seed: UInt64(number))
            var motion: [HumanFrame] = []
            elapsed += try ContinuousClock().measure {
                try generator.begin(
                    Action(text: caption.text, duration: Double(caption.frameCount) / 30), options: .init(),
                    in: &stream)
                while true {
                    let steps = try generator.advance(&stream)
                    if steps.isEmpty { break }
                    motion += steps.flatMap(\.frames)
                }
            }
            let rows = data.features(
                of: clip, caption.firstFrame..<min(caption.firstFrame + caption.frameCount, clip.frameCount))
            let captured = MotionFeatures(frameRate: 30, values: Array(rows)).clip().frames
            made += TokenizerEvaluation.jerk(motion)
            real += TokenizerEvaluation.jerk(captured)
            frames += motion.count
            realFrames += captured.count
        }
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        return (
            Double(frames) / max(seconds, 1e-9), made / Double(max(frames, 1)) / (real / Double(max(realFrames, 1)))
        )
    }
}
