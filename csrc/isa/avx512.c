/* avx512.c — every kernel, built for AVX-512 (F, DQ, VL, BW). */
#include "../kernels/prelude.h"

#if defined(__x86_64__) || defined(__i386__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma")
#endif

#define MLP_ISA avx512
#define MLP_VECTOR_BYTES 64
#include "../kernels/all.inc.c"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int mlp_not_on_this_machine; /* a translation unit may not be empty */
#endif
