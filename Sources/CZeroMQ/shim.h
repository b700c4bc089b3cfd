#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>
#include <zmq.h>
#ifdef __linux__
#include <malloc.h>
#include <sys/eventfd.h>
#endif

// Every libzmq since 4.3 knows it; the header names it for draft builds only.
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

// What a loop over sockets also needs and the Swift overlay of the C library lacks.

/// A non-blocking event counter, or -1 with `errno` set.
static inline int kmmd_wakeup_create(void) {
#ifdef __linux__
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
#else
    return -1;
#endif
}

/// Names the calling thread, as shown by `top -H`; at most 15 bytes.
static inline void kmmd_name_this_thread(const char *_Nonnull name) {
#ifdef __linux__
    pthread_setname_np(pthread_self(), name);
#else
    (void)name;
#endif
}

/// Has the allocator keep few pools: what one thread allocates and another one frees would fill one for each of them.
static inline void kmmd_limit_memory_pools(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
#endif
}

/// Gives memory that is free back to the system.
///
/// The allocator is locked meanwhile, so that threads that send would wait for this one on a busy machine: it has a real-time
/// priority until it is done, where the system allows it.
static inline void kmmd_trim_memory(void) {
#ifdef __GLIBC__
    struct sched_param own, high = {.sched_priority = 20};
    int policy;
    int known = pthread_getschedparam(pthread_self(), &policy, &own) == 0;
    if (known) pthread_setschedparam(pthread_self(), SCHED_FIFO, &high);
    malloc_trim(0);
    if (known) pthread_setschedparam(pthread_self(), policy, &own);
#endif
}
