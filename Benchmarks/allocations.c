// Counts what the publisher thread allocates, by who asks: LD_PRELOAD it into kmmd, and it writes KMMD_ALLOCATIONS at the end.
// Counting starts with SIGUSR1, so that what is allocated once at the start does not count.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { places = 4096 };
static struct { void *caller; long count; } table[places];
static volatile sig_atomic_t counting;
static __thread int role;  // 0 unknown, 1 the publisher, 2 any other

static void note(void *caller) {
    if (!counting) return;
    if (role == 0) {
        char name[16] = "";
        prctl(PR_GET_NAME, name);
        role = strncmp(name, "kmmd publisher", 14) == 0 ? 1 : 2;
    }
    if (role != 1) return;
    for (unsigned long i = (unsigned long)caller / 4 % places, n = 0; n < places; i = (i + 1) % places, n++) {
        if (table[i].caller == NULL) table[i].caller = caller;
        if (table[i].caller == caller) { table[i].count++; return; }
    }
}

void *malloc(size_t size) { note(__builtin_return_address(0)); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { note(__builtin_return_address(0)); return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { note(__builtin_return_address(0)); return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { note(__builtin_return_address(0)); return __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : 12;
}

static void begin(int signal) { counting = 1; }

__attribute__((constructor)) static void prepare(void) { signal(SIGUSR1, begin); }

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("KMMD_ALLOCATIONS");
    FILE *file = counting && path ? fopen(path, "w") : NULL;
    counting = 0;
    if (!file) return;
    for (int i = 0; i < places; i++) {
        if (!table[i].caller) continue;
        Dl_info info = {0};
        dladdr(table[i].caller, &info);
        fprintf(file, "%ld %s %s\n", table[i].count, info.dli_fname ? info.dli_fname : "?", info.dli_sname ? info.dli_sname : "?");
    }
    fclose(file);
}
