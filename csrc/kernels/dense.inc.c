/* dense.inc.c — y = activation(x kernel + bias), and its backward passes.
 *
 * m = rows of x, k = fan_in = columns of x, n = units. The weights are plain row-major matrices.
 */

/* Share out columns while every thread gets a few lines of them, so that its slice of the weights
 * stays in its own cache from pass to pass; else share out rows. */
#define share_by_columns FN(share_by_columns)
static int share_by_columns(ptrdiff_t m, ptrdiff_t n, int threads) {
    return n >= 2 * COLUMN_UNIT * threads || m < MLP_MR * threads;
}

/* ---- forward ------------------------------------------------------------------------------ */

#define forward_tile FN(forward_tile)
/* Bias or the sum so far starts the accumulators; a relu is applied as the last block is stored. */
INLINE void forward_tile(const int mr, const int nv, ptrdiff_t k, const real *x, ptrdiff_t ldx,
                         const real *kernel, ptrdiff_t ldk, const real *bias, int first, int relu,
                         real *y, ptrdiff_t ldy) {
    vec acc[MLP_MR][MLP_NV];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++)
            acc[i][j] = !first ? load(y + i * ldy + j * LANES) : bias ? load(bias + j * LANES) : (vec){0};
    tile_multiply(mr, nv, k, x, ldx, 1, kernel, ldk, acc);
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) {
            vec v = acc[i][j];
            if (relu) v = select((ivec)(v < R(0.0)), (vec){0}, v);
            store(y + i * ldy + j * LANES, v);
        }
}

static void FN(finish_dense)(const void *context, mlp_range rows, mlp_range cols, const real *block, ptrdiff_t ld) {
    const mlp_instruction *self = context;
    const mlp_operand *y = &self->operand[3];
    for (ptrdiff_t r = rows.begin; r < rows.end; r++)
        FN(row_functions)[self->integer[0]](cols.end - cols.begin, block + (r - rows.begin) * ld,
                                            (real *)y->data + r * y->ld + cols.begin, self->number);
}

/* operands x (m, k), kernel (k, n), bias (1, n) or none, y (m, n); integer[0] = activation; numbers: its
 * parameters. y = activation(x kernel + bias). */
static void FN(dense)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *kernel = &self->operand[1], *y = &self->operand[3];
    const ptrdiff_t m = mlp_rows(y, step), n = y->cols, k = x->cols;
    const int activation = (int)self->integer[0];
    const int relu = activation == FN(relu_number);
    mlp_range rows = {0, m}, cols = {0, n};
    if (share_by_columns(m, n, threads)) cols = mlp_share(n, COLUMN_UNIT, thread, threads);
    else rows = mlp_share(m, 1, thread, threads);
    if (m >= MLP_BLOCKED_ROWS && k * n >= MLP_BLOCKED_WEIGHTS) {
        const FN(product) f = {k, x->data, x->ld, 1, kernel->data, kernel->ld, 1, self->operand[2].data,
                               FN(finish_dense), self};
        blocked_multiply(&f, rows, cols, step->scratch[thread]);
        return;
    }

    const ptrdiff_t blocks = k > 0 ? (k + MLP_KC - 1) / MLP_KC : 1, kc = (k + blocks - 1) / blocks;
    for (ptrdiff_t r0 = rows.begin; r0 < rows.end; r0 += MLP_MC) {
        const ptrdiff_t r1 = mlp_min(r0 + MLP_MC, rows.end);
        for (ptrdiff_t block = 0; block < blocks; block++) {
            const ptrdiff_t k0 = block * kc, depth = mlp_min(k0 + kc, k) - k0;
            const int first = block == 0, last = block == blocks - 1;
            for (ptrdiff_t c = cols.begin; c < cols.end; c += MLP_NV * LANES) {
                const int nv = cols.end - c > LANES ? 2 : 1;
                const real *b = (const real *)kernel->data + k0 * kernel->ld + c;
                const real *bias = self->operand[2].data ? (const real *)self->operand[2].data + c : NULL;
                for (ptrdiff_t r = r0; r < r1;) {
                    const int mr = tile_rows(r1 - r);
                    const real *a = (const real *)x->data + r * x->ld + k0;
                    real *out = (real *)y->data + r * y->ld + c;
#define CALL(MR_, NV_) \
    forward_tile(MR_, NV_, depth, a, x->ld, b, kernel->ld, bias, first, relu && last, out, y->ld)
                    DISPATCH_TILE(mr, nv, CALL);
#undef CALL
                    r += mr;
                }
            }
        }
        if (activation == FN(copy_number) || relu) continue;
        for (ptrdiff_t r = r0; r < r1; r++) {
            real *out = (real *)y->data + r * y->ld + cols.begin;
            FN(row_functions)[activation](cols.end - cols.begin, out, out, self->number);
        }
    }
}

/* ---- gradient with respect to x ------------------------------------------------------------- */

#define dx_tile FN(dx_tile)
/* A tile of dx^T = kernel dz^T, written back turned. */
INLINE void dx_tile(const int mr, const int nv, ptrdiff_t n, const real *kernel, ptrdiff_t ldk,
                    const real *dz_t, ptrdiff_t ldt, ptrdiff_t rows, real *dx, ptrdiff_t ldx) {
    vec acc[MLP_MR][MLP_NV] = {{{0}}};
    tile_multiply(mr, nv, n, kernel, ldk, 1, dz_t, ldt, acc);
    real turned[MLP_MR][MLP_NV * sizeof(vec) / sizeof(real)];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) store(turned[i] + j * LANES, acc[i][j]);
    for (ptrdiff_t r = 0; r < rows; r++)
#pragma GCC unroll 8
        for (int i = 0; i < mr; i++) dx[r * ldx + i] = turned[i][r];
}

/* Of dx^T, whose rows are columns of dx. */
static void FN(finish_dx)(const void *context, mlp_range cols, mlp_range rows, const real *block, ptrdiff_t ld) {
    const mlp_instruction *self = context;
    const mlp_operand *y = &self->operand[2], *dx = &self->operand[3];
    for (ptrdiff_t r = rows.begin; r < rows.end; r++) {
        real *out = (real *)dx->data + r * dx->ld + cols.begin;
        for (ptrdiff_t c = 0; c < cols.end - cols.begin; c++) out[c] = block[c * ld + r - rows.begin];
        if (y->data)
            FN(row_gradients)[self->integer[0]](cols.end - cols.begin, out,
                                                (const real *)y->data + r * y->ld + cols.begin, out, self->number);
    }
}

/* operands dz (m, n), kernel (k, n), y (m, k) or none, dx (m, k); integer[0] = activation that made y;
 * numbers: its parameters. dx = (dz kernel^T) * activation'(y).
 *
 * dz^T is the matrix whose rows run along vectors, so dz is turned first, MLP_SCRATCH_ROWS rows at a time, by
 * every thread for itself: that costs one move for every k multiply-adds, and no barrier. */
static void FN(dense_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dz = &self->operand[0], *kernel = &self->operand[1], *y = &self->operand[2],
                      *dx = &self->operand[3];
    const ptrdiff_t m = mlp_rows(dx, step), n = dz->cols, k = dx->cols;
    mlp_range rows = {0, m}, cols = {0, k};
    if (share_by_columns(m, k, threads)) cols = mlp_share(k, COLUMN_UNIT, thread, threads);
    else rows = mlp_share(m, 1, thread, threads);
    if (cols.begin == cols.end) return;
    if (m >= MLP_BLOCKED_ROWS && k * n >= MLP_BLOCKED_WEIGHTS) {
        const FN(product) f = {n, kernel->data, kernel->ld, 1, dz->data, 1, dz->ld, NULL, FN(finish_dx), self};
        blocked_multiply(&f, cols, rows, step->scratch[thread]);
        return;
    }
    real *dz_t = step->scratch[thread];
    for (ptrdiff_t r0 = rows.begin; r0 < rows.end; r0 += MLP_SCRATCH_ROWS) {
        const ptrdiff_t block = mlp_min(MLP_SCRATCH_ROWS, rows.end - r0);
        const ptrdiff_t ldt = (block + LANES - 1) / LANES * LANES;
        for (ptrdiff_t r = 0; r < ldt; r++) {
            const real *row = (const real *)dz->data + (r0 + mlp_min(r, block - 1)) * dz->ld;
            for (ptrdiff_t j = 0; j < n; j++) dz_t[j * ldt + r] = row[j];
        }
        for (ptrdiff_t c = cols.begin; c < cols.end;) {
            const int mr = tile_rows(cols.end - c);
            const real *a = (const real *)kernel->data + c * kernel->ld;
            for (ptrdiff_t r = 0; r < block; r += MLP_NV * LANES) {
                const int nv = block - r > LANES ? 2 : 1;
                const ptrdiff_t valid = mlp_min(block - r, nv * LANES);
                real *out = (real *)dx->data + (r0 + r) * dx->ld + c;
#define CALL(MR_, NV_) dx_tile(MR_, NV_, n, a, kernel->ld, dz_t + r, ldt, valid, out, dx->ld)
                DISPATCH_TILE(mr, nv, CALL);
#undef CALL
            }
            c += mr;
        }
        if (!y->data) continue;
        for (ptrdiff_t r = r0; r < r0 + block; r++) {
            real *out = (real *)dx->data + r * dx->ld + cols.begin;
            FN(row_gradients)[self->integer[0]](cols.end - cols.begin, out,
                                                (const real *)y->data + r * y->ld + cols.begin, out, self->number);
        }
    }
}

/* ---- gradient with respect to the kernel ------------------------------------------------------ */

#define dkernel_tile FN(dkernel_tile)
/* A tile of dkernel = x^T dz. Plain gradient descent is applied straight from the registers; every other
 * rule reads the finished tile from a small buffer that never leaves the first-level cache. */
INLINE void dkernel_tile(const int mr, const int nv, ptrdiff_t m, const real *x, ptrdiff_t ldx, const real *dz,
                         ptrdiff_t ldz, const FN(finish) *f, ptrdiff_t offset, ptrdiff_t ld) {
    vec acc[MLP_MR][MLP_NV] = {{{0}}};
    tile_multiply(mr, nv, m, x, 1, ldx, dz, ldz, acc);
    if (f->rule == MLP_RULE_STORE || f->rule == MLP_RULE_SGD) {
        const vec rate = splat(f->rule == MLP_RULE_SGD ? (real)f->scalars[0] : R(0.0));
#pragma GCC unroll 8
        for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
            for (int j = 0; j < nv; j++) {
                real *out = f->target[0] + offset + i * ld + j * LANES;
                store(out, f->rule == MLP_RULE_SGD ? load(out) - rate * acc[i][j] : acc[i][j]);
            }
        return;
    }
    real gradient[MLP_MR][MLP_NV * sizeof(vec) / sizeof(real)];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) store(gradient[i] + j * LANES, acc[i][j]);
    for (int i = 0; i < mr; i++) finish_row(f, nv * LANES, gradient[i], offset + i * ld);
}

typedef struct FN(finish_context) {
    FN(finish) f;
    ptrdiff_t ld;
} FN(finish_context);

static void FN(finish_dkernel)(const void *context, mlp_range rows, mlp_range cols, const real *block, ptrdiff_t ld) {
    const FN(finish_context) *c = context;
    const ptrdiff_t whole = (cols.end - cols.begin + LANES - 1) / LANES * LANES;
    for (ptrdiff_t r = rows.begin; r < rows.end; r++)
        finish_row(&c->f, whole, block + (r - rows.begin) * ld, r * c->ld + cols.begin);
}

/* operands x (m, k), dz (m, n), then what the update rule works on (update.inc.c), each (k, n);
 * integers: see update.inc.c. dkernel = x^T dz, stored or applied. */
static void FN(dense_dkernel)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *dz = &self->operand[1], *out = &self->operand[2];
    const ptrdiff_t m = mlp_rows(x, step), k = x->cols, n = dz->cols;
    const FN(finish) f = finish_of(self, step);
    mlp_range rows = {0, k}, cols = {0, n};
    if (share_by_columns(k, n, threads)) cols = mlp_share(n, COLUMN_UNIT, thread, threads);
    else rows = mlp_share(k, 1, thread, threads);
    if (m >= MLP_BLOCKED_ROWS && k >= MLP_MC && n >= 2 * COLUMN_UNIT) {
        const FN(finish_context) context = {f, out->ld};
        const FN(product) p = {m, x->data, 1, x->ld, dz->data, dz->ld, 1, NULL, FN(finish_dkernel), &context};
        blocked_multiply(&p, rows, cols, step->scratch[thread]);
        return;
    }
    for (ptrdiff_t i = rows.begin; i < rows.end;) {
        const int mr = tile_rows(rows.end - i);
        for (ptrdiff_t c = cols.begin; c < cols.end; c += MLP_NV * LANES) {
            const int nv = cols.end - c > LANES ? 2 : 1;
            const real *a = (const real *)x->data + i, *b = (const real *)dz->data + c;
#define CALL(MR_, NV_) dkernel_tile(MR_, NV_, m, a, x->ld, b, dz->ld, &f, i * out->ld + c, out->ld)
            DISPATCH_TILE(mr, nv, CALL);
#undef CALL
        }
        i += mr;
    }
}
