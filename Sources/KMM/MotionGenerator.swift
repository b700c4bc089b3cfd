public import HumanBody
import HumanMotion
import Tensors
public import TextEncoding

/// One committed token of a stream: four frames, and the stream as it is after them.
public struct MotionStep: Sendable {
    /// The token's codes, one of each codebook.
    public let codes: [Int]
    /// The four frames at 30 Hz. The stream's own world: y up, floor at y = 0, starts at the origin facing +z.
    public var frames: [HumanFrame]
    /// The stream after these frames: put it back to generate on from here (a rewind).
    public var snapshot: MotionStream
}

/// The trained generator with its text encoder. Not `Sendable`: one actor owns it.
public final class MotionGenerator {
    /// Frames per second of all generated motion.
    public static let frameRate = 30.0
    /// Frames that one token stands for.
    public static let framesPerToken = MotionTokenizer.framesPerToken
    /// Longest segment, tokens (five minutes).
    public static let longestSegment = 2250
    /// Word features that a prompt keeps.
    public static let wordLimit = 16

    /// The motion tokenizer.
    public let tokenizer: MotionTokenizer
    /// The masked generator.
    public let generator: MaskedGenerator
    /// The generator of the residual codebooks.
    public let residual: ResidualGenerator
    /// The sentence encoder.
    public let encoder: SentenceEncoder
    let lengths: LengthEstimator
    /// How the model does the lexicon's actions.
    public var exemplars: ExemplarLibrary
    /// Codes of standing still, `[layer][token]`, with which every stream begins.
    package let standing: [[Int]]
    private var prompts: [String: SentenceEncoding] = [:]
    /// As every stream begins.
    private lazy var still = MotionStream(standing: self)

    /// Loads weights, text encoder and vocabulary from a models directory.
    ///
    /// - Parameters:
    ///   - directory: Holds a folder for each model, and the sentence encoder.
    ///   - model: Name of the model's folder.
    ///
    /// - Throws: An error when a file is missing, truncated or of another shape, naming the file and the tensor.
    public init(directory: String, model: String = ModelPaths.defaultModel) throws {
        let paths = ModelPaths(directory: directory, model: model)
        var seed = UnfilledParameters()
        tokenizer = try MotionTokenizer(path: paths.tokenizer)
        let generatorFile = try SafeTensors(path: paths.generator)
        let sizes = try ModelFile.configuration(GeneratorConfiguration.self, of: generatorFile)
        generator = MaskedGenerator(sizes, using: &seed)
        try ModelFile.read(generator, from: generatorFile)
        let residualFile = try SafeTensors(path: paths.residual)
        residual = ResidualGenerator(
            try ModelFile.configuration(GeneratorConfiguration.self, of: residualFile), using: &seed)
        try ModelFile.read(residual, from: residualFile)
        let lengthsFile = try SafeTensors(path: paths.lengths)
        lengths = LengthEstimator(textWidth: sizes.textWidth, using: &seed)
        try ModelFile.read(lengths, from: lengthsFile)
        guard sizes.codes == tokenizer.configuration.codes, sizes.quantizers == tokenizer.configuration.quantizers,
            residual.configuration.codes == sizes.codes, residual.configuration.quantizers == sizes.quantizers
        else {
            throw MotionGeneratorError.mismatchedModels(
                tokenizer: "\(tokenizer.configuration.codes) codes × \(tokenizer.configuration.quantizers)",
                generator: "\(sizes.codes) codes × \(sizes.quantizers)")
        }
        encoder = try SentenceEncoder(directory: paths.text)
        for module in [tokenizer, generator, residual, lengths] as [any Module] { module.makeConstant() }
        standing = try Self.standingCodes(generatorFile, tokenizer: tokenizer)
        exemplars = try ExemplarLibrary(path: paths.exemplars, tokenizer: tokenizer.configuration)
    }

    /// Metadata key of the codes of standing still in the generator's file.
    public static let standingKey = "standing"

    /// Codes `[layer][token]` as the metadata holds them.
    public static func standingText(_ codes: [[Int]]) -> String {
        codes.map { $0.map(String.init).joined(separator: ",") }.joined(separator: ";")
    }

    private static func standingCodes(_ file: SafeTensors, tokenizer: MotionTokenizer) throws -> [[Int]] {
        let stored = file.metadata[Self.standingKey]?.split(separator: ";").map { layer in
            layer.split(separator: ",").compactMap { Int($0) }
        }
        guard let stored, stored.count == tokenizer.configuration.quantizers,
            stored.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0 && $0 < tokenizer.configuration.codes } })
        else { throw MotionGeneratorError.configurationMissing(path: file.path) }
        return stored
    }

    /// The length that the motion of `text` wants, seconds.
    public func estimateDuration(of text: String) throws -> Double {
        let plan = exemplars.plan(for: text)
        guard let exemplar = plan.exemplars.first ?? (plan.isLaid ? plan.meanwhile.first?.first : nil) else {
            return lengths.seconds(for: try encoding(of: plan.prompt).pooled)
        }
        return Double(exemplar.count * Self.framesPerToken) / Self.frameRate
    }

    /// A stream that stands still at the origin, before its first segment.
    public func makeStream(seed: UInt64) -> MotionStream {
        still.seeded(with: seed)
    }

    /// A stream that goes on from motion at 30 frames a second; from a stand when that is less than a token.
    public func makeStream(seed: UInt64, after frames: [HumanFrame]) -> MotionStream {
        let count = frames.count / Self.framesPerToken * Self.framesPerToken
        guard count > 0 else { return makeStream(seed: seed) }
        // Of what came before only whole tokens are known; the last frame counts.
        let features = MotionFeatures(HumanClip(frameRate: Self.frameRate, frames: Array(frames.suffix(count))))
        let codes = features.values.withUnsafeBufferPointer { tokenizer.encode($0).codes }
        return MotionStream(after: codes, generator: self).seeded(with: seed)
    }

    /// Makes `action` what the stream shows from now on, once; what is committed stays, the motion goes on from it. Without a
    /// stated length a motion that follows an exemplar takes as long as that, and of others the model estimates it.
    public func begin(_ action: Action, options: SamplingOptions, in stream: inout MotionStream) throws {
        let plan = exemplars.plan(for: action.text)
        let encoding = try encoding(of: plan.prompt)
        let seconds = action.duration ?? lengths.seconds(for: encoding.pooled)
        guard seconds.isFinite, seconds > 0 else { throw MotionGeneratorError.invalidDuration(seconds) }
        let length = (seconds * Self.frameRate / Double(Self.framesPerToken)).rounded()
        let tokens = min(max(Int(min(length, 1e6)), 1), Self.longestSegment)
        let words = encoding.words.prefix(Self.wordLimit * SentenceEncoder.width)
        stream.begin(
            Prompt(pooled: encoding.pooled, words: Array(words)), tokens: action.isTimed ? tokens : nil,
            guessed: tokens, plan: plan, options: options, generator: self)
    }

    /// Generates the next tokens (up to a horizon) of the current segment; empty when the segment is over.
    ///
    /// With `isHurried` they are fewer, and there sooner (``SamplingOptions/hurried``). Asks before each step of the
    /// decoding whether the tokens are still wanted.
    ///
    /// - Throws: `unwanted` when they are not; the stream is then as it was.
    public func advance(
        _ stream: inout MotionStream, isHurried: Bool = false, isWanted: () -> Bool = { true }
    ) throws -> [MotionStep] {
        var next = stream
        let steps = try next.advance(isHurried: isHurried, generator: self, isWanted: isWanted)
        stream = next
        return steps
    }

    private func encoding(of text: String) throws -> SentenceEncoding {
        if let known = prompts[text] { return known }
        let encoding = try encoder.encode(text)
        // A bounded memory: prompts repeat within a plan, not over days.
        if prompts.count >= 256 { prompts.removeAll(keepingCapacity: true) }
        prompts[text] = encoding
        return encoding
    }
}
