// What the drivers of the native rooms share: exact heap blocks, so that the address sanitizer sees each step past an end,
// numbers that are the same in every run, and a comparison.
#ifndef KMMD_NATIVE_CHECK_H
#define KMMD_NATIVE_CHECK_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_state = 0x9E3779B97F4A7C15u;

// Uniform in [low, high); xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016).
static inline double draw(double low, double high) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return low + (high - low) * (double)((random_state * 0x2545F4914F6CDD1Du) >> 11) * 0x1p-53;
}

static inline void require(int holds, const char *what, const char *file, int line) {
    if (holds) return;
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}
#define REQUIRE(condition) require((condition) != 0, #condition, __FILE__, __LINE__)

static inline void require_near(double found, double wanted, double tolerance, const char *file, int line) {
    if (fabs(found - wanted) <= tolerance * (1 + fabs(wanted))) return;
    fprintf(stderr, "%s:%d: %.9g, expected %.9g within %g\n", file, line, found, wanted, tolerance);
    exit(1);
}
#define REQUIRE_NEAR(found, wanted, tolerance) require_near(found, wanted, tolerance, __FILE__, __LINE__)

#endif
