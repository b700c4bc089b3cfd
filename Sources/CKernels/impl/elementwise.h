// Runs a body for 16 elements at a time and once more for the rest. LOAD and STORE see all or some of the lanes.
#define LOAD(p) (k == 16 ? KN(load)((p) + i) : KN(load_some)((p) + i, k))
#define STORE(p, v) (k == 16 ? KN(store)((p) + i, v) : KN(store_some)((p) + i, v, k))
#define EACH_16(n, ...)                  \
    {                                    \
        size_t i = 0;                    \
        for (; i + 16 <= (n); i += 16) { \
            const size_t k = 16;         \
            __VA_ARGS__                  \
        }                                \
        const size_t k = (n) - i;        \
        if (k != 0) {                    \
            __VA_ARGS__                  \
        }                                \
    }

static void KN(exp)(size_t n, const float *x, float *y) { EACH_16(n, STORE(y, KN(exp1)(LOAD(x)));) }

static void KN(silu)(size_t n, const float *x, float *y) { EACH_16(n, v16 a = LOAD(x); STORE(y, a * KN(sigmoid1)(a));) }

static void KN(silu_backward)(size_t n, const float *x, const float *dy, float *dx) {
    EACH_16(n, v16 a = LOAD(x); v16 s = KN(sigmoid1)(a);
        STORE(dx, LOAD(dx) + LOAD(dy) * (s * (1.0f + a * (1.0f - s))));)
}

static void KN(softplus)(size_t n, const float *x, float *y) { EACH_16(n, STORE(y, KN(softplus1)(LOAD(x)));) }

static void KN(softplus_backward)(size_t n, const float *x, const float *dy, float *dx) {
    EACH_16(n, STORE(dx, LOAD(dx) + LOAD(dy) * KN(sigmoid1)(LOAD(x)));)
}

static void KN(gelu)(size_t n, const float *x, float *y) {
    EACH_16(n, v16 a = LOAD(x); v16 density; STORE(y, a * KN(normal)(a, &density));)
}

static void KN(gelu_backward)(size_t n, const float *x, const float *dy, float *dx) {
    EACH_16(n, v16 a = LOAD(x); v16 density; v16 phi = KN(normal)(a, &density);
        STORE(dx, LOAD(dx) + LOAD(dy) * (phi + 0.3989422804f * a * density));)
}

static void KN(axpy)(size_t n, float a, const float *x, float *y) { EACH_16(n, STORE(y, LOAD(y) + a * LOAD(x));) }

static void KN(mul)(size_t n, const float *a, const float *b, float *y) { EACH_16(n, STORE(y, LOAD(a) * LOAD(b));) }

static void KN(fma)(size_t n, const float *a, const float *b, float *y) {
    EACH_16(n, STORE(y, LOAD(y) + LOAD(a) * LOAD(b));)
}

static float KN(sum)(size_t n, const float *x) {
    v16 s[4] = {0};
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        for (int j = 0; j < 4; j++) s[j] += KN(load)(x + i + 16 * j);
    for (; i + 16 <= n; i += 16) s[0] += KN(load)(x + i);
    if (i < n) s[1] += KN(load_some)(x + i, n - i);
    return KN(total)((s[0] + s[1]) + (s[2] + s[3]));
}

static float KN(dot)(size_t n, const float *a, const float *b) {
    v16 s[4] = {0};
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        for (int j = 0; j < 4; j++) s[j] += KN(load)(a + i + 16 * j) * KN(load)(b + i + 16 * j);
    for (; i + 16 <= n; i += 16) s[0] += KN(load)(a + i) * KN(load)(b + i);
    if (i < n) s[1] += KN(load_some)(a + i, n - i) * KN(load_some)(b + i, n - i);
    return KN(total)((s[0] + s[1]) + (s[2] + s[3]));
}
