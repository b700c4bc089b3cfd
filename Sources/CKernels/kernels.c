#include "CKernels.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Every kernel of the header that depends on the instruction set.
// clang-format off
#define CK_KERNELS(X)                                                                                        \
    X(exp) X(silu) X(silu_backward) X(softplus) X(softplus_backward) X(gelu) X(gelu_backward) X(axpy) X(mul) \
    X(fma) X(sum) X(dot) X(softmax) X(layernorm) X(layernorm_backward) X(rmsnorm) X(rmsnorm_backward)        \
    X(add_bias) X(sum_rows) X(conv4) X(conv4_backward) X(scan) X(scan_backward) X(adamw)                     \
    X(linear) X(linear_packed)
// clang-format on

struct kernels {
#define X(name) __typeof__(&ck_##name) name;
    CK_KERNELS(X)
#undef X
};

typedef float v4 __attribute__((vector_size(16)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v16 __attribute__((vector_size(64)));
typedef float v16_unaligned __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t i16 __attribute__((vector_size(64)));

// No -ffast-math: it would fold away the rounding trick of exp. Fused multiply-add is all that is wanted of it.
#pragma clang fp contract(fast)
// The helpers that take vectors are always inlined, so how the baseline passes them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define KN(name) name##_base
#include "kernels_impl.h"
#undef KN

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define KN(name) name##_v3
#include "kernels_impl.h"
#undef KN
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define KN(name) name##_v4
#include "kernels_impl.h"
#undef KN
#pragma clang attribute pop
#endif

static int supported_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return 4;
    if (__builtin_cpu_supports("x86-64-v3")) return 3;
#endif
    return 0;
}

static const struct kernels *choose(void) {
    const char *cap = getenv("KMMD_ISA_LEVEL");
    const int wanted = cap && strlen(cap) == 1 && strchr("034", *cap) ? *cap - '0' : 4;
    const int supported = supported_level();
    const int level = wanted < supported ? wanted : supported;
#if defined(__x86_64__)
    if (level == 4) return &kernels_v4;
    if (level == 3) return &kernels_v3;
#endif
    (void)level;
    return &kernels_base;
}

// Chosen at the first call. Threads that get here at once choose the same.
static const struct kernels *kernels(void) {
    static const struct kernels *_Atomic chosen;
    const struct kernels *k = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!k) {
        k = choose();
        atomic_store_explicit(&chosen, k, memory_order_relaxed);
    }
    return k;
}

int ck_isa_level(void) {
#if defined(__x86_64__)
    if (kernels() == &kernels_v4) return 4;
    if (kernels() == &kernels_v3) return 3;
#endif
    return 0;
}

void ck_exp(size_t n, const float *x, float *y) { kernels()->exp(n, x, y); }

void ck_silu(size_t n, const float *x, float *y) { kernels()->silu(n, x, y); }

void ck_silu_backward(size_t n, const float *x, const float *dy, float *dx) { kernels()->silu_backward(n, x, dy, dx); }

void ck_softplus(size_t n, const float *x, float *y) { kernels()->softplus(n, x, y); }

void ck_softplus_backward(size_t n, const float *x, const float *dy, float *dx) {
    kernels()->softplus_backward(n, x, dy, dx);
}

void ck_gelu(size_t n, const float *x, float *y) { kernels()->gelu(n, x, y); }

void ck_gelu_backward(size_t n, const float *x, const float *dy, float *dx) { kernels()->gelu_backward(n, x, dy, dx); }

void ck_axpy(size_t n, float a, const float *x, float *y) { kernels()->axpy(n, a, x, y); }

void ck_mul(size_t n, const float *a, const float *b, float *y) { kernels()->mul(n, a, b, y); }

void ck_fma(size_t n, const float *a, const float *b, float *y) { kernels()->fma(n, a, b, y); }

float ck_sum(size_t n, const float *x) { return kernels()->sum(n, x); }

float ck_dot(size_t n, const float *a, const float *b) { return kernels()->dot(n, a, b); }

void ck_linear(size_t rows, size_t outputs, size_t width, size_t inputs, const float *x, const float *w, float *y) {
    kernels()->linear(rows, outputs, width, inputs, x, w, y);
}

void ck_pack_linear(size_t outputs, size_t inputs, const float *w, float *packed) {
    memset(packed, 0, (outputs + 31) / 32 * 32 * inputs * sizeof(float));
    for (size_t output = 0; output < outputs; output++) {
        float *to = packed + output / 32 * 32 * inputs + output % 32;
        for (size_t k = 0; k < inputs; k++) to[32 * k] = w[output * inputs + k];
    }
}

void ck_linear_packed(
    size_t rows, size_t outputs, size_t width, size_t inputs, const float *x, const float *w, float *y) {
    kernels()->linear_packed(rows, outputs, width, inputs, x, w, y);
}

void ck_softmax(size_t rows, size_t width, const float *x, float *y) { kernels()->softmax(rows, width, x, y); }

void ck_layernorm(size_t rows, size_t width, const float *x, const float *gain, const float *bias, float eps, float *y,
    float *mean, float *rstd) {
    kernels()->layernorm(rows, width, x, gain, bias, eps, y, mean, rstd);
}

void ck_layernorm_backward(size_t rows, size_t width, const float *x, const float *gain, const float *mean,
    const float *rstd, const float *dy, float *dx, float *dgain, float *dbias) {
    kernels()->layernorm_backward(rows, width, x, gain, mean, rstd, dy, dx, dgain, dbias);
}

void ck_rmsnorm(size_t rows, size_t width, const float *x, const float *gain, float eps, float *y, float *rstd) {
    kernels()->rmsnorm(rows, width, x, gain, eps, y, rstd);
}

void ck_rmsnorm_backward(size_t rows, size_t width, const float *x, const float *gain, const float *rstd,
    const float *dy, float *dx, float *dgain) {
    kernels()->rmsnorm_backward(rows, width, x, gain, rstd, dy, dx, dgain);
}

void ck_add_bias(size_t rows, size_t width, const float *x, const float *b, float *y) {
    kernels()->add_bias(rows, width, x, b, y);
}

void ck_sum_rows(size_t rows, size_t width, const float *dy, float *db) { kernels()->sum_rows(rows, width, dy, db); }

void ck_conv4(size_t length, size_t channels, const float *x, const float *weight, const float *bias,
    const float *history, int reverse, float *y) {
    kernels()->conv4(length, channels, x, weight, bias, history, reverse, y);
}

void ck_conv4_backward(size_t length, size_t channels, const float *x, const float *weight, const float *history,
    int reverse, const float *dy, float *dx, float *dweight, float *dbias) {
    kernels()->conv4_backward(length, channels, x, weight, history, reverse, dy, dx, dweight, dbias);
}

void ck_scan(size_t length, size_t channels, const float *u, const float *delta, const float *A, const float *B,
    const float *C, size_t bc_stride, const float *D, int reverse, float *state, float *y) {
    kernels()->scan(length, channels, u, delta, A, B, C, bc_stride, D, reverse, state, y);
}

// States, decays and the sums by lane for dB and dC, 16 x 16 floats a row each, and room to align them.
size_t ck_scan_scratch(size_t length) { return 4 * length * 256 + 16; }

void ck_scan_backward(size_t length, size_t channels, const float *u, const float *delta, const float *A,
    const float *B, const float *C, size_t bc_stride, const float *D, int reverse, const float *state0, const float *dy,
    float *du, float *ddelta, float *dA, float *dB, float *dC, float *dD, float *scratch) {
    kernels()->scan_backward(
        length, channels, u, delta, A, B, C, bc_stride, D, reverse, state0, dy, du, ddelta, dA, dB, dC, dD, scratch);
}

void ck_adamw(size_t n, float *parameter, const float *gradient, float *m, float *v, float rate, float beta1,
    float beta2, float eps, float decay, float c1, float c2) {
    kernels()->adamw(n, parameter, gradient, m, v, rate, beta1, beta2, eps, decay, c1, c2);
}
