// Every kernel, for the instruction set that the including file has switched on. Included once per set with KN(name)
// defined to a suffixed name; hence no include guard.

#include "impl/vector.h"

#include "impl/elementwise.h"

#include "impl/rows.h"

#include "impl/convolution.h"

#include "impl/scan.h"

#include "impl/adamw.h"

#include "impl/linear.h"

static const struct kernels KN(kernels) = {
#define X(name) .name = KN(name),
    CK_KERNELS(X)
#undef X
};
