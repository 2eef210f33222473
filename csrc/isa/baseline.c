/* baseline.c — every kernel, for what the compiler's target guarantees: SSE2 on x86-64. */
#include "../kernels/prelude.h"

#if !defined(__aarch64__) /* there, neon.c is what the target guarantees */
#define MLP_ISA baseline
#define MLP_VECTOR_BYTES 16
#include "../kernels/all.inc.c"
#else
typedef int mlp_not_on_this_machine; /* a translation unit may not be empty */
#endif
