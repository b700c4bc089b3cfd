import CKernels
import COpenBLAS

/// Products of matrices, by whatever is quickest for their sizes.
package enum MatrixProduct {
    /// Rows up to which weights are better read as they lie than packed first.
    private static let few = 48
    /// Products from which a second thread saves more than it takes to wake it.
    private static let many = 2_000_000

    /// Rows up to which they are better read from packed weights than by a library whose threads, once woken, spin for a while.
    private static let several = 128
    /// Outputs that one block of packed weights holds.
    static let packedBlock = 32

    /// Whether weights that were packed once are quicker.
    static func takesPacked(rows: Int, outputs: Int) -> Bool {
        rows <= several && outputs >= 2 * packedBlock && ck_isa_level() == 4
    }

    /// The same from weights as `ck_pack_linear` packs them.
    static func rows(
        _ x: UnsafePointer<Float>, packed: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int,
        outputs: Int, inputs: Int
    ) {
        let blocks = (outputs + packedBlock - 1) / packedBlock
        func product(_ range: Range<Int>) {
            let first = packedBlock * range.lowerBound
            ck_linear_packed(
                rows, min(packedBlock * range.upperBound, outputs) - first, outputs, inputs, x, packed + first * inputs,
                y + first)
        }
        if rows * outputs * inputs < many {
            product(0..<blocks)
        } else {
            Compute.forEachChunk(of: blocks) { _, range in product(range) }
        }
    }

    /// y = x Wᵀ: `x` is [rows, inputs], `weight` [outputs, inputs], `y` [rows, outputs].
    package static func rows(
        _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int,
        outputs: Int, inputs: Int
    ) {
        if rows <= few, inputs.isMultiple(of: 16), outputs.isMultiple(of: 4), ck_isa_level() == 4 {
            if rows * outputs * inputs < many {
                ck_linear(rows, outputs, outputs, inputs, x, weight, y)
            } else {
                Compute.forEachChunk(of: outputs / 4) { _, range in
                    let first = 4 * range.lowerBound
                    ck_linear(rows, 4 * range.count, outputs, inputs, x, weight + first * inputs, y + first)
                }
            }
        } else {
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(inputs), 1, x,
                Int32(inputs), weight, Int32(inputs), 0, y, Int32(outputs))
        }
    }
}
