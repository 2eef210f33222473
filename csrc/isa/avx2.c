/* avx2.c — every kernel, built for AVX2 and FMA. */
#include "../kernels/prelude.h"

#if defined(__x86_64__) || defined(__i386__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#define MLP_ISA avx2
#define MLP_VECTOR_BYTES 32
#include "../kernels/all.inc.c"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int mlp_not_on_this_machine; /* a translation unit may not be empty */
#endif
