import CKernels
import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tells the lexicon's actions, and texts that are none, apart by their sentence embedding: one linear layer.
public struct ActionClassifier: Sendable {
    /// Name under which texts that are no action stand.
    public static let nothing = "-"

    /// What each row of the layer stands for.
    public let names: [String]
    /// [names, SentenceEncoder.width]
    let weight: [Float]
    /// [names]
    let bias: [Float]

    /// A classifier of these weights.
    public init(names: [String], weight: [Float], bias: [Float]) {
        precondition(weight.count == names.count * SentenceEncoder.width && bias.count == names.count)
        self.names = names
        self.weight = weight
        self.bias = bias
    }

    /// Reads `Models/understanding/weights.safetensors`.
    ///
    /// - Throws: `TensorFileError` for a file that is missing or of another shape.
    public init(path: String) throws {
        let file = try SafeTensors(path: path)
        names = (file.metadata["names"] ?? "").split(separator: ",").map(String.init)
        weight = try file.floats("weight", shape: [names.count, SentenceEncoder.width]).values
        bias = try file.floats("bias", shape: [names.count]).values
    }

    /// Writes the file that ``init(path:)`` reads, with halves of the numbers' digits.
    ///
    /// - Throws: `TensorFileError` when writing fails.
    public func write(to path: String, metadata: [String: String]) throws {
        try SafeTensors.write(
            path: path,
            tensors: [
                .init("weight", shape: [names.count, SentenceEncoder.width], .f16(weight)),
                .init("bias", shape: [names.count], .f16(bias)),
            ], metadata: metadata.merging(["names": names.joined(separator: ",")]) { $1 })
    }

    /// The probability of each name for an embedding [SentenceEncoder.width].
    public func probabilities(_ embedding: [Float]) -> [Float] {
        var logits = bias
        let width = SentenceEncoder.width
        weight.withUnsafeBufferPointer { weight in
            guard let rows = weight.baseAddress else { return }
            for row in names.indices { logits[row] += ck_dot(width, rows + row * width, embedding) }
        }
        let most = logits.max() ?? 0
        let powers = logits.map { expf($0 - most) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }
}
