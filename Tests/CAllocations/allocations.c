#define _GNU_SOURCE
#include "CAllocations.h"

#include <stdatomic.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__linux__) && !defined(SANITIZED)
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { places = 1024 };
static struct {
    _Atomic(void *) caller;
    atomic_long count;
} table[places];
static atomic_long total;

// The number of the measurement under way, 0 between two; a thread asks once for each whether it is meant.
static atomic_int measurement;
static char prefix[16];
static const char *_Atomic measured_thread;
static _Thread_local int asked;
static _Thread_local int is_meant;
static _Thread_local char mark;  // its address tells threads apart

static void note(void *caller) {
    const int number = atomic_load_explicit(&measurement, memory_order_acquire);
    if (number == 0) return;
    if (asked != number) {
        asked = number;
        const char *thread = atomic_load(&measured_thread);
        char name[16] = "";
        if (!thread) prctl(PR_GET_NAME, name);
        is_meant = thread ? thread == &mark : strncmp(name, prefix, strlen(prefix)) == 0;
    }
    if (!is_meant) return;
    atomic_fetch_add(&total, 1);
    for (size_t at = (size_t)caller / 4 % places, tries = 0; tries < places; at = (at + 1) % places, tries++) {
        void *none = NULL;
        if (atomic_compare_exchange_strong(&table[at].caller, &none, caller) || none == caller) {
            atomic_fetch_add(&table[at].count, 1);
            return;
        }
    }
}

void *malloc(size_t size) {
    note(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    note(__builtin_return_address(0));
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : 12;
}

int allocations_are_counted(void) { return 1; }

void allocations_begin(const char *thread_prefix) {
    static int last;
    for (int i = 0; i < places; i++) {
        atomic_store(&table[i].caller, NULL);
        atomic_store(&table[i].count, 0);
    }
    atomic_store(&total, 0);
    if (thread_prefix) strncpy(prefix, thread_prefix, sizeof prefix - 1);
    atomic_store(&measured_thread, thread_prefix ? NULL : &mark);
    atomic_store_explicit(&measurement, ++last, memory_order_release);
}

long allocations_end(void) {
    atomic_store_explicit(&measurement, 0, memory_order_release);
    return atomic_load(&total);
}

void allocations_print_callers(int limit) {
    for (; limit > 0; limit--) {
        int most = 0;
        for (int i = 0; i < places; i++) {
            if (atomic_load(&table[i].count) > atomic_load(&table[most].count)) most = i;
        }
        const long count = atomic_exchange(&table[most].count, 0);
        if (count == 0) return;
        Dl_info info = {0};
        dladdr(atomic_load(&table[most].caller), &info);
        fprintf(stderr, "%8ld  %s\n", count, info.dli_sname ? info.dli_sname : info.dli_fname ? info.dli_fname : "?");
    }
}

#else

int allocations_are_counted(void) { return 0; }
void allocations_begin(const char *thread_prefix) { (void)thread_prefix; }
long allocations_end(void) { return 0; }
void allocations_print_callers(int limit) { (void)limit; }

#endif
