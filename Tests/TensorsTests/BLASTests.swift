import CKernels
import Foundation
import Geometry
import Tensors
import Testing

@Suite("OpenBLAS")
struct BLASTests {
    @Test("A processor with wide vectors never gets the kernels of the oldest")
    func kernels() {
        let isChosen = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] != nil
        guard ck_isa_level() >= 3, !isChosen else { return }
        #expect(String(cString: ck_blas_kernels()) != "Prescott")
    }

    @Test("Products agree with sums in double precision", arguments: [(7, 5, 3), (64, 48, 96), (33, 257, 130)])
    func products(rows: Int, inputs: Int, outputs: Int) {
        var random = SplitMix64(seed: 90)
        let (x, weight) = (random.floats(rows * inputs), random.floats(outputs * inputs))
        let product = Tensor(x, shape: [rows, inputs]).linear(Tensor(weight, shape: [outputs, inputs]))
        var expected = [Double](repeating: 0, count: rows * outputs)
        for row in 0..<rows {
            for output in 0..<outputs {
                for k in 0..<inputs {
                    expected[row * outputs + output] +=
                        Double(x[row * inputs + k]) * Double(weight[output * inputs + k])
                }
            }
        }
        expectClose(product.values, expected, tolerance: 1e-5, "product")
    }

    @Test(
        "Constant weights give what the same weights give otherwise, by few rows and by many", arguments: [5, 48, 200])
    func constant(rows: Int) {
        var random = SplitMix64(seed: 14)
        let x = Tensor(random.floats(rows * 64), shape: [rows, 64])
        for outputs in [96, 276] {
            let weight = Tensor(random.floats(outputs * 64), shape: [outputs, 64])
            let before = x.linear(weight).values
            weight.makeConstant()
            for _ in 0..<2 { expectClose(x.linear(weight).values, before.doubles, tolerance: 1e-5) }
        }
    }
}
