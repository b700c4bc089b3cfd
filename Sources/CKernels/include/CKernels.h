#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Vectorised loops behind the tensors. All arrays are dense, row-major, float32. One source is compiled for
// x86-64 baseline, v3 (AVX2) and v4 (AVX-512) and chosen at run time; KMMD_ISA_LEVEL=0|3|4 caps the choice.

// Keeps freed memory in the process instead of handing pages back to the system at every large free (glibc only).
void ck_retain_freed_memory(void);

// Name of the kernels that OpenBLAS uses, such as "SkylakeX"; "unknown" where another library stands in for it.
const char *_Nonnull ck_blas_kernels(void);

// The instruction-set level in use: 0, 3 or 4.
int ck_isa_level(void);

// ---- elementwise, n elements; in-place calls (y == x) are allowed ----
// Relative error below 3e-7; 0 below x = -87.3 and constant (2.2e38) above 88.3; NaN gives NaN, here and in the rest.
void ck_exp(size_t n, const float *_Nonnull x, float *_Nonnull y);
void ck_silu(size_t n, const float *_Nonnull x, float *_Nonnull y);
// dx += dy * silu'(x)
void ck_silu_backward(size_t n, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx);
void ck_softplus(size_t n, const float *_Nonnull x, float *_Nonnull y);
// dx += dy * sigmoid(x)
void ck_softplus_backward(size_t n, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx);
// Exact GELU, x * Phi(x), with erf (BERT's); absolute error of Phi below 2e-7.
void ck_gelu(size_t n, const float *_Nonnull x, float *_Nonnull y);
void ck_gelu_backward(size_t n, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx);
// y += a * x
void ck_axpy(size_t n, float a, const float *_Nonnull x, float *_Nonnull y);
// y = a * b
void ck_mul(size_t n, const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull y);
// y += a * b
void ck_fma(size_t n, const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull y);
float ck_sum(size_t n, const float *_Nonnull x);
float ck_dot(size_t n, const float *_Nonnull a, const float *_Nonnull b);

// ---- rows: [rows, width] ----
// y = x wᵀ for few rows: x is [rows, inputs], w [outputs, inputs], y the first columns of [rows, width]; inputs a multiple of
// 16, outputs of 4. Made for level 4, where it needs 1 to 0.5 of the time of OpenBLAS up to about 48 rows, as it repacks no weights.
void ck_linear(size_t rows, size_t outputs, size_t width, size_t inputs, const float *_Nonnull x,
    const float *_Nonnull w, float *_Nonnull y);
// [outputs, inputs] to [outputs / 32 rounded up][inputs][32] for `ck_linear_packed`; what is not there is zero.
void ck_pack_linear(size_t outputs, size_t inputs, const float *_Nonnull w, float *_Nonnull packed);
// The same as `ck_linear` from weights that were packed once, of any numbers of inputs and outputs. On level 4 in 1 to 0.55
// of its time, if the outputs are not very few.
void ck_linear_packed(size_t rows, size_t outputs, size_t width, size_t inputs, const float *_Nonnull x,
    const float *_Nonnull w, float *_Nonnull y);
// y = softmax(x) by row; in place allowed. -inf gives 0, a row of nothing else NaN.
void ck_softmax(size_t rows, size_t width, const float *_Nonnull x, float *_Nonnull y);
// LayerNorm: y = (x - mean) / sqrt(var + eps) * gain + bias; mean and rstd (length rows) are kept for backward.
void ck_layernorm(size_t rows, size_t width, const float *_Nonnull x, const float *_Nonnull gain,
    const float *_Nonnull bias, float eps, float *_Nonnull y, float *_Nonnull mean, float *_Nonnull rstd);
// dx, dgain, dbias are added to.
void ck_layernorm_backward(size_t rows, size_t width, const float *_Nonnull x, const float *_Nonnull gain,
    const float *_Nonnull mean, const float *_Nonnull rstd, const float *_Nonnull dy, float *_Nonnull dx,
    float *_Nonnull dgain, float *_Nonnull dbias);
// RMSNorm: y = x / sqrt(mean(x^2) + eps) * gain.
void ck_rmsnorm(size_t rows, size_t width, const float *_Nonnull x, const float *_Nonnull gain, float eps,
    float *_Nonnull y, float *_Nonnull rstd);
void ck_rmsnorm_backward(size_t rows, size_t width, const float *_Nonnull x, const float *_Nonnull gain,
    const float *_Nonnull rstd, const float *_Nonnull dy, float *_Nonnull dx, float *_Nonnull dgain);
// y[r, :] = x[r, :] + b; in place allowed.
void ck_add_bias(size_t rows, size_t width, const float *_Nonnull x, const float *_Nonnull b, float *_Nonnull y);
// db += sum over rows of dy.
void ck_sum_rows(size_t rows, size_t width, const float *_Nonnull dy, float *_Nonnull db);

// ---- sequence kernels: one sequence of `length` rows, `channels` wide; channels is a multiple of 16 ----
// Outputs are not inputs here. `reverse` runs from the last row to the first ("causal in flipped time").

// Depthwise causal convolution with 4 taps: y[t] = bias + sum_j weight[:, j] * x[t - 3 + j] (flipped when reverse).
// weight: [channels, 4]. `history` (may be NULL: zeros): the 3 rows before the first processed row, [3, channels], in
// processing order (oldest first).
void ck_conv4(size_t length, size_t channels, const float *_Nonnull x, const float *_Nonnull weight,
    const float *_Nonnull bias, const float *_Nullable history, int reverse, float *_Nonnull y);
// dx, dweight, dbias are added to. History is taken as given: no gradient flows into it.
void ck_conv4_backward(size_t length, size_t channels, const float *_Nonnull x, const float *_Nonnull weight,
    const float *_Nullable history, int reverse, const float *_Nonnull dy, float *_Nonnull dx, float *_Nonnull dweight,
    float *_Nonnull dbias);

// Selective scan (Mamba-1), 16 states a channel:
//   s[e,n] = exp(delta[t,e] * A[e,n]) * s[e,n] + delta[t,e] * B[t,n] * u[t,e];   y[t,e] = sum_n C[t,n] s[e,n] + D[e] u[t,e]
// u, delta, y: [length, channels]; A (negative): [channels, 16]; D: [channels]; B, C: 16 columns of rows of stride
// `bc_stride`. `state` [channels, 16]: initial state in, final state out; NULL: starts from zero.
// delta * A is clamped at -80 from below.
void ck_scan(size_t length, size_t channels, const float *_Nonnull u, const float *_Nonnull delta,
    const float *_Nonnull A, const float *_Nonnull B, const float *_Nonnull C, size_t bc_stride,
    const float *_Nonnull D, int reverse, float *_Nullable state, float *_Nonnull y);
// Gradients of the above; all d* are added to. Recomputes the states from `state0` (initial state, NULL: zero), which
// receives no gradient. dB, dC: rows of stride `bc_stride`. `scratch`: ck_scan_scratch(length) floats.
size_t ck_scan_scratch(size_t length);
void ck_scan_backward(size_t length, size_t channels, const float *_Nonnull u, const float *_Nonnull delta,
    const float *_Nonnull A, const float *_Nonnull B, const float *_Nonnull C, size_t bc_stride,
    const float *_Nonnull D, int reverse, const float *_Nullable state0, const float *_Nonnull dy, float *_Nonnull du,
    float *_Nonnull ddelta, float *_Nonnull dA, float *_Nonnull dB, float *_Nonnull dC, float *_Nonnull dD,
    float *_Nonnull scratch);

// ---- optimiser ----
// Decoupled weight decay (AdamW), one step over n parameters; c1 = 1 - beta1^t, c2 = 1 - beta2^t.
void ck_adamw(size_t n, float *_Nonnull parameter, const float *_Nonnull gradient, float *_Nonnull m, float *_Nonnull v,
    float rate, float beta1, float beta2, float eps, float decay, float c1, float c2);

#endif
