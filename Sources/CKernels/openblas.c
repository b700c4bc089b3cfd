#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CKernels.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// OpenBLAS goes by the processor's model number: one that is newer than the library gets the kernels of the oldest (SSE3),
// on which matrix products take three to four times as long. What the processor can do is looked up here instead, and
// the library is told before anything is computed. OPENBLAS_CORETYPE, where the user set it, is left alone.

const char *ck_blas_kernels(void) {
    const char *(*name)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_corename");
    return name ? name() : "unknown";
}

#if defined(__x86_64__)
__attribute__((constructor)) static void choose_blas_kernels(void) {
    void (*quit)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
    void (*init)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
    if (!quit || !init || getenv("OPENBLAS_CORETYPE")) return;
    if (strcmp(ck_blas_kernels(), "Prescott") != 0) return;
    __builtin_cpu_init();
    const char *kernels = NULL;
    if (__builtin_cpu_supports("x86-64-v4")) kernels = "SkylakeX";
    else if (__builtin_cpu_supports("x86-64-v3")) kernels = "Haswell";
    if (!kernels) return;
    setenv("OPENBLAS_CORETYPE", kernels, 1);
    quit();
    init();
    unsetenv("OPENBLAS_CORETYPE");
}
#endif
