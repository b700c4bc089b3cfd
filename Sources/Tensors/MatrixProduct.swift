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
        forEachBlock(of: packedBlock, outputs: outputs, products: rows * outputs * inputs) { range in
            ck_linear_packed(
                rows, range.count, outputs, inputs, x, packed + range.lowerBound * inputs, y + range.lowerBound)
        }
    }

    /// Numbers that packed weights take.
    static func packedCount(outputs: Int, inputs: Int) -> Int {
        (outputs + packedBlock - 1) / packedBlock * packedBlock * inputs
    }

    /// Calls `body` with all outputs, or with whole blocks of them on several threads where that pays.
    private static func forEachBlock(of size: Int, outputs: Int, products: Int, _ body: (Range<Int>) -> Void) {
        guard products >= many else { return body(0..<outputs) }
        Compute.forEachChunk(of: (outputs + size - 1) / size) { _, blocks in
            body(size * blocks.lowerBound..<min(size * blocks.upperBound, outputs))
        }
    }

    /// y = x Wᵀ: `x` is [rows, inputs], `weight` [outputs, inputs], `y` [rows, outputs].
    package static func rows(
        _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int,
        outputs: Int, inputs: Int
    ) {
        if rows <= few, inputs.isMultiple(of: 16), outputs.isMultiple(of: 4), ck_isa_level() == 4 {
            forEachBlock(of: 4, outputs: outputs, products: rows * outputs * inputs) { range in
                ck_linear(
                    rows, range.count, outputs, inputs, x, weight + range.lowerBound * inputs, y + range.lowerBound)
            }
        } else {
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(inputs), 1, x,
                Int32(inputs), weight, Int32(inputs), 0, y, Int32(outputs))
        }
    }
}
