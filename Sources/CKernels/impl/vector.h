// Sixteen floats: one AVX-512, two AVX2 or four SSE/NEON registers.

#define HELPER static inline __attribute__((always_inline))

HELPER v16 KN(load)(const float *p) { return *(const v16_unaligned *)p; }

HELPER void KN(store)(float *p, v16 v) { *(v16_unaligned *)p = v; }

// The first k of 16 lanes; the others are zero.
HELPER v16 KN(load_some)(const float *p, size_t k) {
    v16 v = {0};
    memcpy(&v, p, k * sizeof(float));
    return v;
}

HELPER void KN(store_some)(float *p, v16 v, size_t k) { memcpy(p, &v, k * sizeof(float)); }

HELPER v16 KN(splat)(float a) { return a - (v16){0}; }

HELPER v16 KN(select)(i16 mask, v16 yes, v16 no) { return (v16)((mask & (i16)yes) | (~mask & (i16)no)); }

// A NaN in `a` stays.
HELPER v16 KN(min)(v16 a, v16 b) { return KN(select)(a > b, b, a); }

HELPER v16 KN(max)(v16 a, v16 b) { return KN(select)(a < b, b, a); }

HELPER v16 KN(abs)(v16 a) { return (v16)((i16)a & 0x7fffffff); }

HELPER float KN(total)(v16 v) {
    v8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
        + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}

// 2^(n + f) for n + magic = shifted, |f| <= 1/2. Minimax polynomial for (2^f - 1) / f, so that f = 0 gives exactly 1;
// relative error below 2e-7. n is added to the exponent's bits, so the result must be a normal number.
HELPER v16 KN(exp2_parts)(v16 shifted, v16 f) {
    v16 p = 0x1.5bba14p-10f * f + 0x1.3cea88p-7f;
    p = p * f + 0x1.c6b752p-5f;
    p = p * f + 0x1.ebf9bcp-3f;
    p = p * f + 0x1.62e42ap-1f;
    p = p * f + 1.0f;
    return (v16)((i16)p + ((i16)shifted << 23));
}

// Adding it rounds to an integer, which is then in the low bits of the sum.
#define ROUNDING_MAGIC 0x1.8p23f

// Relative error below 3e-7. Below -87.3 the result is 0, above 88.3 it stays at 2.2e38; NaN gives NaN.
HELPER v16 KN(exp1)(v16 x) {
    const v16 low = KN(splat)(-87.3f), high = KN(splat)(88.3f);
    v16 c = KN(min)(KN(max)(x, low), high);
    v16 shifted = c * 0x1.715476p0f + ROUNDING_MAGIC;
    v16 n = shifted - ROUNDING_MAGIC;
    // ln 2 in two parts; the first has few bits, so that its product with n is exact.
    v16 r = (c - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f;
    v16 y = KN(exp2_parts)(shifted, r * 0x1.715476p0f);
    return (v16)((i16)y & ~(x < low));
}

HELPER v16 KN(sigmoid1)(v16 x) { return 1.0f / (1.0f + KN(exp1)(-x)); }

// max(x, 0) + log1p(z), z = exp(-|x|), and log1p(z) = 2 atanh(z / (2 + z)) by its series: at z <= 1 the first term
// left out is below 2e-9 of the sum.
HELPER v16 KN(softplus1)(v16 x) {
    v16 z = KN(exp1)(-KN(abs)(x));
    v16 w = z / (2.0f + z), q = w * w;
    v16 p = 2.0f / 15 * q + 2.0f / 13;
    p = p * q + 2.0f / 11;
    p = p * q + 2.0f / 9;
    p = p * q + 2.0f / 7;
    p = p * q + 2.0f / 5;
    p = p * q + 2.0f / 3;
    p = p * q + 2.0f;
    return KN(max)(x, KN(splat)(0)) + p * w;
}

// Phi(x), the normal distribution function, and sqrt(2 pi) times its density. Abramowitz and Stegun, Handbook of
// Mathematical Functions (1964), 7.1.26: absolute error below 1.5e-7 in erf.
HELPER v16 KN(normal)(v16 x, v16 *density) {
    v16 e = KN(exp1)(-0.5f * x * x);
    v16 t = 1.0f / (1.0f + (0.3275911f * 0.70710678f) * KN(abs)(x));
    v16 p = 1.061405429f * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    v16 tail = 0.5f * p * t * e;
    *density = e;
    return KN(select)(x < 0.0f, tail, 1.0f - tail);
}

// Rows and lanes of a 16 x 16 block change places: four perfect shuffles rotate the eight address bits by four.
HELPER void KN(transpose)(v16 m[16]) {
    for (int round = 0; round < 4; round++) {
        v16 out[16];
        for (int i = 0; i < 8; i++) {
            out[2 * i] =
                __builtin_shufflevector(m[i], m[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            out[2 * i + 1] =
                __builtin_shufflevector(m[i], m[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        for (int i = 0; i < 16; i++) m[i] = out[i];
    }
}

HELPER void KN(load_transposed)(const float *block, v16 m[16]) {
    for (int i = 0; i < 16; i++) m[i] = KN(load)(block + 16 * i);
    KN(transpose)(m);
}

// Changes m.
HELPER void KN(store_transposed)(float *block, v16 m[16]) {
    KN(transpose)(m);
    for (int i = 0; i < 16; i++) KN(store)(block + 16 * i, m[i]);
}
