import CKernels
import Geometry
import Testing

@Suite("Kernels: rows")
struct KernelRowsTests {
    static let widths = [1, 5, 16, 23, 48, 77]
    let rows = 3
    let eps: Float = 1e-5

    @Test("Softmax by row, masked entries exactly zero", arguments: widths)
    func softmax(width: Int) {
        var random = SplitMix64(seed: 10)
        let x = random.floats(rows * width, in: -30...30)
        var y = x
        ck_softmax(rows, width, x, &y)
        expectClose(y, KernelReference.softmax(x.doubles, width: width), tolerance: 1e-6)

        guard width > 1 else { return }
        var masked = x
        for r in 0..<rows { masked[r * width + width - 1] = -.infinity }
        masked.withUnsafeMutableBufferPointer { p in
            if let base = p.baseAddress { ck_softmax(rows, width, base, base) }
        }
        for r in 0..<rows {
            #expect(masked[r * width + width - 1] == 0)
            #expect(abs(masked[r * width..<(r + 1) * width].reduce(0, +) - 1) < 1e-5)
        }
    }

    @Test("LayerNorm and its gradients", arguments: widths)
    func layerNorm(width: Int) {
        var random = SplitMix64(seed: 11)
        let x = random.floats(rows * width, in: -2...3)
        let (gain, bias) = (random.floats(width, in: 0.5...1.5), random.floats(width))
        let reference = { KernelReference.layerNorm($0, gain: $1, bias: $2, eps: Double(self.eps)) }
        var y = x
        var mean = [Float](repeating: 0, count: rows)
        var rstd = mean
        ck_layernorm(rows, width, x, gain, bias, eps, &y, &mean, &rstd)
        expectClose(y, reference(x.doubles, gain.doubles, bias.doubles), tolerance: 2e-6, "y")
        guard width > 1 else { return }  // A single element has no spread: the derivative is 0 · 1/√eps.

        let dy = random.floats(rows * width)
        let before = random.floats(rows * width)
        var dx = before
        var dgain = [Float](repeating: 1, count: width)
        var dbias = [Float](repeating: 2, count: width)
        ck_layernorm_backward(rows, width, x, gain, mean, rstd, dy, &dx, &dgain, &dbias)
        let inputs = (x: x.doubles, gain: gain.doubles, bias: bias.doubles)
        let byX = numericalGradient(at: inputs.x, dy.doubles) { reference($0, inputs.gain, inputs.bias) }
        let byGain = numericalGradient(at: inputs.gain, dy.doubles) { reference(inputs.x, $0, inputs.bias) }
        let byBias = numericalGradient(at: inputs.bias, dy.doubles) { reference(inputs.x, inputs.gain, $0) }
        expectClose(dx, zip(before, byX).map { Double($0) + $1 }, tolerance: 1e-5, "dx")
        expectClose(dgain, byGain.map { 1 + $0 }, tolerance: 1e-5, "dgain")
        expectClose(dbias, byBias.map { 2 + $0 }, tolerance: 1e-5, "dbias")
    }

    @Test("RMSNorm and its gradients", arguments: widths)
    func rmsNorm(width: Int) {
        var random = SplitMix64(seed: 12)
        let x = random.floats(rows * width, in: -2...3)
        let gain = random.floats(width, in: 0.5...1.5)
        let reference = { KernelReference.rmsNorm($0, gain: $1, eps: Double(self.eps)) }
        var y = x
        var rstd = [Float](repeating: 0, count: rows)
        ck_rmsnorm(rows, width, x, gain, eps, &y, &rstd)
        expectClose(y, reference(x.doubles, gain.doubles), tolerance: 2e-6, "y")

        let dy = random.floats(rows * width)
        let before = random.floats(rows * width)
        var dx = before
        var dgain = [Float](repeating: 1, count: width)
        ck_rmsnorm_backward(rows, width, x, gain, rstd, dy, &dx, &dgain)
        let byX = numericalGradient(at: x.doubles, dy.doubles) { reference($0, gain.doubles) }
        let byGain = numericalGradient(at: gain.doubles, dy.doubles) { reference(x.doubles, $0) }
        expectClose(dx, zip(before, byX).map { Double($0) + $1 }, tolerance: 1e-5, "dx")
        expectClose(dgain, byGain.map { 1 + $0 }, tolerance: 1e-5, "dgain")
    }

    @Test("Few rows times weights, each row the same however many there are", arguments: [1, 3, 4, 5, 26, 48])
    func linear(rows: Int) {
        for (outputs, inputs) in [(4, 16), (48, 256), (36, 768)] {
            var random = SplitMix64(seed: 9)
            let (x, w) = (random.floats(rows * inputs), random.floats(outputs * inputs))
            var y = [Float](repeating: .nan, count: rows * outputs)
            ck_linear(rows, outputs, outputs, inputs, x, w, &y)
            for row in 0..<rows {
                let values = x[row * inputs..<(row + 1) * inputs].map(Double.init)
                for output in 0..<outputs {
                    let weights = w[output * inputs..<(output + 1) * inputs].map(Double.init)
                    let terms = zip(values, weights).map { $0 * $1 }
                    let size = terms.reduce(0) { $0 + abs($1) }
                    #expect(abs(Double(y[row * outputs + output]) - terms.reduce(0, +)) <= 1e-6 * size)
                }
            }
            var last = [Float](repeating: .nan, count: outputs)
            ck_linear(1, outputs, outputs, inputs, Array(x.suffix(inputs)), w, &last)
            #expect(last == Array(y.suffix(outputs)))
        }
    }

    @Test(
        "Weights packed once give the same products, each row the same however many there are",
        arguments: [1, 2, 5, 11, 13, 14, 15, 30, 42, 48])
    func packed(rows: Int) {
        for (outputs, inputs) in [(32, 3), (96, 256), (64, 771), (7, 16), (276, 48)] {
            var random = SplitMix64(seed: 10)
            let (x, w) = (random.floats(rows * inputs), random.floats(outputs * inputs))
            var packed = [Float](repeating: .nan, count: (outputs + 31) / 32 * 32 * inputs)
            ck_pack_linear(outputs, inputs, w, &packed)
            var y = [Float](repeating: .nan, count: rows * outputs)
            ck_linear_packed(rows, outputs, outputs, inputs, x, packed, &y)
            let weights = (0..<outputs).map { w[$0 * inputs..<($0 + 1) * inputs].map(Double.init) }
            for row in 0..<rows {
                let values = x[row * inputs..<(row + 1) * inputs].map(Double.init)
                for output in 0..<outputs {
                    let terms = zip(values, weights[output]).map { $0 * $1 }
                    let size = terms.reduce(0) { $0 + abs($1) }
                    #expect(abs(Double(y[row * outputs + output]) - terms.reduce(0, +)) <= 1e-5 * size)
                }
            }
            var last = [Float](repeating: .nan, count: outputs)
            ck_linear_packed(1, outputs, outputs, inputs, Array(x.suffix(inputs)), packed, &last)
            #expect(last == Array(y.suffix(outputs)))
        }
    }

    @Test("A bias is added to every row, and its gradient is the sum of the rows", arguments: widths)
    func bias(width: Int) {
        var random = SplitMix64(seed: 13)
        let (x, b) = (random.floats(rows * width), random.floats(width))
        var y = x
        ck_add_bias(rows, width, x, b, &y)
        expectClose(y, x.indices.map { Double(x[$0]) + Double(b[$0 % width]) }, tolerance: 1e-6)
        var db = b
        ck_sum_rows(rows, width, x, &db)
        let sums = (0..<width).map { column in
            (0..<rows).reduce(Double(b[column])) { $0 + Double(x[$1 * width + column]) }
        }
        expectClose(db, sums, tolerance: 1e-6)
    }
}
