// Lanes that are `step` apart are added; those of a and of b take turns in the result.
#define PAIR(l, s) ((l) & (s) ? 16 + ((l) & ~(s)) : (l))
#define FOLD(a, b, s)                                                                                                  \
    (__builtin_shufflevector(a, b, PAIR(0, s), PAIR(1, s), PAIR(2, s), PAIR(3, s), PAIR(4, s), PAIR(5, s), PAIR(6, s), \
         PAIR(7, s), PAIR(8, s), PAIR(9, s), PAIR(10, s), PAIR(11, s), PAIR(12, s), PAIR(13, s), PAIR(14, s),          \
         PAIR(15, s))                                                                                                  \
        + __builtin_shufflevector(a, b, PAIR(0, s) + s, PAIR(1, s) + s, PAIR(2, s) + s, PAIR(3, s) + s,                \
            PAIR(4, s) + s, PAIR(5, s) + s, PAIR(6, s) + s, PAIR(7, s) + s, PAIR(8, s) + s, PAIR(9, s) + s,            \
            PAIR(10, s) + s, PAIR(11, s) + s, PAIR(12, s) + s, PAIR(13, s) + s, PAIR(14, s) + s, PAIR(15, s) + s))

// The totals of sixteen vectors, side by side. Changes m.
HELPER v16 KN(totals)(v16 m[16]) {
    for (int i = 0; i < 8; i++) m[i] = FOLD(m[2 * i], m[2 * i + 1], 1);
    for (int i = 0; i < 4; i++) m[i] = FOLD(m[2 * i], m[2 * i + 1], 2);
    for (int i = 0; i < 2; i++) m[i] = FOLD(m[2 * i], m[2 * i + 1], 4);
    return FOLD(m[0], m[1], 8);
}

// Four rows of weights stay in the nearest cache while all rows of x pass by. What is computed of a row does not depend
// on how many there are: of the last four some may be the same.
static void KN(linear)(
    size_t rows, size_t outputs, size_t width, size_t inputs, const float *x, const float *w, float *y) {
    for (size_t output = 0; output < outputs; output += 4, w += 4 * inputs) {
        for (size_t row = 0; row < rows; row += 4) {
            const size_t count = rows - row < 4 ? rows - row : 4;
            const float *from[4];
            for (size_t i = 0; i < 4; i++) from[i] = x + (row + (i < count ? i : count - 1)) * inputs;
            v16 sums[16] = {0};
            for (size_t k = 0; k < inputs; k += 16) {
                v16 b[4];
                for (int j = 0; j < 4; j++) b[j] = KN(load)(w + j * inputs + k);
                for (int i = 0; i < 4; i++) {
                    const v16 a = KN(load)(from[i] + k);
                    for (int j = 0; j < 4; j++) sums[4 * i + j] += a * b[j];
                }
            }
            const v16 tile = KN(totals)(sums);
            for (size_t i = 0; i < count; i++) memcpy(y + (row + i) * width + output, (float *)&tile + 4 * i, 16);
        }
    }
}

// Two vectors of outputs of `tall` rows stay in registers while the inputs pass by: no lanes are left to be added in the
// end. Of the rows some may be the same.
HELPER void KN(packed_tile)(const int tall, size_t rows, size_t columns, size_t width, size_t inputs, const float *x,
    const float *w, float *y) {
    const float *from[14];
    v16 sums[14][2];
    for (int i = 0; i < tall; i++) {
        from[i] = x + ((size_t)i < rows ? (size_t)i : rows - 1) * inputs;
        sums[i][0] = sums[i][1] = (v16){0};
    }
    for (size_t k = 0; k < inputs; k++) {
        const v16 b = KN(load)(w + 32 * k), c = KN(load)(w + 32 * k + 16);
#pragma clang loop unroll(full)
        for (int i = 0; i < tall; i++) {
            sums[i][0] += from[i][k] * b;
            sums[i][1] += from[i][k] * c;
        }
    }
    for (size_t i = 0; i < rows; i++) memcpy(y + i * width, sums[i], columns * sizeof(float));
}

// As many rows at a time as registers hold, or fewer, so that all tiles are about equally full. What is computed of a row
// does not depend on how many there are.
static void KN(linear_packed)(
    size_t rows, size_t outputs, size_t width, size_t inputs, const float *x, const float *w, float *y) {
    if (rows == 0) return;
    const size_t tiles = (rows + 13) / 14, tall = (rows + tiles - 1) / tiles;
    for (size_t output = 0; output < outputs; output += 32, w += 32 * inputs) {
        const size_t columns = outputs - output < 32 ? outputs - output : 32;
        for (size_t row = 0; row < rows; row += tall) {
            const size_t count = rows - row < tall ? rows - row : tall;
            const float *from = x + row * inputs;
            float *to = y + row * width + output;
            switch ((count + 1) / 2) {
            case 1: KN(packed_tile)(2, count, columns, width, inputs, from, w, to); break;
            case 2: KN(packed_tile)(4, count, columns, width, inputs, from, w, to); break;
            case 3: KN(packed_tile)(6, count, columns, width, inputs, from, w, to); break;
            case 4: KN(packed_tile)(8, count, columns, width, inputs, from, w, to); break;
            case 5: KN(packed_tile)(10, count, columns, width, inputs, from, w, to); break;
            case 6: KN(packed_tile)(12, count, columns, width, inputs, from, w, to); break;
            default: KN(packed_tile)(14, count, columns, width, inputs, from, w, to); break;
            }
        }
    }
}
