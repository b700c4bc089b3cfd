// The row that is processed `step`-th.
#define ROW(step) (reverse ? length - 1 - (step) : (step))

// The four taps of 16 channels, one tap a vector.
HELPER void KN(load_taps)(const float *weight, v16 taps[4]) {
    for (int e = 0; e < 16; e++)
        for (int j = 0; j < 4; j++) taps[j][e] = weight[4 * e + j];
}

static void KN(conv4)(size_t length, size_t channels, const float *x, const float *weight, const float *bias,
    const float *history, int reverse, float *y) {
    for (size_t c = 0; c < channels; c += 16) {
        v16 w[4], past[3] = {0};
        KN(load_taps)(weight + 4 * c, w);
        if (history)
            for (int j = 0; j < 3; j++) past[j] = KN(load)(history + j * channels + c);
        const v16 b = KN(load)(bias + c);
        for (size_t i = 0; i < length; i++) {
            const size_t at = ROW(i) * channels + c;
            v16 now = KN(load)(x + at);
            KN(store)(y + at, b + w[0] * past[0] + w[1] * past[1] + w[2] * past[2] + w[3] * now);
            past[0] = past[1];
            past[1] = past[2];
            past[2] = now;
        }
    }
}

static void KN(conv4_backward)(size_t length, size_t channels, const float *x, const float *weight,
    const float *history, int reverse, const float *dy, float *dx, float *dweight, float *dbias) {
    for (size_t c = 0; c < channels; c += 16) {
        v16 w[4], past[3] = {0}, dw[4] = {0}, db = {0};
        KN(load_taps)(weight + 4 * c, w);
        if (history)
            for (int j = 0; j < 3; j++) past[j] = KN(load)(history + j * channels + c);
        for (size_t i = 0; i < length; i++) {
            const size_t at = ROW(i) * channels + c;
            v16 now = KN(load)(x + at), d = KN(load)(dy + at);
            dw[0] += d * past[0];
            dw[1] += d * past[1];
            dw[2] += d * past[2];
            dw[3] += d * now;
            db += d;
            past[0] = past[1];
            past[1] = past[2];
            past[2] = now;
        }
        KN(store)(dbias + c, KN(load)(dbias + c) + db);
        for (int e = 0; e < 16; e++)
            for (int j = 0; j < 4; j++) dweight[4 * (c + e) + j] += dw[j][e];

        v16 ahead[3] = {0};
        for (size_t i = length; i-- > 0;) {
            const size_t at = ROW(i) * channels + c;
            v16 d = KN(load)(dy + at);
            KN(store)(dx + at, KN(load)(dx + at) + w[3] * d + w[2] * ahead[0] + w[1] * ahead[1] + w[0] * ahead[2]);
            ahead[2] = ahead[1];
            ahead[1] = ahead[0];
            ahead[0] = d;
        }
    }
}
