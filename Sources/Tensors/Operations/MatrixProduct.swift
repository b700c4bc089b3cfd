import CKernels
import COpenBLAS

/// Products of matrices, by whatever is quickest for their sizes.
package enum MatrixProduct {
    /// Rows up to which weights are better read as they lie than packed first.
    private static let few = 48

    /// y = x Wᵀ: `x` is [rows, inputs], `weight` [outputs, inputs], `y` [rows, outputs].
    package static func rows(
        _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int,
        outputs: Int, inputs: Int
    ) {
        if rows <= few, inputs.isMultiple(of: 16), outputs.isMultiple(of: 4), ck_isa_level() == 4 {
            ck_linear(rows, outputs, inputs, x, weight, y)
        } else {
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(inputs), 1, x,
                Int32(inputs), weight, Int32(inputs), 0, y, Int32(outputs))
        }
    }
}
