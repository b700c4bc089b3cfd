import KMM
import Tensors

/// Moves the codes of one codebook to the running means of the latents assigned to them; codes that fall out of use are set
/// onto latents of the current batch.
///
/// van den Oord et al., "Neural Discrete Representation Learning", 2017, appendix A.1, with the reset threshold scaled to
/// the number of vectors in a step.
struct CodebookAverage {
    let codebook: Tensor
    /// Running number of vectors of each code, [codes].
    let counts: Tensor
    /// Running sum of vectors of each code, [codes, width].
    let sums: Tensor
    private static let momentum: Float = 0.99
    private var isSettled = false

    init(_ codebook: Tensor) {
        self.codebook = codebook
        counts = Tensor(repeating: 0, shape: [codebook.rows])
        sums = Tensor(copying: codebook.data, shape: codebook.shape)
    }

    /// Goes on from codes that were trained before: they are neither drawn anew nor quickly forgotten.
    mutating func settle() {
        counts.data.update(repeating: 1, count: counts.count)
        sums.data.update(from: codebook.data, count: sums.count)
        isSettled = true
    }

    /// Sets the codes onto rows of the first batch that uses the codebook; later ones change nothing.
    func initialize(from rows: Tensor, using generator: inout some RandomNumberGenerator) {
        guard counts.values.allSatisfy({ $0 == 0 }) else { return }
        counts.data.update(repeating: 1, count: counts.count)
        let width = codebook.width
        let noise = 0.01 / Float(width).squareRoot()
        for code in 0..<codebook.rows {
            let source = rows.data + Int.random(in: 0..<rows.rows, using: &generator) * width
            for column in 0..<width {
                codebook.data[code * width + column] =
                    source[column] + noise * .random(in: -1...1, using: &generator)
            }
        }
        sums.data.update(from: codebook.data, count: sums.count)
    }

    /// Takes one batch of assignments in; `step` is the number of steps before this one.
    func update(_ rows: Tensor, indices: [Int], step: Int, using generator: inout some RandomNumberGenerator) {
        let (codes, width) = (codebook.rows, codebook.width)
        // Young averages forget fast, so that the codes follow the quickly changing latents of the first steps.
        let momentum = isSettled ? Self.momentum : min(Self.momentum, Float(step + 1) / Float(step + 10))
        var count = [Float](repeating: 0, count: codes)
        var sum = [Float](repeating: 0, count: codes * width)
        for (row, code) in indices.enumerated() {
            count[code] += 1
            let source = rows.data + row * width
            for column in 0..<width { sum[code * width + column] += source[column] }
        }
        let threshold = 0.125 * Float(indices.count) / Float(codes)
        for code in 0..<codes {
            counts.data[code] = momentum * counts.data[code] + (1 - momentum) * count[code]
            for column in (code * width)..<((code + 1) * width) {
                sums.data[column] = momentum * sums.data[column] + (1 - momentum) * sum[column]
            }
        }
        let typical = counts.values.reduce(0, +) / Float(codes)
        for code in 0..<codes {
            if counts.data[code] < threshold {
                let source = rows.data + Int.random(in: 0..<rows.rows, using: &generator) * width
                counts.data[code] = typical
                for column in 0..<width { sums.data[code * width + column] = source[column] * typical }
            }
            for column in (code * width)..<((code + 1) * width) {
                codebook.data[column] = sums.data[column] / counts.data[code]
            }
        }
    }
}
