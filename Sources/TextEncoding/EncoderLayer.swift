import CKernels
import COpenBLAS
import Tensors

/// One transformer encoder layer with the norm after each sublayer (Vaswani et al., 2017; Devlin et al., 2019).
struct EncoderLayer {
    private let heads: Int
    /// Queries, keys and values side by side.
    private let projection: Linear
    private let attentionOutput: Linear
    private let attentionNorm: LayerNorm
    private let expansion: Linear
    private let contraction: Linear
    private let feedForwardNorm: LayerNorm

    init(_ name: String, width: Int, innerWidth: Int, heads: Int, from file: SafeTensors) throws {
        self.heads = heads
        projection = try file.linear(
            ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, inputs: width, outputs: width)
        attentionOutput = try file.linear(["\(name).attention.output.dense"], inputs: width, outputs: width)
        attentionNorm = try file.layerNorm("\(name).attention.output.LayerNorm", width: width)
        expansion = try file.linear(["\(name).intermediate.dense"], inputs: width, outputs: innerWidth)
        contraction = try file.linear(["\(name).output.dense"], inputs: innerWidth, outputs: width)
        feedForwardNorm = try file.layerNorm("\(name).output.LayerNorm", width: width)
    }

    /// The residual stream [rows, width] behind the layer.
    func callAsFunction(_ hidden: Tensor) -> Tensor {
        let mixed = attentionNorm(hidden + attentionOutput(attend(projection(hidden))))
        return feedForwardNorm(mixed + contraction(expansion(mixed).gelu()))
    }

    /// All heads: softmax(Q Kᵀ / √d) V, each from its columns of the projection [rows, 3 width] to its columns of [rows, width].
    private func attend(_ projection: Tensor) -> Tensor {
        let (rows, width) = (projection.rows, projection.width / 3)
        let size = width / heads
        let (count, stride) = (Int32(rows), Int32(projection.width))
        let mixed = Tensor(repeating: 0, shape: [rows, width])
        let scores = Tensor(repeating: 0, shape: [rows, rows])
        for head in 0..<heads {
            let queries = projection.data + head * size
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, count, count, Int32(size), 1 / Float(size).squareRoot(),
                queries, stride, queries + width, stride, 0, scores.data, count)
            ck_softmax(rows, rows, scores.data, scores.data)
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, count, Int32(size), count, 1, scores.data, count,
                queries + 2 * width, stride, 0, mixed.data + head * size, Int32(width))
        }
        return mixed
    }
}

extension SafeTensors {
    /// One linear layer, or several of the same inputs as one whose outputs stand side by side.
    func linear(_ names: [String], inputs: Int, outputs: Int) throws -> Linear {
        let weight = try names.flatMap { try floats("\($0).weight", shape: [outputs, inputs]).values }
        let bias = try names.flatMap { try floats("\($0).bias", shape: [outputs]).values }
        let all = outputs * names.count
        return Linear(weight: Tensor(weight, shape: [all, inputs]), bias: Tensor(bias, shape: [all]))
    }

    func layerNorm(_ name: String, width: Int) throws -> LayerNorm {
        LayerNorm(
            gain: Tensor(try floats("\(name).weight", shape: [width]).values, shape: [width]),
            bias: Tensor(try floats("\(name).bias", shape: [width]).values, shape: [width]),
            epsilon: 1e-12)  // BERT's, far under what single precision resolves
    }
}
