public import Tensors

/// Sizes of a motion tokenizer.
public struct TokenizerConfiguration: Codable, Hashable, Sendable {
    /// Numbers of one frame: 272 features and 4 contacts.
    public var features = 276
    /// Channels of the convolutions.
    public var width = 256
    /// Width of a code vector.
    public var codeWidth = 256
    /// Codes in each codebook.
    public var codes = 512
    /// Number of residual codebooks.
    public var quantizers = 3

    /// The sizes of the shipped model.
    public init() {}
}

/// The causal residual VQ-VAE between motion features and tokens; one token stands for four frames.
///
/// Guo et al., "MoMask", CVPR 2024, with causal convolutions as in Xiao et al., "MotionStreamer", ICCV 2025: every one looks back only, so that a decoded frame is final.
public struct MotionTokenizer: Module {
    /// Frames that one token stands for.
    public static let framesPerToken = 4

    /// Sizes.
    public let configuration: TokenizerConfiguration
    let encoder: MotionEncoder
    let decoder: MotionDecoder
    /// The codebooks.
    public let quantizer: ResidualQuantizer
    /// Mean of every feature over the training frames, [features].
    public let mean: Tensor
    /// Scale of every feature over the training frames, [features].
    public let deviation: Tensor

    /// A tokenizer with fresh weights and statistics 0 and 1.
    public init(_ configuration: TokenizerConfiguration, using generator: inout some RandomNumberGenerator) {
        self.configuration = configuration
        encoder = MotionEncoder(configuration, using: &generator)
        decoder = MotionDecoder(configuration, using: &generator)
        quantizer = ResidualQuantizer(configuration, using: &generator)
        mean = Tensor(repeating: 0, shape: [configuration.features])
        deviation = Tensor(repeating: 1, shape: [configuration.features])
    }

    /// Loads a trained tokenizer.
    ///
    /// Throws when the file is missing, truncated or of another shape.
    public init(path: String) throws {
        let file = try SafeTensors(path: path)
        var seed = UnfilledParameters()
        self.init(try ModelFile.configuration(TokenizerConfiguration.self, of: file), using: &seed)
        try ModelFile.read(self, from: file)
        setRequiresGradient(false)
    }

    /// Latents before quantisation, [rows / 4, codeWidth], of normalised features of equally long sequences.
    public func latents(_ normalized: Tensor, sequences: Int = 1) -> Tensor {
        var run = ConvolutionRun(sequences: sequences)
        return encoder(normalized, run: &run)
    }

    /// Normalised features, [4 rows, features], of quantised latents of equally long sequences.
    public func features(_ quantized: Tensor, sequences: Int = 1) -> Tensor {
        var run = ConvolutionRun(sequences: sequences)
        return decoder(quantized, run: &run)
    }

    /// Codes `[layer][token]` and latents of the raw features of one clip; frames beyond a multiple of four are left out.
    public func encode(_ features: UnsafeBufferPointer<Float>) -> (codes: [[Int]], latents: Tensor) {
        let width = configuration.features
        let frames = features.count / width / Self.framesPerToken * Self.framesPerToken
        let latents = latents(normalized(features.baseAddress, frames: frames))
        return (quantizer.encode(latents), latents)
    }

    /// Raw features, row-major, of codes `[layer][token]` of one whole clip.
    public func decode(_ codes: [[Int]]) -> [Float] {
        denormalized(features(quantizer.decode(codes)))
    }

    /// Raw frames to zero mean and unit scale.
    public func normalized(_ features: UnsafePointer<Float>?, frames: Int) -> Tensor {
        let width = configuration.features
        let result = Tensor(repeating: 0, shape: [frames, width])
        guard let features else { return result }
        for index in 0..<result.count {
            let column = index % width
            result.data[index] = (features[index] - mean.data[column]) / deviation.data[column]
        }
        return result
    }

    /// The inverse of `normalized`.
    public func denormalized(_ normalized: Tensor) -> [Float] {
        let width = configuration.features
        return (0..<normalized.count).map { index in
            normalized.data[index] * deviation.data[index % width] + mean.data[index % width]
        }
    }

    /// Visits the weights, codebooks and statistics.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        encoder.visitParameters(path + "encoder.", visit)
        decoder.visitParameters(path + "decoder.", visit)
        quantizer.visitParameters(path + "quantizer.", visit)
        visit(path + "mean", mean)
        visit(path + "deviation", deviation)
    }

    /// The weights that gradients train: encoder and decoder.
    public var trainedParameters: [(name: String, tensor: Tensor)] {
        parameters.filter { $0.name.hasPrefix("encoder.") || $0.name.hasPrefix("decoder.") }
    }
}
