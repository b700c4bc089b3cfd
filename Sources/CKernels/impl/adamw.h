// Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.
static void KN(adamw)(size_t n, float *parameter, const float *gradient, float *m, float *v, float rate, float beta1,
    float beta2, float eps, float decay, float c1, float c2) {
    EACH_16(n, v16 g = LOAD(gradient); v16 p = LOAD(parameter); v16 m1 = beta1 * LOAD(m) + (1.0f - beta1) * g;
        v16 v1 = beta2 * LOAD(v) + (1.0f - beta2) * g * g; STORE(m, m1); STORE(v, v1);
        STORE(parameter, p - rate * (m1 / c1 / (__builtin_elementwise_sqrt(v1 / c2) + eps) + decay * p));)
}
