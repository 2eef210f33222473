/* tile.h — block sizes of the matrix products.
 *
 * The micro-kernel holds MLP_MR x MLP_NV vectors of the result in registers: 12 accumulators, two
 * vectors of b and one broadcast of a, of the 16 registers of SSE and AVX. Twelve independent sums hide
 * the latency of two multiply-adds a cycle (at least 8 are needed). ARM64 has 32 registers, and cores that start four
 * multiply-adds a cycle, each of which takes four: 16 accumulators there (by counting; measured under emulation it is not).
 *
 * MLP_KC rows of b, two vectors wide, with the MLP_MR rows of a beside them, stay in a first-level
 * cache of 32 KiB; MLP_MC rows of a times MLP_KC stay in a second-level cache.
 *
 * Products too large for the caches go in blocks (blocked.inc.c) of MLP_MC rows and MLP_NC columns, with b copied into
 * panels: whole columns of it if MLP_PANELS elements have room for MLP_NC / 2 of them, else slices of MLP_KC of its rows. On one thread of an AMD EPYC 7003,
 * in shares of the measured peak, forward / dx / dkernel:
 *
 *     m x k x n            plain           in blocks
 *     32 x 784 x 300       85 / 87 / 83    -
 *     256 x 784 x 300      90 / 87 / 76    88 / 84 / 88
 *     4096 x 784 x 300     92 / 86 / 32    90 / 77 / 85
 *     128 x 1024 x 2048    77 / 61 / 69    82 / 86 / 78
 *     512 x 2048 x 2048    75 / 81 / 63    88 / 87 / 88
 *
 * where a tile whose operands are in the first-level cache reaches 100 (k = 256) or 89 (k = 32). So blocks are for
 * m >= MLP_BLOCKED_ROWS, forward and dx only with MLP_BLOCKED_WEIGHTS weights or more. KC = 192 ... 384, MC = 72 ... 192
 * and NC = 256 were no better.
 */
#ifndef MLP_TILE_H
#define MLP_TILE_H

#include "../mlp.h"

#if defined(__aarch64__)
#define MLP_MR 8
#else
#define MLP_MR 6
#endif
#define MLP_NV 2
#define MLP_KC 256
#define MLP_MC 96
#define MLP_NC 512
#define MLP_PANELS (1 << 19)
#define MLP_BLOCKED_ROWS 64
#define MLP_BLOCKED_WEIGHTS (1 << 19)
/* For fewer units dx turns the kernel, for more dz and dx: 32 x 30 x 30 62 against 44 % of peak, 32 x 50 x 50 60 against
 * 63, 32 x 784 x 300 60 against 88. */
#define MLP_NARROW 48
_Static_assert(MLP_NARROW + MLP_ALIGNMENT / 4 <= MLP_SCRATCH_ROWS, "a turned kernel has room in the scratch memory");

/* From row to row of a block of the result: off powers of two, so that rows do not meet in a set of the cache. */
#define MLP_BLOCK_PAD 16
/* Elements of a block of the result where sums are deep; it takes the room of the panels that are not kept then. */
#define MLP_DEEP_BLOCK (MLP_PANELS - MLP_KC * MLP_NC)
_Static_assert(MLP_DEEP_BLOCK >= MLP_MC * (MLP_NC + MLP_BLOCK_PAD), "there is room for one block of rows");
/* Elements of scratch memory that blocks need: of a, of b, of the result. */
#define MLP_BLOCKED_SCRATCH (MLP_MC * MLP_KC + MLP_PANELS + MLP_MC * (MLP_NC + MLP_BLOCK_PAD))

#endif
