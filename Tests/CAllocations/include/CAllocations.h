#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

// Counts what a thread allocates: the test process's malloc and its like are replaced by ones that count and go on to glibc's.

// Whether allocations are counted here: with glibc, and without a sanitizer, which has a malloc of its own.
int allocations_are_counted(void);

// Begins to count, one measurement at a time: what the calling thread allocates, or, with a prefix, what threads do whose names
// begin with it.
void allocations_begin(const char *_Nullable thread_prefix);

// Ends the measurement; the number of allocations since it began.
long allocations_end(void);

// Writes to standard error who asked for them in the last measurement, most first, at most `limit` callers.
void allocations_print_callers(int limit);

#endif
