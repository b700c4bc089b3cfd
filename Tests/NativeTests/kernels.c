// Runs every kernel on blocks that end where their numbers end and compares with plain loops in double precision.
// `Scripts/sanitize` builds it with the sanitizers and runs it at each instruction-set level.
#include "CKernels.h"
#include "check.h"

#include <string.h>

static const double tolerance = 2e-4;

static float *block(size_t count) {
    float *numbers = malloc(count * sizeof(float) + (count == 0));
    REQUIRE(numbers != NULL);
    return numbers;
}

static float *numbers(size_t count, double low, double high) {
    float *result = block(count);
    for (size_t i = 0; i < count; i++) result[i] = (float)draw(low, high);
    return result;
}

static float *copy(const float *numbers, size_t count) {
    float *result = block(count);
    memcpy(result, numbers, count * sizeof(float));
    return result;
}

static void require_all(size_t count, const float *found, const double *wanted, int line) {
    for (size_t i = 0; i < count; i++) require_near(found[i], wanted[i], tolerance, __FILE__, line);
}

// ---- elementwise ----

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double silu(double x) { return x * sigmoid(x); }
static double softplus(double x) { return log1p(exp(x)); }
static double gelu(double x) { return 0.5 * x * (1 + erf(x / sqrt(2))); }
static double slope(double f(double), double x) { return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5; }

static void elementwise(size_t n) {
    const struct {
        void (*forward)(size_t, const float *, float *);
        void (*backward)(size_t, const float *, const float *, float *);
        double (*reference)(double);
    } functions[] = {
        {ck_exp, NULL, exp},
        {ck_silu, ck_silu_backward, silu},
        {ck_softplus, ck_softplus_backward, softplus},
        {ck_gelu, ck_gelu_backward, gelu},
    };
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        float *x = numbers(n, -6, 6), *y = block(n), *dy = numbers(n, -1, 1), *dx = numbers(n, -1, 1);
        float *before = copy(dx, n);
        functions[f].forward(n, x, y);
        for (size_t i = 0; i < n; i++) REQUIRE_NEAR(y[i], functions[f].reference(x[i]), tolerance);
        if (functions[f].backward) {
            functions[f].backward(n, x, dy, dx);
            for (size_t i = 0; i < n; i++) {
                REQUIRE_NEAR(dx[i], before[i] + dy[i] * slope(functions[f].reference, x[i]), tolerance);
            }
        }
        functions[f].forward(n, x, x);
        REQUIRE(memcmp(x, y, n * sizeof(float)) == 0);
        free(x), free(y), free(dy), free(dx), free(before);
    }
    float *a = numbers(n, -1, 1), *b = numbers(n, -1, 1), *y = numbers(n, -1, 1);
    double sum = 0, dot = 0;
    for (size_t i = 0; i < n; i++) sum += a[i], dot += (double)a[i] * b[i];
    REQUIRE_NEAR(ck_sum(n, a), sum, tolerance);
    REQUIRE_NEAR(ck_dot(n, a, b), dot, tolerance);
    float *before = copy(y, n);
    ck_axpy(n, 0.5f, a, y);
    ck_fma(n, a, b, y);
    for (size_t i = 0; i < n; i++) REQUIRE_NEAR(y[i], before[i] + 0.5 * a[i] + (double)a[i] * b[i], tolerance);
    ck_mul(n, a, b, y);
    for (size_t i = 0; i < n; i++) REQUIRE_NEAR(y[i], (double)a[i] * b[i], tolerance);
    free(a), free(b), free(y), free(before);
}

static void optimizer(size_t n) {
    float *p = numbers(n, -1, 1), *g = numbers(n, -1, 1), *m = numbers(n, -1, 1), *v = numbers(n, 0, 1);
    double *wanted = malloc((n + 1) * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        const double first = 0.9 * m[i] + 0.1 * g[i], second = 0.99 * v[i] + 0.01 * g[i] * g[i];
        wanted[i] = p[i] - 0.01 * (first / 0.5 / (sqrt(second / 0.25) + 1e-8) + 0.1 * p[i]);
    }
    ck_adamw(n, p, g, m, v, 0.01f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.5f, 0.25f);
    require_all(n, p, wanted, __LINE__);
    free(p), free(g), free(m), free(v), free(wanted);
}

// ---- rows ----

static void linear(size_t rows, size_t outputs, size_t inputs, size_t width) {
    float *x = numbers(rows * inputs, -1, 1), *w = numbers(outputs * inputs, -1, 1);
    // The last row ends with its outputs: what lies behind it in a wider matrix is not this call's.
    const size_t count = rows ? (rows - 1) * width + outputs : 0;
    float *y = numbers(count, -1, 1), *other = copy(y, count), *before = copy(y, count);
    float *packed = block((outputs + 31) / 32 * 32 * inputs);
    ck_pack_linear(outputs, inputs, w, packed);
    ck_linear_packed(rows, outputs, width, inputs, x, packed, y);
    const int plain = inputs % 16 == 0 && outputs % 4 == 0;
    if (plain) ck_linear(rows, outputs, width, inputs, x, w, other);
    for (size_t r = 0; r < rows; r++) {
        for (size_t o = 0; o < width && r * width + o < count; o++) {
            double wanted = before[r * width + o];
            if (o < outputs) {
                wanted = 0;
                for (size_t i = 0; i < inputs; i++) wanted += (double)x[r * inputs + i] * w[o * inputs + i];
            }
            REQUIRE_NEAR(y[r * width + o], wanted, tolerance);
            if (plain) REQUIRE_NEAR(other[r * width + o], wanted, tolerance);
        }
    }
    free(x), free(w), free(y), free(other), free(before), free(packed);
}

// Two halves of a slope in single precision, so its tolerance is wider.
typedef double (*scalar_loss)(void *context);
static void require_slope(float *variable, float found, scalar_loss loss, void *context, int line) {
    const float kept = *variable, step = 1e-2f;
    *variable = kept + step;
    const double above = loss(context);
    *variable = kept - step;
    const double below = loss(context);
    *variable = kept;
    require_near(found, (above - below) / (2.0 * step), 2e-2, __FILE__, line);
}

struct norm {
    size_t rows, width;
    int centred;
    float *x, *gain, *bias, *dy;
};

static double norm_loss(void *context) {
    const struct norm *n = context;
    double sum = 0;
    for (size_t r = 0; r < n->rows; r++) {
        const float *x = n->x + r * n->width;
        double mean = 0, square = 0;
        for (size_t i = 0; i < n->width; i++) mean += n->centred ? x[i] / (double)n->width : 0;
        for (size_t i = 0; i < n->width; i++) square += (x[i] - mean) * (x[i] - mean) / (double)n->width;
        for (size_t i = 0; i < n->width; i++) {
            const double y = (x[i] - mean) / sqrt(square + 1e-5) * n->gain[i] + (n->centred ? n->bias[i] : 0);
            sum += y * n->dy[r * n->width + i];
        }
    }
    return sum;
}

static void norms(size_t rows, size_t width) {
    const size_t count = rows * width;
    for (int centred = 0; centred < 2; centred++) {
        struct norm n = {rows, width, centred, numbers(count, -1, 1), numbers(width, 0.5, 1.5), numbers(width, -1, 1),
            numbers(count, -1, 1)};
        float *y = block(count), *mean = block(rows), *rstd = block(rows);
        float *dx = calloc(count + 1, sizeof(float)), *dgain = calloc(width + 1, sizeof(float));
        float *dbias = calloc(width + 1, sizeof(float));
        if (centred) {
            ck_layernorm(rows, width, n.x, n.gain, n.bias, 1e-5f, y, mean, rstd);
            ck_layernorm_backward(rows, width, n.x, n.gain, mean, rstd, n.dy, dx, dgain, dbias);
        } else {
            ck_rmsnorm(rows, width, n.x, n.gain, 1e-5f, y, rstd);
            ck_rmsnorm_backward(rows, width, n.x, n.gain, rstd, n.dy, dx, dgain);
        }
        double sum = 0;
        for (size_t i = 0; i < count; i++) sum += (double)y[i] * n.dy[i];
        REQUIRE_NEAR(sum, norm_loss(&n), tolerance);
        require_slope(&n.x[count - 1], dx[count - 1], norm_loss, &n, __LINE__);
        require_slope(&n.gain[width - 1], dgain[width - 1], norm_loss, &n, __LINE__);
        if (centred) require_slope(&n.bias[0], dbias[0], norm_loss, &n, __LINE__);
        free(n.x), free(n.gain), free(n.bias), free(n.dy), free(y), free(mean), free(rstd), free(dx), free(dgain);
        free(dbias);
    }
    float *x = numbers(count, -4, 4), *y = block(count), *bias = numbers(width, -1, 1);
    ck_softmax(rows, width, x, y);
    for (size_t r = 0; r < rows; r++) {
        double sum = 0, total = 0;
        for (size_t i = 0; i < width; i++) sum += exp(x[r * width + i]), total += y[r * width + i];
        REQUIRE_NEAR(total, 1, tolerance);
        for (size_t i = 0; i < width; i++) REQUIRE_NEAR(y[r * width + i], exp(x[r * width + i]) / sum, tolerance);
    }
    ck_add_bias(rows, width, x, bias, y);
    float *sums = copy(bias, width);
    ck_sum_rows(rows, width, x, sums);
    for (size_t i = 0; i < width; i++) {
        double wanted = bias[i];
        for (size_t r = 0; r < rows; r++) {
            wanted += x[r * width + i];
            REQUIRE_NEAR(y[r * width + i], (double)x[r * width + i] + bias[i], tolerance);
        }
        REQUIRE_NEAR(sums[i], wanted, tolerance);
    }
    free(x), free(y), free(bias), free(sums);
}

// ---- sequences ----

struct sequence {
    size_t length, channels, stride;
    int reverse;
    float *x, *weight, *bias, *history;         // convolution
    float *delta, *A, *B, *C, *D, *start, *dy;  // scan; x is its input
};

static size_t row(const struct sequence *s, size_t step) { return s->reverse ? s->length - 1 - step : step; }

static double convolution_loss(void *context) {
    const struct sequence *s = context;
    double sum = 0;
    for (size_t step = 0; step < s->length; step++) {
        for (size_t e = 0; e < s->channels; e++) {
            double y = s->bias[e];
            for (size_t tap = 0; tap < 4; tap++) {
                const size_t from = step + tap;  // counted from the oldest row of the history
                const double x = from >= 3 ? s->x[row(s, from - 3) * s->channels + e]
                    : s->history           ? s->history[from * s->channels + e]
                                           : 0;
                y += s->weight[e * 4 + tap] * x;
            }
            sum += y * s->dy[row(s, step) * s->channels + e];
        }
    }
    return sum;
}

static double scan_loss(void *context) {
    const struct sequence *s = context;
    double sum = 0;
    for (size_t e = 0; e < s->channels; e++) {
        double state[16];
        for (size_t n = 0; n < 16; n++) state[n] = s->start ? s->start[e * 16 + n] : 0;
        for (size_t step = 0; step < s->length; step++) {
            const size_t t = row(s, step), at = t * s->channels + e;
            double y = (double)s->D[e] * s->x[at];
            for (size_t n = 0; n < 16; n++) {
                state[n] = exp((double)s->delta[at] * s->A[e * 16 + n]) * state[n]
                    + (double)s->delta[at] * s->B[t * s->stride + n] * s->x[at];
                y += s->C[t * s->stride + n] * state[n];
            }
            sum += y * s->dy[at];
        }
    }
    return sum;
}

static void sequences(size_t length, size_t channels, int reverse, int starts) {
    const size_t count = length * channels, stride = 40, projections = length ? (length - 1) * stride + 16 : 0;
    struct sequence s = {length, channels, stride, reverse, numbers(count, -1, 1), numbers(channels * 4, -1, 1),
        numbers(channels, -1, 1), starts ? numbers(3 * channels, -1, 1) : NULL, numbers(count, 0.01, 0.5),
        numbers(channels * 16, -2, -0.1), numbers(projections, -1, 1), numbers(projections, -1, 1),
        numbers(channels, -1, 1), starts ? numbers(channels * 16, -1, 1) : NULL, numbers(count, -1, 1)};
    float *y = block(count);

    ck_conv4(length, channels, s.x, s.weight, s.bias, s.history, reverse, y);
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)y[i] * s.dy[i];
    REQUIRE_NEAR(sum, convolution_loss(&s), tolerance);
    float *dx = calloc(count, sizeof(float)), *dweight = calloc(channels * 4, sizeof(float));
    float *dbias = calloc(channels, sizeof(float));
    ck_conv4_backward(length, channels, s.x, s.weight, s.history, reverse, s.dy, dx, dweight, dbias);
    require_slope(&s.x[count - 1], dx[count - 1], convolution_loss, &s, __LINE__);
    require_slope(&s.weight[4 * channels - 1], dweight[4 * channels - 1], convolution_loss, &s, __LINE__);
    require_slope(&s.bias[0], dbias[0], convolution_loss, &s, __LINE__);
    free(dx), free(dweight), free(dbias);

    float *state = s.start ? copy(s.start, channels * 16) : NULL;
    ck_scan(length, channels, s.x, s.delta, s.A, s.B, s.C, stride, s.D, reverse, state, y);
    sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)y[i] * s.dy[i];
    REQUIRE_NEAR(sum, scan_loss(&s), tolerance);
    float *du = calloc(count, sizeof(float)), *ddelta = calloc(count, sizeof(float));
    float *dA = calloc(channels * 16, sizeof(float)), *dB = calloc(projections, sizeof(float));
    float *dC = calloc(projections, sizeof(float)), *dD = calloc(channels, sizeof(float));
    float *scratch = block(ck_scan_scratch(length));
    ck_scan_backward(length, channels, s.x, s.delta, s.A, s.B, s.C, stride, s.D, reverse, s.start, s.dy, du, ddelta, dA,
        dB, dC, dD, scratch);
    const size_t last = count - 1;
    require_slope(&s.x[last], du[last], scan_loss, &s, __LINE__);
    require_slope(&s.delta[last], ddelta[last], scan_loss, &s, __LINE__);
    require_slope(&s.A[channels * 16 - 1], dA[channels * 16 - 1], scan_loss, &s, __LINE__);
    require_slope(&s.B[projections - 1], dB[projections - 1], scan_loss, &s, __LINE__);
    require_slope(&s.C[projections - 1], dC[projections - 1], scan_loss, &s, __LINE__);
    require_slope(&s.D[0], dD[0], scan_loss, &s, __LINE__);
    free(du), free(ddelta), free(dA), free(dB), free(dC), free(dD), free(scratch), free(state), free(y);
    free(s.x), free(s.weight), free(s.bias), free(s.history), free(s.delta), free(s.A), free(s.B), free(s.C), free(s.D);
    free(s.start), free(s.dy);
}

int main(void) {
    ck_retain_freed_memory();
    REQUIRE(ck_blas_kernels()[0] != '\0');
    for (size_t n = 0; n < 70; n++) elementwise(n), optimizer(n);
    const size_t counts[] = {1, 2, 3, 5, 7, 12, 13, 17};
    for (size_t r = 0; r < 8; r++) {
        for (size_t w = 0; w < 8; w++) {
            linear(counts[r], 4 * counts[w], 16 * counts[7 - w], 4 * counts[w] + 3);
            linear(counts[r], 5 * counts[w] + 1, 9 * counts[7 - w], 5 * counts[w] + 1);
            norms(counts[r], 2 + 5 * counts[w]);
        }
        for (size_t channels = 16; channels <= 48; channels += 16) {
            for (int way = 0; way < 4; way++) sequences(counts[r], channels, way & 1, way & 2);
        }
    }
    printf("kernels: level %d is sound\n", ck_isa_level());
}
