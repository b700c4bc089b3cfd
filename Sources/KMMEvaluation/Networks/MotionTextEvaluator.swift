import Foundation
public import HumanMotion
import KMM
public import MotionData
public import Tensors

/// Sizes of an evaluator, the words it knows and the scale of the features it reads.
public struct EvaluatorConfiguration: Codable, Sendable {
    /// The defaults.
    package init() {}

    /// Width of the hidden rows.
    public var width = 128
    /// Width of the common space.
    public var embedding = 64
    /// Words that have rows of their own, in order.
    public var words: [String] = []
    /// Mean and scale of the training rows.
    public var statistics = FeatureStatistics(mean: [], deviation: [])
    /// Numbers of a frame that are read: all but the contacts.
    public static let features = MotionFeatures.contacts.lowerBound
    /// Words of a caption that are read.
    public static let longestText = 32
}

/// A judge of text and motion: two networks that put captions and motions into one space of unit vectors.
///
/// After Guo et al., "Generating Diverse and Natural 3D Human Motions from Text", CVPR 2022, and Petrovich et al., "TMR", ICCV
/// 2023: strided convolutions over frames, learned to meet the captions' side (InfoNCE) and to keep enough of the frames
/// to give them back. It shares nothing with the generator: words have their own rows, learned here from the captions.
public struct MotionTextEvaluator: Module {
    /// Sizes, words and scale.
    public let configuration: EvaluatorConfiguration
    package let words: Tensor
    let wordLayers: [CausalConvolution]
    let textOutput: Linear
    let downsampling: [CausalConvolution]
    let layers: [CausalConvolution]
    let motionOutput: Linear
    package let logScale: Tensor
    private let rows: [String: Int]

    /// An evaluator with fresh weights.
    public init(_ configuration: EvaluatorConfiguration, using generator: inout some RandomNumberGenerator) {
        self.configuration = configuration
        let width = configuration.width
        rows = Dictionary(
            configuration.words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        // The last two rows are the unknown word and the filling behind a short text.
        words = Initialization.normal(0.1)([configuration.words.count + 2, width], using: &generator)
        var wordLayers: [CausalConvolution] = []
        var layers: [CausalConvolution] = []
        for layer in 0..<2 {
            wordLayers.append(CausalConvolution(width, width, kernel: 3, using: &generator))
            layers.append(CausalConvolution(width, width, kernel: 3, dilation: 2 << layer, using: &generator))
        }
        (self.wordLayers, self.layers) = (wordLayers, layers)
        textOutput = Linear(width, configuration.embedding, using: &generator)
        downsampling = [
            CausalConvolution(EvaluatorConfiguration.features, width, kernel: 4, stride: 2, using: &generator),
            CausalConvolution(width, width, kernel: 4, stride: 2, using: &generator),
        ]
        motionOutput = Linear(width, configuration.embedding, using: &generator)
        logScale = Tensor([2.66], shape: [1], requiresGradient: true)
    }

    /// Reads an evaluator.
    public init(path: String) throws {
        let file = try SafeTensors(path: path)
        var seed = EmptyParameters()
        self.init(try ModelFile.configuration(EvaluatorConfiguration.self, of: file), using: &seed)
        try ModelFile.read(self, from: file)
        setRequiresGradient(false)
    }

    /// Unit rows, [texts, embedding].
    public func embed(_ texts: [String]) -> Tensor { embedText(texts.map(wordRows), drop: { $0 }) }

    /// Unit rows, [motions, embedding]; of each motion the first `CaptionedMotions.longest` frames count.
    public func embed(_ motions: [MotionFeatures]) -> Tensor {
        let batch = 32
        return Tensor.concatenatingRows(
            stride(from: 0, to: motions.count, by: batch).map { start in
                let input = input(Array(motions[start..<min(start + batch, motions.count)]))
                return embedMotion(movements(input, drop: { $0 }), input)
            })
    }

    /// Rows of the word table for a text.
    package func wordRows(_ text: String) -> [Int] {
        Self.words(of: text).prefix(EvaluatorConfiguration.longestText).map { rows[$0] ?? configuration.words.count }
    }

    package static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    package func embedText(_ texts: [[Int]], drop: (Tensor) -> Tensor) -> Tensor {
        let length = max(texts.map(\.count).max() ?? 1, 1)
        let filling = configuration.words.count + 1
        let padded = texts.flatMap { $0 + [Int](repeating: filling, count: length - $0.count) }
        var x = words.gatherRows(padded)
        for layer in wordLayers { x = x + drop(layer(x, sequences: texts.count).gelu()) }
        let ranges = texts.enumerated().map { $0 * length..<($0 * length + max($1.count, 1)) }
        return textOutput(x.meanRows(of: ranges)).normalizedRows()
    }

    /// Normalised frames of some motions, filled to one length.
    package struct Input {
        /// Four frames a group, the groups of all motions below one another.
        package var frames: Tensor
        /// Groups of four frames of each motion.
        package var counts: [Int]
        /// Those of the longest.
        package var longest: Int
    }

    package func input(_ motions: [MotionFeatures]) -> Input {
        let counts = motions.map { max(min($0.frameCount, CaptionedMotions.longest) / 4, 1) }
        let longest = counts.max() ?? 1
        let (width, kept) = (MotionFeatures.width, EvaluatorConfiguration.features)
        let frames = Tensor(repeating: 0, shape: [motions.count * longest * 4, kept])
        let (mean, deviation) = (configuration.statistics.mean, configuration.statistics.deviation)
        for (index, motion) in motions.enumerated() {
            for frame in 0..<min(counts[index] * 4, motion.frameCount) {
                let target = frames.data + (index * longest * 4 + frame) * kept
                for column in 0..<kept {
                    target[column] = (motion.values[frame * width + column] - mean[column]) / deviation[column]
                }
                // A stretch's first rows tell of the frame before it, which a motion from its start has not.
                if frame == 0 {
                    for column in MotionFeatures.rootVelocity { target[column] = 0 }
                    for column in MotionFeatures.velocities { target[column] = 0 }
                }
            }
        }
        return Input(frames: frames, counts: counts, longest: longest)
    }

    /// Rows of movements, one for four frames.
    package func movements(_ input: Input, drop: (Tensor) -> Tensor) -> Tensor {
        var x = input.frames
        for layer in downsampling { x = drop(layer(x, sequences: input.counts.count).gelu()) }
        for layer in layers { x = x + drop(layer(x, sequences: input.counts.count).gelu()) }
        return x
    }

    package func embedMotion(_ movements: Tensor, _ input: Input) -> Tensor {
        let ranges = input.counts.enumerated().map { $0 * input.longest..<($0 * input.longest + $1) }
        return motionOutput(movements.meanRows(of: ranges)).normalizedRows()
    }

    /// Visits all weights.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        visit(path + "words", words)
        for (index, layer) in wordLayers.enumerated() { layer.visitParameters("\(path)word_layers.\(index).", visit) }
        textOutput.visitParameters(path + "text_output.", visit)
        for (index, layer) in downsampling.enumerated() {
            layer.visitParameters("\(path)downsampling.\(index).", visit)
        }
        for (index, layer) in layers.enumerated() { layer.visitParameters("\(path)layers.\(index).", visit) }
        motionOutput.visitParameters(path + "motion_output.", visit)
        visit(path + "log_scale", logScale)
    }
}

/// Stands for "the file will fill this".
private struct EmptyParameters: UnfilledGenerator {
    mutating func next() -> UInt64 { 0 }
}
