// OpenBLAS chooses its kernels by the model of the processor, and for a model that is newer than itself it takes those of
// 2004, several times slower than the processor can do. It is told here what to take, before main and before any thread.
#if defined(__linux__) && defined(__x86_64__)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void choose_blas_kernels(void) {
    const char *wanted = getenv("OPENBLAS_CORETYPE");
    if (wanted && *wanted) return;
    // Found only in an OpenBLAS with kernels for several processors.
    char *(*core_name)(void) = (char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_corename");
    void (*forget)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
    void (*choose)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
    __builtin_cpu_init();
    if (!core_name || !forget || !choose || strcmp(core_name(), "Prescott") != 0) return;
    if (!__builtin_cpu_supports("x86-64-v3")) return;
    setenv("OPENBLAS_CORETYPE", __builtin_cpu_supports("x86-64-v4") ? "SkylakeX" : "Haswell", 1);
    forget();
    choose();
    unsetenv("OPENBLAS_CORETYPE");
}
#endif
