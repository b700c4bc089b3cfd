#include <cblas.h>

// Eigenvalues (ascending) and eigenvectors of a symmetric matrix, stored by columns over `a`: LAPACK, which OpenBLAS brings
// without a header of its own.
void dsyevd_(const char *job, const char *triangle, const int *order, double *a, const int *stride, double *eigenvalues,
    double *reals, const int *real_count, int *integers, const int *integer_count, int *failure);
