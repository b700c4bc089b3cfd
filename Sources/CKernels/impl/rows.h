HELPER float KN(largest)(size_t n, const float *x) {
    v16 top = KN(splat)(-INFINITY);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) top = KN(max)(top, KN(load)(x + i));
    float most = -INFINITY;
    for (int j = 0; j < 16; j++) most = top[j] > most ? top[j] : most;
    for (; i < n; i++) most = x[i] > most ? x[i] : most;
    return most;
}

static void KN(softmax)(size_t rows, size_t width, const float *x, float *y) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        const float top = KN(largest)(width, x);
        EACH_16(width, STORE(y, KN(exp1)(LOAD(x) - top));)
        const float scale = 1.0f / KN(sum)(width, y);
        EACH_16(width, STORE(y, scale * LOAD(y));)
    }
}

static void KN(layernorm)(size_t rows, size_t width, const float *x, const float *gain, const float *bias, float eps,
    float *y, float *mean, float *rstd) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        const float m = KN(sum)(width, x) / (float)width;
        v16 squares = {0};
        EACH_16(width, v16 d = LOAD(x) - m; squares += k == 16 ? d * d : KN(load_some)((float *)&d, k) * d;)
        const float s = 1.0f / sqrtf(KN(total)(squares) / (float)width + eps);
        EACH_16(width, STORE(y, (LOAD(x) - m) * s * LOAD(gain) + LOAD(bias));)
        mean[r] = m;
        rstd[r] = s;
    }
}

// With h = (x - mean) rstd and g = dy gain: dx = rstd (g - mean(g) - h mean(g h)).
static void KN(layernorm_backward)(size_t rows, size_t width, const float *x, const float *gain, const float *mean,
    const float *rstd, const float *dy, float *dx, float *dgain, float *dbias) {
    for (size_t r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        const float m = mean[r], s = rstd[r];
        v16 sum_g = {0}, sum_gh = {0};
        EACH_16(width, v16 g = LOAD(dy) * LOAD(gain); v16 h = (LOAD(x) - m) * s; sum_g += g; sum_gh += g * h;)
        const float mean_g = KN(total)(sum_g) / (float)width, mean_gh = KN(total)(sum_gh) / (float)width;
        EACH_16(width, v16 d = LOAD(dy); v16 h = (LOAD(x) - m) * s;
            STORE(dx, LOAD(dx) + s * (d * LOAD(gain) - mean_g - h * mean_gh)); STORE(dgain, LOAD(dgain) + d * h);
            STORE(dbias, LOAD(dbias) + d);)
    }
}

static void KN(rmsnorm)(
    size_t rows, size_t width, const float *x, const float *gain, float eps, float *y, float *rstd) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        const float s = 1.0f / sqrtf(KN(dot)(width, x, x) / (float)width + eps);
        EACH_16(width, STORE(y, s * LOAD(x) * LOAD(gain));)
        rstd[r] = s;
    }
}

// With h = x rstd and g = dy gain: dx = rstd (g - h mean(g h)).
static void KN(rmsnorm_backward)(size_t rows, size_t width, const float *x, const float *gain, const float *rstd,
    const float *dy, float *dx, float *dgain) {
    for (size_t r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        const float s = rstd[r];
        v16 sum_gh = {0};
        EACH_16(width, sum_gh += LOAD(dy) * LOAD(gain) * (s * LOAD(x));)
        const float mean_gh = KN(total)(sum_gh) / (float)width;
        EACH_16(width, v16 d = LOAD(dy); v16 h = s * LOAD(x); STORE(dx, LOAD(dx) + s * (d * LOAD(gain) - h * mean_gh));
            STORE(dgain, LOAD(dgain) + d * h);)
    }
}

static void KN(add_bias)(size_t rows, size_t width, const float *x, const float *b, float *y) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) EACH_16(width, STORE(y, LOAD(x) + LOAD(b));)
}

static void KN(sum_rows)(size_t rows, size_t width, const float *dy, float *db) {
    for (size_t r = 0; r < rows; r++, dy += width) EACH_16(width, STORE(db, LOAD(db) + LOAD(dy));)
}
