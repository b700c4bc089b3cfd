import CKernels
import Tensors

/// The sentence encoder all-MiniLM-L6-v2: a BERT of six layers (Wang et al., 2020; Reimers and Gurevych, 2019).
///
/// May be used from any thread. Unchecked because of the tensors: once loaded they are read and never written, and what a call
/// computes is its own.
public final class SentenceEncoder: @unchecked Sendable {
    /// The numbers that stand for a text or a word piece.
    public static let width = 384

    private static let innerWidth = 1536
    private static let heads = 12
    private static let depth = 6
    private static let positions = 512

    /// The tokenizer of the encoder.
    public let tokenizer: WordPiece

    private let weightsPath: String
    /// [vocabulary, width]
    private let wordTable: [Float]
    /// [positions, width]: the position and the first token type together.
    private let positionTable: [Float]
    private let norm: LayerNorm
    private let layers: [EncoderLayer]

    /// Loads `weights.safetensors` and `vocab.txt` from a directory, such as `Models/minilm-l6`.
    ///
    /// - Throws: `TextEncodingError` for the vocabulary; `TensorFileError` for weights that are missing, cut short or of
    ///   another shape, with the file, the tensor and both shapes.
    public init(directory: String) throws {
        weightsPath = "\(directory)/weights.safetensors"
        tokenizer = try WordPiece(vocabularyPath: "\(directory)/vocab.txt")
        let file = try SafeTensors(path: weightsPath)
        let width = Self.width
        wordTable = try file.floats(
            "embeddings.word_embeddings.weight", shape: [tokenizer.vocabularySize, width]
        ).values
        let positions = try file.floats("embeddings.position_embeddings.weight", shape: [Self.positions, width]).values
        let types = try file.floats("embeddings.token_type_embeddings.weight", shape: [2, width]).values
        positionTable = positions.indices.map { positions[$0] + types[$0 % width] }
        norm = try file.layerNorm("embeddings.LayerNorm", width: width)
        layers = try (0..<Self.depth).map {
            try EncoderLayer(
                "encoder.layer.\($0)", width: width, innerWidth: Self.innerWidth, heads: Self.heads, from: file)
        }
    }

    /// Encodes a text; what lies beyond its first 126 word pieces is ignored. A text without words has an encoding too.
    ///
    /// - Throws: `TextEncodingError.encodingNotFinite` when the weights hold broken numbers.
    public func encode(_ text: String) throws -> SentenceEncoding {
        let width = Self.width
        let tokens = tokenizer.tokens(of: text)
        let rows = tokens.ids.count
        let embedded = Tensor(repeating: 0, shape: [rows, width])
        for (row, id) in tokens.ids.enumerated() {
            for column in 0..<width {
                embedded.data[row * width + column] =
                    wordTable[id * width + column] + positionTable[row * width + column]
            }
        }
        let hidden = layers.reduce(norm(embedded)) { hidden, layer in layer(hidden) }
        let features = hidden.values
        let pooled = pool(features)
        guard pooled.allSatisfy(\.isFinite) else { throw TextEncodingError.encodingNotFinite(path: weightsPath) }
        return SentenceEncoding(
            pooled: pooled, words: Array(features[width..<(rows - 1) * width]),
            pieces: Array(tokens.pieces[1..<rows - 1]))
    }

    /// The mean of the rows, scaled to length one.
    private func pool(_ features: [Float]) -> [Float] {
        var sum = [Float](repeating: 0, count: Self.width)
        for (index, value) in features.enumerated() { sum[index % Self.width] += value }
        let norm = ck_dot(sum.count, sum, sum).squareRoot()
        return sum.map { $0 / norm }
    }
}
