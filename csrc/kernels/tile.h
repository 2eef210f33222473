/* tile.h — block sizes of the matrix products.
 *
 * The micro-kernel holds MLP_MR x MLP_NV vectors of the result in registers: 12 accumulators, two
 * vectors of b and one broadcast of a, of the 16 registers of SSE and AVX. Twelve independent sums hide
 * the latency of two multiply-adds a cycle (at least 8 are needed).
 *
 * MLP_KC rows of b, two vectors wide, with the MLP_MR rows of a beside them, stay in a first-level
 * cache of 32 KiB; MLP_MC rows of a times MLP_KC stay in a second-level cache.
 */
#ifndef MLP_TILE_H
#define MLP_TILE_H

#define MLP_MR 6
#define MLP_NV 2
#define MLP_KC 256
#define MLP_MC 96

#endif
