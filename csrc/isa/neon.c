/* neon.c — every kernel, for ARM64, where NEON and fused multiply-adds are always there: in place of the baseline. */
#include "../kernels/prelude.h"

#if defined(__aarch64__)
#define MLP_ISA neon
#define MLP_VECTOR_BYTES 16
#include "../kernels/all.inc.c"
#else
typedef int mlp_not_on_this_machine; /* a translation unit may not be empty */
#endif
