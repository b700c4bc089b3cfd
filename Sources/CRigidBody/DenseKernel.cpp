#include "DenseKernel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#pragma clang fp contract(fast)

namespace {

using Kernel = void(int, int, const double *, int, const double *, int, double *);
typedef double Four __attribute__((vector_size(32)));
typedef double LooseFour __attribute__((vector_size(32), aligned(8), may_alias));

/// `count` times four rows, which stay in registers.
template <int count>
__attribute__((always_inline)) inline void strip(
    int columns, const double *matrix, int stride, const double *coefficients, int coefficient_stride, double *y) {
    Four sum[count];
    for (int i = 0; i < count; ++i) sum[i] = reinterpret_cast<const LooseFour *>(y)[i];
    for (int k = 0; k < columns; ++k) {
        const double c = coefficients[static_cast<long>(k) * coefficient_stride];
        const Four factor = {c, c, c, c};
        const LooseFour *column = reinterpret_cast<const LooseFour *>(matrix + static_cast<long>(k) * stride);
        for (int i = 0; i < count; ++i) sum[i] -= column[i] * factor;
    }
    for (int i = 0; i < count; ++i) reinterpret_cast<LooseFour *>(y)[i] = sum[i];
}

__attribute__((always_inline)) inline void subtract(int rows, int columns, const double *matrix, int stride,
    const double *coefficients, int coefficient_stride, double *y) {
    int row = 0;
    for (; row + 32 <= rows; row += 32)
        strip<8>(columns, matrix + row, stride, coefficients, coefficient_stride, y + row);
    for (; row + 16 <= rows; row += 16)
        strip<4>(columns, matrix + row, stride, coefficients, coefficient_stride, y + row);
    for (; row + 4 <= rows; row += 4)
        strip<1>(columns, matrix + row, stride, coefficients, coefficient_stride, y + row);
    for (; row < rows; ++row) {
        double sum = y[row];
        for (int k = 0; k < columns; ++k) {
            sum -=
                matrix[row + static_cast<long>(k) * stride] * coefficients[static_cast<long>(k) * coefficient_stride];
        }
        y[row] = sum;
    }
}

void subtract_base(int rows, int columns, const double *m, int stride, const double *c, int c_stride, double *y) {
    subtract(rows, columns, m, stride, c, c_stride, y);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void subtract_wide(
    int rows, int columns, const double *m, int stride, const double *c, int c_stride, double *y) {
    subtract(rows, columns, m, stride, c, c_stride, y);
}
#endif

Kernel *chosen() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const char *cap = std::getenv("KMMD_ISA_LEVEL");
    if (cap != nullptr && std::atoi(cap) < 3) return subtract_base;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return subtract_wide;
#endif
    return subtract_base;
}

Kernel *const kernel = chosen();

/// X := X L'^-1 in place, of each column only the first `height(column)` rows.
template <typename Height>
void divide(Eigen::Ref<Eigen::MatrixXd> x, const Eigen::Ref<const Eigen::MatrixXd> &triangle, Height height) {
    const int n = static_cast<int>(x.cols());
    const int stride = static_cast<int>(x.outerStride()), triangle_stride = static_cast<int>(triangle.outerStride());
    for (int j = 0; j < n; ++j) {
        double *const column = x.data() + static_cast<long>(j) * stride;
        const int rows = height(j);
        kernel(rows, j, x.data(), stride, triangle.data() + j, triangle_stride, column);
        const double scale = 1 / triangle(j, j);
        for (int i = 0; i < rows; ++i) column[i] *= scale;
    }
}

}  // namespace

namespace krb {

void subtract_product(int rows, int columns, const double *matrix, int stride, const double *coefficients,
    int coefficient_stride, double *y) {
    kernel(rows, columns, matrix, stride, coefficients, coefficient_stride, y);
}

bool factor(Eigen::Ref<Eigen::MatrixXd> matrix) {
    const int n = static_cast<int>(matrix.cols()), rows = static_cast<int>(matrix.rows());
    const int stride = static_cast<int>(matrix.outerStride());
    double *const a = matrix.data();
    for (int j = 0; j < n; ++j) {
        double *const column = a + static_cast<long>(j) * stride;
        const int top = strip_start(j);
        kernel(rows - top, j, a + top, stride, a + j, stride, column + top);
        const double pivot = column[j];
        if (!(pivot > 0)) return false;
        const double scale = 1 / std::sqrt(pivot);
        for (int i = j; i < rows; ++i) column[i] *= scale;
    }
    return true;
}

void invert_transposed(Eigen::Ref<Eigen::MatrixXd> x, const Eigen::Ref<const Eigen::MatrixXd> &triangle) {
    x.setIdentity();
    // Below its own row a column stays zero.
    const int rows = static_cast<int>(x.rows());
    divide(x, triangle, [rows](int column) { return std::min(rows, strip_start(column) + 4); });
}

void divide_by_transposed(Eigen::Ref<Eigen::MatrixXd> x, const Eigen::Ref<const Eigen::MatrixXd> &triangle) {
    const int rows = static_cast<int>(x.rows());
    divide(x, triangle, [rows](int) { return rows; });
}

}  // namespace krb
