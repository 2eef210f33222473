/* blocked.inc.c — a matrix product in blocks, for operands too large for the caches.
 *
 * c (m, n) = start + a (m, k) b (k, n), where a(i, p) = a[i * a_row + p * a_col] and b likewise. As in BLIS (Van Zee
 * and van de Geijn 2015): a block of columns of b is copied once into panels two vectors wide; for every MLP_MC rows
 * of a and every MLP_KC of k the tiles of c are brought forward, the panel of b in the first-level cache, the rows of
 * a in the second. A block of c is kept beside them until its sums are complete and then handed to `finish`: MLP_MC rows, or
 * many more where sums are so deep that only a slice of b has room.
 *
 * Every sum runs over k in order, as in tile_multiply alone, and starts with the same number: which of the
 * two ways is taken changes no bit.
 */
#define copy_panels FN(copy_panels)
#define copy_rows FN(copy_rows)
#define multiply_slice FN(multiply_slice)
#define blocked_multiply FN(blocked_multiply)
#define NR (MLP_NV * LANES)

/* What becomes of a finished block of c: element (i, j) of c is block[(i - rows.begin) * ld + j - cols.begin]. */
typedef void FN(finish_block)(const void *context, mlp_range rows, mlp_range cols, const real *block, ptrdiff_t ld);

typedef struct FN(product) {
    ptrdiff_t k;
    const real *a;
    ptrdiff_t a_row, a_col;
    const real *b;
    ptrdiff_t b_row, b_col;
    const real *start;    /* a row that sums start with, or NULL for 0 */
    FN(finish_block) *finish;
    const void *context;
} FN(product);

/* Rows [p0, p1) of b, some of its columns, as panels: element (p, c) is at
 * panels[(c - c % NR) * (p1 - p0) + (p - p0) * NR + c % NR], counting c from the first. */
static void copy_panels(const FN(product) *f, ptrdiff_t p0, ptrdiff_t p1, mlp_range cols, real *panels) {
    const ptrdiff_t depth = p1 - p0, n = cols.end - cols.begin;
    const real *b = f->b + p0 * f->b_row + cols.begin * f->b_col;
    if (f->b_col == 1) {
        for (ptrdiff_t p = 0; p < depth; p++, b += f->b_row)
            for (ptrdiff_t c = 0; c < n; c += NR) {
                real *out = panels + c * depth + p * NR;
                __builtin_prefetch(b + 4 * f->b_row + c);
                store(out, load(b + c));
                if (n - c > LANES) store(out + LANES, load(b + c + LANES));
            }
        return;
    }
    for (ptrdiff_t c = 0; c < n; c += NR)
        for (ptrdiff_t j = 0; j < NR; j++) {
            /* Past the last column the last one is repeated: what comes of it is not looked at. */
            const real *column = b + mlp_min(c + j, n - 1) * f->b_col;
            for (ptrdiff_t p = 0; p < depth; p++) panels[c * depth + p * NR + j] = column[p * f->b_row];
        }
}

/* Rows [r0, r1) of a where they lie along vectors (a_row = 1), [p0, p1) of k: in a tile of mr rows from r on,
 * element (i, p) is at copy[(r - r0) * (p1 - p0) + (p - p0) * mr + i]. */
static void copy_rows(const FN(product) *f, ptrdiff_t r0, ptrdiff_t r1, ptrdiff_t p0, ptrdiff_t p1, real *copy) {
    const ptrdiff_t depth = p1 - p0, tiles = (r1 - r0 + MLP_MR - 1) / MLP_MR;
    const ptrdiff_t lesser = (r1 - r0) / tiles, greater = (r1 - r0) % tiles; /* as tile_rows deals them out */
    for (ptrdiff_t p = 0; p < depth; p++) {
        const real *a = f->a + (p0 + p) * f->a_col + r0;
        real *tile = copy;
        for (ptrdiff_t i = 0; i < r1 - r0; i += MLP_ALIGNMENT / (ptrdiff_t)sizeof(real))
            __builtin_prefetch(a + 4 * f->a_col + i);
        for (ptrdiff_t t = 0; t < tiles; t++) {
            const ptrdiff_t mr = lesser + (t < greater);
            real *out = tile + p * mr;
            /* Whole vectors run over into what is written next, but not into the next tile. */
            if ((depth - p) * mr >= (mr + LANES - 1) / LANES * LANES)
                for (ptrdiff_t i = 0; i < mr; i += LANES) store(out + i, load(a + i));
            else
                for (ptrdiff_t i = 0; i < mr; i++) out[i] = a[i];
            tile += mr * depth;
            a += mr;
        }
    }
}

/* Brings some rows and columns of c forward by the terms [p0, p1) of their sums; `slice` holds these of b. */
static void multiply_slice(const FN(product) *f, mlp_range rows, mlp_range cols, ptrdiff_t p0, ptrdiff_t p1,
                           real *a_copy, const real *slice, real *block, ptrdiff_t ld) {
    const ptrdiff_t depth = p1 - p0;
    const int copied = f->a_col != 1; /* rows that lie along k are read where they are */
    if (copied) copy_rows(f, rows.begin, rows.end, p0, p1, a_copy);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += NR) {
        const int nv = cols.end - c > LANES ? 2 : 1;
        const real *b = slice + (c - cols.begin) * depth;
        const real *start = f->start ? f->start + c : NULL;
        for (ptrdiff_t r = rows.begin; r < rows.end;) {
            const int mr = tile_rows(rows.end - r);
            const real *a = copied ? a_copy + (r - rows.begin) * depth : f->a + r * f->a_row + p0;
            const ptrdiff_t a_row = copied ? 1 : f->a_row, a_col = copied ? mr : 1;
            real *tile = block + (r - rows.begin) * ld + c - cols.begin;
#define CALL(MR_, NV_) sum_tile(MR_, NV_, depth, a, a_row, a_col, b, NR, start, p0 == 0, 0, tile, ld)
            DISPATCH_TILE(mr, nv, CALL);
#undef CALL
            r += mr;
        }
    }
}

/* This thread's part of c (m, n): columns, so that no two threads copy the same of b, or rows where columns are few.
 * `scratch` has room for MLP_BLOCKED_SCRATCH elements. */
static void blocked_multiply(const FN(product) *f, ptrdiff_t m, ptrdiff_t n, real *scratch, int thread, int threads) {
    mlp_range rows = {0, m}, cols = {0, n};
    if (n >= 2 * COLUMN_UNIT * threads) cols = mlp_share(n, COLUMN_UNIT, thread, threads);
    else rows = mlp_share(m, COLUMN_UNIT, thread, threads);
    real *const a_copy = scratch, *const panels = a_copy + MLP_MC * MLP_KC;
    /* No element of b is copied often. If there is room for all of k of enough columns, a block of c has MLP_MC rows
     * and is finished before the next; else one slice of k after the other goes over as tall a block as there is room for. */
    const ptrdiff_t room = MLP_PANELS / (f->k > 0 ? f->k : 1) / NR * NR;
    const int deep = room < MLP_NC / 2;
    const ptrdiff_t nc = deep ? MLP_NC : mlp_min(room, MLP_NC);
    real *const block = panels + (deep ? MLP_KC * MLP_NC : MLP_PANELS);
    for (ptrdiff_t c0 = cols.begin; c0 < cols.end; c0 += nc) {
        const mlp_range part = {c0, mlp_min(c0 + nc, cols.end)};
        const ptrdiff_t width = (part.end - part.begin + NR - 1) / NR * NR, ld = width + MLP_BLOCK_PAD;
        const ptrdiff_t tall = deep ? MLP_DEEP_BLOCK / ld / MLP_MC * MLP_MC : MLP_MC;
        for (ptrdiff_t t0 = rows.begin; t0 < rows.end; t0 += tall) {
            const ptrdiff_t t1 = mlp_min(t0 + tall, rows.end);
            for (ptrdiff_t p0 = 0; p0 == 0 || p0 < f->k; p0 += MLP_KC) {
                const ptrdiff_t p1 = mlp_min(p0 + MLP_KC, f->k);
                real *slice = deep ? panels : panels + p0 * width;
                if (deep || t0 == rows.begin) copy_panels(f, p0, p1, part, slice);
                for (ptrdiff_t r0 = t0; r0 < t1; r0 += MLP_MC) {
                    const mlp_range some = {r0, mlp_min(r0 + MLP_MC, t1)};
                    multiply_slice(f, some, part, p0, p1, a_copy, slice, block + (r0 - t0) * ld, ld);
                }
            }
            f->finish(f->context, (mlp_range){t0, t1}, part, block, ld);
        }
    }
}
