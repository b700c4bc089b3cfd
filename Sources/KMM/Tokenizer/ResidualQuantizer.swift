public import Tensors

/// A stack of codebooks, each coding what the ones before it left over (residual vector quantisation).
///
/// Guo et al., "MoMask: Generative Masked Modeling of 3D Human Motions", CVPR 2024.
public struct ResidualQuantizer: Module {
    /// One table a layer, [codes, codeWidth]. Not trained by gradients: the trainer follows the running means.
    public let codebooks: [Tensor]

    init(_ configuration: TokenizerConfiguration, using generator: inout some RandomNumberGenerator) {
        var codebooks: [Tensor] = []
        for _ in 0..<configuration.quantizers {
            codebooks.append(
                Initialization.normal(1)([configuration.codes, configuration.codeWidth], using: &generator))
        }
        self.codebooks = codebooks
    }

    /// Index of the nearest code of one layer for every row.
    public func nearest(_ rows: Tensor, layer: Int) -> [Int] {
        let codebook = codebooks[layer]
        let (codes, width) = (codebook.rows, codebook.width)
        // argmin ‖r − e‖² = argmax r·e − ½‖e‖²
        let halfNorms = Tensor(uninitialized: [codes], from: codebook) { row in
            -0.5 * row.reduce(0) { $0 + $1 * $1 }
        }
        let scores = Tensor(copying: rows.data, shape: [rows.rows, width]).linear(
            Tensor(copying: codebook.data, shape: codebook.shape), bias: halfNorms)
        return (0..<rows.rows).map { row in
            let score = scores.data + row * codes
            var best = 0
            for code in 1..<codes where score[code] > score[best] { best = code }
            return best
        }
    }

    /// Codes of every layer, `[layer][row]`, for latents [rows, codeWidth].
    public func encode(_ latents: Tensor) -> [[Int]] {
        let residual = Tensor(copying: latents.data, shape: latents.shape)
        return codebooks.indices.map { layer in
            let indices = nearest(residual, layer: layer)
            subtract(indices, layer: layer, from: residual)
            return indices
        }
    }

    /// Sum of the codes of the layers given, [rows, codeWidth].
    public func decode(_ indices: [[Int]]) -> Tensor {
        let width = codebooks[0].width
        let sum = Tensor(repeating: 0, shape: [indices.first?.count ?? 0, width])
        for (layer, codes) in indices.enumerated() {
            for (row, code) in codes.enumerated() {
                let (target, source) = (sum.data + row * width, codebooks[layer].data + code * width)
                for column in 0..<width { target[column] += source[column] }
            }
        }
        return sum
    }

    /// Takes the chosen codes of a layer away from the rows in place.
    public func subtract(_ indices: [Int], layer: Int, from rows: Tensor) {
        let width = codebooks[layer].width
        for (row, code) in indices.enumerated() {
            let (target, source) = (rows.data + row * width, codebooks[layer].data + code * width)
            for column in 0..<width { target[column] -= source[column] }
        }
    }

    /// Visits the codebooks.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        for (layer, codebook) in codebooks.enumerated() { visit("\(path)\(layer).codebook", codebook) }
    }
}

extension Tensor {
    /// One number per row of `source`.
    fileprivate convenience init(
        uninitialized shape: [Int], from source: Tensor, _ value: (UnsafeBufferPointer<Float>) -> Float
    ) {
        self.init(
            (0..<source.rows).map { row in
                value(UnsafeBufferPointer(start: source.data + row * source.width, count: source.width))
            }, shape: shape)
    }
}
