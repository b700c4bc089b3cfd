#pragma once

#include <Eigen/Dense>

namespace krb {

/// y -= A c for the columns of a matrix that lie `stride` numbers apart: what Cholesky factors and triangular solves are
/// made of. Compiled for AVX2 besides the baseline and chosen at run time (KMMD_ISA_LEVEL=0 holds to the baseline): a frame's
/// matrices are too small for a BLAS.
void subtract_product(int rows, int columns, const double *matrix, int stride, const double *coefficients,
    int coefficient_stride, double *y);

/// A = L L' in place, in the lower triangle; false when A is not positive definite. The upper triangle is spoilt.
bool factor(Eigen::Ref<Eigen::MatrixXd> matrix);

/// X := X L'^-1 in place.
void divide_by_transposed(Eigen::Ref<Eigen::MatrixXd> x, const Eigen::Ref<const Eigen::MatrixXd> &triangle);

/// X := L'^-1, an upper triangle; X has as many columns as L and may have more rows.
void invert_transposed(Eigen::Ref<Eigen::MatrixXd> x, const Eigen::Ref<const Eigen::MatrixXd> &triangle);

/// The start of the strip of vectors that an index lies in.
inline int strip_start(int index) { return index / 4 * 4; }

}  // namespace krb
