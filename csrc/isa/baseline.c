/* baseline.c — every kernel, for whatever the compiler's target guarantees: SSE2 on x86-64, NEON on ARM64. */
#include "../kernels/prelude.h"

#define MLP_ISA baseline
#define MLP_VECTOR_BYTES 16
#include "../kernels/all.inc.c"
