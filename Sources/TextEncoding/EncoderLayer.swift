import CKernels
import COpenBLAS
import Tensors

/// y = x Wᵀ + b over rows.
struct Affine: Sendable {
    let inputs: Int
    let outputs: Int
    /// [outputs, inputs]
    let weight: [Float]
    /// [outputs]
    let bias: [Float]

    /// Reads one layer, or several of the same inputs as one whose outputs stand side by side.
    init(_ names: [String], inputs: Int, outputs: Int, from file: SafeTensors) throws {
        self.inputs = inputs
        self.outputs = outputs * names.count
        weight = try names.flatMap { try file.floats("\($0).weight", shape: [outputs, inputs]).values }
        bias = try names.flatMap { try file.floats("\($0).bias", shape: [outputs]).values }
    }

    func callAsFunction(_ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>) {
        MatrixProduct.rows(x, weight, into: y, rows: rows, outputs: outputs, inputs: inputs)
        ck_add_bias(rows, outputs, y, bias, y)
    }
}

/// LayerNorm over rows.
struct LayerNorm: Sendable {
    /// BERT's, far under what single precision resolves.
    private static let epsilon: Float = 1e-12

    let width: Int
    let gain: [Float]
    let bias: [Float]

    init(_ name: String, width: Int, from file: SafeTensors) throws {
        self.width = width
        gain = try file.floats("\(name).weight", shape: [width]).values
        bias = try file.floats("\(name).bias", shape: [width]).values
    }

    func callAsFunction(
        _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ workspace: borrowing Workspace
    ) {
        let rows = workspace.rows
        let statistics = workspace.statistics
        ck_layernorm(rows, width, x, gain, bias, Self.epsilon, y, statistics, statistics + rows)
    }
}

/// One transformer encoder layer with the norm after each sublayer (Vaswani et al., 2017; Devlin et al., 2019).
struct EncoderLayer: Sendable {
    private let width: Int
    private let heads: Int
    private let attention: Affine
    private let attentionOutput: Affine
    private let attentionNorm: LayerNorm
    private let expansion: Affine
    private let contraction: Affine
    private let feedForwardNorm: LayerNorm

    init(_ name: String, width: Int, innerWidth: Int, heads: Int, from file: SafeTensors) throws {
        self.width = width
        self.heads = heads
        attention = try Affine(
            ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, inputs: width, outputs: width, from: file)
        attentionOutput = try Affine(["\(name).attention.output.dense"], inputs: width, outputs: width, from: file)
        attentionNorm = try LayerNorm("\(name).attention.output.LayerNorm", width: width, from: file)
        expansion = try Affine(["\(name).intermediate.dense"], inputs: width, outputs: innerWidth, from: file)
        contraction = try Affine(["\(name).output.dense"], inputs: innerWidth, outputs: width, from: file)
        feedForwardNorm = try LayerNorm("\(name).output.LayerNorm", width: width, from: file)
    }

    /// Carries the residual stream of the workspace through the layer.
    func callAsFunction(_ workspace: borrowing Workspace) {
        let rows = workspace.rows
        attention(workspace.hidden, rows: rows, into: workspace.attention)
        for head in 0..<heads { attend(head, workspace) }
        attentionOutput(workspace.context, rows: rows, into: workspace.update)
        ck_axpy(rows * width, 1, workspace.hidden, workspace.update)
        attentionNorm(workspace.update, into: workspace.hidden, workspace)

        expansion(workspace.hidden, rows: rows, into: workspace.inner)
        ck_gelu(rows * expansion.outputs, workspace.inner, workspace.inner)
        contraction(workspace.inner, rows: rows, into: workspace.update)
        ck_axpy(rows * width, 1, workspace.hidden, workspace.update)
        feedForwardNorm(workspace.update, into: workspace.hidden, workspace)
    }

    /// One head: softmax(Q Kᵀ / √d) V, from its columns of the attention buffer to its columns of the context.
    private func attend(_ head: Int, _ workspace: borrowing Workspace) {
        let count = workspace.rows
        let rows = Int32(count)
        let size = width / heads
        let stride = Int32(attention.outputs)
        let queries = workspace.attention + head * size
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, Int32(size), 1 / Float(size).squareRoot(), queries,
            stride, queries + width, stride, 0, workspace.scores, rows)
        ck_softmax(count, count, workspace.scores, workspace.scores)
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, Int32(size), rows, 1, workspace.scores, rows,
            queries + 2 * width, stride, 0, workspace.context + head * size, Int32(width))
    }
}
