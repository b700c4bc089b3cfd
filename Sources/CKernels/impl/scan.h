// The selective scan of Mamba (Gu and Dao, arXiv:2312.00752) with 16 channels as lanes and their 16 states in registers.

#define STATES 16
#define UNROLL _Pragma("clang loop unroll(full)")
#define LOG2_E 0x1.715476p0f

// exp(delta A), for A already multiplied by log2(e).
HELPER v16 KN(decay)(v16 delta, v16 a) {
    v16 z = KN(max)(delta * a, KN(splat)(-80 * LOG2_E));
    v16 shifted = z + ROUNDING_MAGIC;
    return KN(exp2_parts)(shifted, z - (shifted - ROUNDING_MAGIC));
}

static void KN(scan)(size_t length, size_t channels, const float *u, const float *delta, const float *A, const float *B,
    const float *C, size_t bc_stride, const float *D, int reverse, float *state, float *y) {
    for (size_t c = 0; c < channels; c += 16) {
        v16 a[STATES], s[STATES] = {0};
        KN(load_transposed)(A + c * STATES, a);
        UNROLL for (int n = 0; n < STATES; n++) a[n] *= LOG2_E;
        if (state) KN(load_transposed)(state + c * STATES, s);
        const v16 skip = KN(load)(D + c);
        for (size_t i = 0; i < length; i++) {
            const size_t t = ROW(i), at = t * channels + c;
            const float *b = B + t * bc_stride, *cc = C + t * bc_stride;
            const v16 in = KN(load)(u + at), step = KN(load)(delta + at), drive = step * in;
            v16 even = skip * in, odd = {0};
            UNROLL for (int n = 0; n < STATES; n += 2) {
                s[n] = KN(decay)(step, a[n]) * s[n] + drive * b[n];
                s[n + 1] = KN(decay)(step, a[n + 1]) * s[n + 1] + drive * b[n + 1];
                even += s[n] * cc[n];
                odd += s[n + 1] * cc[n + 1];
            }
            KN(store)(y + at, even + odd);
        }
        if (state) KN(store_transposed)(state + c * STATES, s);
    }
}

// Per block of 16 channels: forwards once more, keeping every decay and the state before it, then backwards with
//   g_t = dy_t C_t + decay_{t+1} g_{t+1}.
// dB and dC are sums over channels: each lane sums over the blocks, and the lanes are summed at the end.
static void KN(scan_backward)(size_t length, size_t channels, const float *u, const float *delta, const float *A,
    const float *B, const float *C, size_t bc_stride, const float *D, int reverse, const float *state0, const float *dy,
    float *du, float *ddelta, float *dA, float *dB, float *dC, float *dD, float *scratch) {
    v16(*const before)[STATES] = (v16(*)[STATES])(((uintptr_t)scratch + sizeof(v16) - 1) & ~(sizeof(v16) - 1));
    v16(*const decays)[STATES] = before + length;
    v16(*const lanes_dB)[STATES] = decays + length;
    v16(*const lanes_dC)[STATES] = lanes_dB + length;
    memset(lanes_dB, 0, 2 * length * sizeof(*lanes_dB));

    for (size_t c = 0; c < channels; c += 16) {
        v16 a[STATES], s[STATES] = {0};
        KN(load_transposed)(A + c * STATES, a);
        if (state0) KN(load_transposed)(state0 + c * STATES, s);
        {
            v16 a2[STATES];
            UNROLL for (int n = 0; n < STATES; n++) a2[n] = a[n] * LOG2_E;
            for (size_t i = 0; i < length; i++) {
                const size_t t = ROW(i), at = t * channels + c;
                const float *b = B + t * bc_stride;
                const v16 step = KN(load)(delta + at), drive = step * KN(load)(u + at);
                UNROLL for (int n = 0; n < STATES; n++) {
                    const v16 decay = KN(decay)(step, a2[n]);
                    before[i][n] = s[n];
                    decays[i][n] = decay;
                    s[n] = decay * s[n] + drive * b[n];
                }
            }
        }
        const v16 skip = KN(load)(D + c);
        v16 carry[STATES] = {0}, da[STATES] = {0}, dskip = {0};
        for (size_t i = length; i-- > 0;) {
            const size_t t = ROW(i), at = t * channels + c;
            const float *b = B + t * bc_stride, *cc = C + t * bc_stride;
            const v16 in = KN(load)(u + at), step = KN(load)(delta + at), d = KN(load)(dy + at), drive = step * in;
            v16 through_decay = {0}, through_drive = {0};
            UNROLL for (int n = 0; n < STATES; n++) {
                const v16 kept = decays[i][n] * before[i][n];
                const v16 g = carry[n] + d * cc[n];
                lanes_dC[i][n] += d * (kept + drive * b[n]);
                lanes_dB[i][n] += g * drive;
                const v16 gk = g * kept;
                da[n] += gk * step;
                through_decay += gk * a[n];
                through_drive += g * b[n];
                carry[n] = g * decays[i][n];
            }
            KN(store)(du + at, KN(load)(du + at) + step * through_drive + d * skip);
            KN(store)(ddelta + at, KN(load)(ddelta + at) + through_decay + in * through_drive);
            dskip += d * in;
        }
        KN(store)(dD + c, KN(load)(dD + c) + dskip);
        KN(transpose)(da);
        UNROLL for (int e = 0; e < 16; e++) {
            float *const row = dA + (c + e) * STATES;
            KN(store)(row, KN(load)(row) + da[e]);
        }
    }

    for (size_t i = 0; i < length; i++) {
        float *const db = dB + ROW(i) * bc_stride, *const dc = dC + ROW(i) * bc_stride;
        for (int n = 0; n < STATES; n++) {
            db[n] += KN(total)(lanes_dB[i][n]);
            dc[n] += KN(total)(lanes_dC[i][n]);
        }
    }
}
