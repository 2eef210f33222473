/* gemm.inc.c — the one micro-kernel behind every matrix product.
 *
 * acc (mr x nv vectors) += sum over k of a(i, k) * b(k, :), where a(i, k) = a[i * a_row + k * a_col] and
 * row k of b is b[k * ldb ...]. Both strides of a are free, so y = x kernel, dkernel = x^T dz and
 * dx^T = kernel dz^T are this text with other epilogues. Each sum runs over k in order in one accumulator:
 * an element's bits depend neither on the tile it falls in nor on the number of threads.
 *
 * mr and nv are compile-time constants wherever this is inlined, so that acc lives in registers.
 */
#define tile_multiply FN(tile_multiply)
#undef TALL_TILES
#if MLP_MR == 8
#define TALL_TILES(nv, CALL) case 6: CALL(6, nv); break; case 7: CALL(7, nv); break;
#else
#define TALL_TILES(nv, CALL)
#endif
#define DISPATCH_TILE(mr, nv, CALL) \
    do {                            \
        if ((nv) == 2) {            \
            switch (mr) {           \
            case 1: CALL(1, 2); break; \
            case 2: CALL(2, 2); break; \
            case 3: CALL(3, 2); break; \
            case 4: CALL(4, 2); break; \
            case 5: CALL(5, 2); break; \
            TALL_TILES(2, CALL) \
            default: CALL(MLP_MR, 2); break; \
            }                       \
        } else {                    \
            switch (mr) {           \
            case 1: CALL(1, 1); break; \
            case 2: CALL(2, 1); break; \
            case 3: CALL(3, 1); break; \
            case 4: CALL(4, 1); break; \
            case 5: CALL(5, 1); break; \
            TALL_TILES(1, CALL) \
            default: CALL(MLP_MR, 1); break; \
            }                       \
        }                           \
    } while (0)

INLINE void tile_multiply(const int mr, const int nv, ptrdiff_t k, const real *restrict a,
                          ptrdiff_t a_row, ptrdiff_t a_col, const real *restrict b, ptrdiff_t ldb,
                          vec acc[MLP_MR][MLP_NV]) {
    for (ptrdiff_t p = 0; p < k; p++) {
        vec bp[MLP_NV];
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) bp[j] = load(b + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < mr; i++) {
            real ai = a[i * a_row];
#pragma GCC unroll 8
            for (int j = 0; j < nv; j++) acc[i][j] += ai * bp[j];
        }
        a += a_col;
        b += ldb;
    }
}

#define sum_tile FN(sum_tile)
/* c (mr x nv vectors) = start + a b, or the sum so far + a b; `start` is a row (a bias), or NULL for 0. A relu is applied
 * as the last block of k is stored. */
INLINE void sum_tile(const int mr, const int nv, ptrdiff_t k, const real *a, ptrdiff_t a_row, ptrdiff_t a_col,
                     const real *b, ptrdiff_t ldb, const real *start, int first, int relu, real *c, ptrdiff_t ldc) {
    vec acc[MLP_MR][MLP_NV];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++)
            acc[i][j] = !first ? load(c + i * ldc + j * LANES) : start ? load(start + j * LANES) : (vec){0};
    tile_multiply(mr, nv, k, a, a_row, a_col, b, ldb, acc);
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) {
            vec v = acc[i][j];
            if (relu) v = select((ivec)(v < R(0.0)), (vec){0}, v);
            store(c + i * ldc + j * LANES, v);
        }
}

/* Rows of the next tile when `left` remain: as even as can be, so that 32 rows go 6,6,5,5,5,5. */
#define tile_rows FN(tile_rows)
INLINE int tile_rows(ptrdiff_t left) {
    ptrdiff_t tiles = (left + MLP_MR - 1) / MLP_MR;
    return (int)((left + tiles - 1) / tiles);
}
