/* dense.inc.c — y = activation(x kernel + bias), and its backward passes.
 *
 * m = rows of x, k = fan_in = columns of x, n = units. The weights are plain row-major matrices.
 */

/* ---- forward ------------------------------------------------------------------------------ */

static void FN(finish_dense)(const void *context, mlp_range rows, mlp_range cols, const real *block, ptrdiff_t ld) {
    const mlp_instruction *self = context;
    const mlp_operand *y = &self->operand[3];
    for (ptrdiff_t r = rows.begin; r < rows.end; r++)
        FN(row_functions)[self->integer[0]](cols.end - cols.begin, block + (r - rows.begin) * ld,
                                            (real *)y->data + r * y->ld + cols.begin, self->number);
}

#define THIN 8
#define thin_tile FN(thin_tile)
/* Of a single row, `nv` vectors: nothing is used twice, so all that counts is that the weights come in one stream. */
INLINE void thin_tile(const int nv, ptrdiff_t k, const real *x, const real *kernel, ptrdiff_t ldk, const real *bias,
                      int relu, real *y) {
    vec acc[THIN];
#pragma GCC unroll 8
    for (int j = 0; j < nv; j++) acc[j] = bias ? load(bias + j * LANES) : (vec){0};
    for (ptrdiff_t p = 0; p < k; p++, kernel += ldk) {
#pragma GCC unroll 8
        for (int j = 0; j < nv * (int)sizeof(vec); j += MLP_ALIGNMENT)
            __builtin_prefetch((const char *)(kernel + THIN * ldk) + j);
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) acc[j] += x[p] * load(kernel + j * LANES);
    }
#pragma GCC unroll 8
    for (int j = 0; j < nv; j++)
        store(y + j * LANES, relu ? select((ivec)(acc[j] < R(0.0)), (vec){0}, acc[j]) : acc[j]);
}

#define thin_part FN(thin_part)
/* Columns of a single row of x kernel + bias. */
static void thin_part(const mlp_instruction *self, ptrdiff_t row, mlp_range cols, int relu) {
    const mlp_operand *x = &self->operand[0], *kernel = &self->operand[1], *y = &self->operand[3];
    const real *a = (const real *)x->data + row * x->ld;
    for (ptrdiff_t c = cols.begin; c < cols.end; c += THIN * LANES) {
        const real *b = (const real *)kernel->data + c;
        const real *bias = self->operand[2].data ? (const real *)self->operand[2].data + c : NULL;
        real *out = (real *)y->data + row * y->ld + c;
        switch ((cols.end - c + LANES - 1) / LANES) {
#define CASE(nv) case nv: thin_tile(nv, x->cols, a, b, kernel->ld, bias, relu, out); break
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
            CASE(7);
#undef CASE
        default: thin_tile(THIN, x->cols, a, b, kernel->ld, bias, relu, out);
        }
    }
}

#define dense_part FN(dense_part)
/* Of one rectangle of y. */
static void dense_part(const mlp_instruction *self, mlp_range rows, mlp_range cols) {
    const mlp_operand *x = &self->operand[0], *kernel = &self->operand[1], *y = &self->operand[3];
    const ptrdiff_t k = x->cols;
    const int activation = (int)self->integer[0], relu = activation == FN(relu_number);
    const ptrdiff_t blocks = k > 0 ? (k + MLP_KC - 1) / MLP_KC : 1, kc = (k + blocks - 1) / blocks;
    for (ptrdiff_t r0 = rows.begin; r0 < rows.end; r0 += MLP_MC) {
        const ptrdiff_t r1 = mlp_min(r0 + MLP_MC, rows.end);
        if (r1 - r0 == 1) thin_part(self, r0, cols, relu);
        else for (ptrdiff_t block = 0; block < blocks; block++) {
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
    sum_tile(MR_, NV_, depth, a, x->ld, 1, b, kernel->ld, bias, first, relu && last, out, y->ld)
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

/* operands x (m, k), kernel (k, n), bias (1, n) or none, y (m, n); integer[0] = activation; numbers: its
 * parameters. y = activation(x kernel + bias). */
static void FN(dense)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *kernel = &self->operand[1], *y = &self->operand[3];
    const ptrdiff_t m = mlp_rows(y, step), n = y->cols, k = x->cols;
    if (m >= MLP_BLOCKED_ROWS && k * n >= MLP_BLOCKED_WEIGHTS) {
        const FN(product) f = {k, x->data, x->ld, 1, kernel->data, kernel->ld, 1, self->operand[2].data,
                               FN(finish_dense), self};
        blocked_multiply(&f, m, n, step->scratch[thread], thread, threads);
        return;
    }
    mlp_part part[3];
    const int parts = mlp_share_matrix(m, n, COLUMN_UNIT, thread, threads, part);
    for (int i = 0; i < parts; i++) dense_part(self, part[i].rows, part[i].cols);
}

/* ---- gradient with respect to x ------------------------------------------------------------- */

#define turn FN(turn)
#define dx_tile FN(dx_tile)
/* turned[j * ld + i] = a[i * lda + j]; whole vectors of rows are written, past the last row its copies. */
static void turn(ptrdiff_t m, ptrdiff_t n, const real *a, ptrdiff_t lda, real *turned, ptrdiff_t ld) {
    for (ptrdiff_t i = 0; i < m; i += LANES)
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec square[LANE_COUNT];
#pragma GCC unroll 16
            for (int r = 0; r < LANE_COUNT; r++) square[r] = load(a + mlp_min(i + r, m - 1) * lda + j);
            turn_square(square);
            if (n - j >= LANES)
#pragma GCC unroll 16
                for (int r = 0; r < LANE_COUNT; r++) store(turned + (j + r) * ld + i, square[r]);
            else
                for (ptrdiff_t r = 0; r < n - j; r++) store(turned + (j + r) * ld + i, square[r]);
        }
}

/* A tile of dx^T = kernel dz^T, written back turned; where the activation is a relu, y is its output. */
INLINE void dx_tile(const int mr, const int nv, ptrdiff_t n, const real *kernel, ptrdiff_t ldk, const real *dz_t,
                    ptrdiff_t ldt, ptrdiff_t rows, const real *y, ptrdiff_t ldy, real *dx, ptrdiff_t ldx) {
    vec acc[MLP_MR][MLP_NV] = {{{0}}};
    tile_multiply(mr, nv, n, kernel, ldk, 1, dz_t, ldt, acc);
#pragma GCC unroll 8
    for (int j = 0; j < nv; j++)
#pragma GCC unroll 8
        for (int c = 0; c < mr; c += LANE_COUNT) {
            const int cols = mr - c < LANE_COUNT ? mr - c : LANE_COUNT;
            vec square[LANE_COUNT];
#pragma GCC unroll 16
            for (int i = 0; i < LANE_COUNT; i++) square[i] = i < cols ? acc[c + i][j] : (vec){0};
            turn_square(square);
#pragma GCC unroll 16
            for (int i = 0; i < LANE_COUNT; i++) {
                const ptrdiff_t r = j * LANES + i;
                if (r >= rows) break;
                if (y) square[i] *= select((ivec)(load(y + r * ldy + c) > R(0.0)), ONE, ZERO);
                memcpy(dx + r * ldx + c, &square[i], cols * sizeof(real));
            }
        }
}

#define narrow_dx_tile FN(narrow_dx_tile)
/* A tile of dx = dz kernel^T, the kernel having been turned. */
INLINE void narrow_dx_tile(const int mr, const int nv, ptrdiff_t n, const real *dz, ptrdiff_t lddz,
                           const real *kernel_t, ptrdiff_t ldt, const real *y, ptrdiff_t ldy, real *dx, ptrdiff_t ldx) {
    vec acc[MLP_MR][MLP_NV] = {{{0}}};
    tile_multiply(mr, nv, n, dz, lddz, 1, kernel_t, ldt, acc);
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) {
            vec v = acc[i][j];
            if (y) v *= select((ivec)(load(y + i * ldy + j * LANES) > R(0.0)), ONE, ZERO);
            store(dx + i * ldx + j * LANES, v);
        }
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

#define dense_dx_part FN(dense_dx_part)
/* Of one rectangle of dx. */
static void dense_dx_part(const mlp_instruction *self, mlp_range rows, mlp_range cols, real *scratch) {
    const mlp_operand *dz = &self->operand[0], *kernel = &self->operand[1], *y = &self->operand[2],
                      *dx = &self->operand[3];
    const ptrdiff_t n = dz->cols;
    real *const dz_t = scratch;
    const int relu = y->data && self->integer[0] == FN(relu_number);
    if (n < MLP_NARROW) {
        const ptrdiff_t width = cols.end - cols.begin, ldt = (width + LANES - 1) / LANES * LANES;
        real *const kernel_t = scratch;
        turn(width, n, (const real *)kernel->data + cols.begin * kernel->ld, kernel->ld, kernel_t, ldt);
        for (ptrdiff_t r = rows.begin; r < rows.end;) {
            const int mr = tile_rows(rows.end - r);
            for (ptrdiff_t c = 0; c < width; c += MLP_NV * LANES) {
                const int nv = width - c > LANES ? 2 : 1;
                const real *a = (const real *)dz->data + r * dz->ld;
                const real *activated = relu ? (const real *)y->data + r * y->ld + cols.begin + c : NULL;
                real *out = (real *)dx->data + r * dx->ld + cols.begin + c;
#define CALL(MR_, NV_) narrow_dx_tile(MR_, NV_, n, a, dz->ld, kernel_t + c, ldt, activated, y->ld, out, dx->ld)
                DISPATCH_TILE(mr, nv, CALL);
#undef CALL
            }
            r += mr;
        }
        for (ptrdiff_t r = rows.begin; y->data && !relu && r < rows.end; r++) {
            real *out = (real *)dx->data + r * dx->ld + cols.begin;
            FN(row_gradients)[self->integer[0]](width, out, (const real *)y->data + r * y->ld + cols.begin, out,
                                                self->number);
        }
        return;
    }
    for (ptrdiff_t r0 = rows.begin; r0 < rows.end; r0 += MLP_SCRATCH_ROWS) {
        const ptrdiff_t block = mlp_min(MLP_SCRATCH_ROWS, rows.end - r0);
        const ptrdiff_t ldt = (block + LANES - 1) / LANES * LANES;
        turn(block, n, (const real *)dz->data + r0 * dz->ld, dz->ld, dz_t, ldt);
        for (ptrdiff_t c = cols.begin; c < cols.end;) {
            const int mr = tile_rows(cols.end - c);
            const real *a = (const real *)kernel->data + c * kernel->ld;
            for (ptrdiff_t r = 0; r < block; r += MLP_NV * LANES) {
                const int nv = block - r > LANES ? 2 : 1;
                const ptrdiff_t valid = mlp_min(block - r, nv * LANES);
                real *out = (real *)dx->data + (r0 + r) * dx->ld + c;
                const real *activated = relu ? (const real *)y->data + (r0 + r) * y->ld + c : NULL;
#define CALL(MR_, NV_) \
    dx_tile(MR_, NV_, n, a, kernel->ld, dz_t + r, ldt, valid, activated, y->ld, out, dx->ld)
                DISPATCH_TILE(mr, nv, CALL);
#undef CALL
            }
            c += mr;
        }
        if (!y->data || relu) continue;
        for (ptrdiff_t r = r0; r < r0 + block; r++) {
            real *out = (real *)dx->data + r * dx->ld + cols.begin;
            FN(row_gradients)[self->integer[0]](cols.end - cols.begin, out,
                                                (const real *)y->data + r * y->ld + cols.begin, out, self->number);
        }
    }
}

/* operands dz (m, n), kernel (k, n), y (m, k) or none, dx (m, k); integer[0] = activation that made y;
 * numbers: its parameters. dx = (dz kernel^T) * activation'(y).
 *
 * Rows of kernel^T do not run along vectors, so something has to be turned first, by every thread for itself: dz,
 * MLP_SCRATCH_ROWS rows at a time, and then the tiles of dx^T; or, for a few units, the kernel. Either costs a move
 * for many multiply-adds, and no barrier. */
static void FN(dense_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dz = &self->operand[0], *kernel = &self->operand[1], *dx = &self->operand[3];
    const ptrdiff_t m = mlp_rows(dx, step), n = dz->cols, k = dx->cols;
    if (m >= MLP_BLOCKED_ROWS && k * n >= MLP_BLOCKED_WEIGHTS) {
        const FN(product) f = {n, kernel->data, kernel->ld, 1, dz->data, 1, dz->ld, NULL, FN(finish_dx), self};
        blocked_multiply(&f, k, m, step->scratch[thread], thread, threads);
        return;
    }
    mlp_part part[3];
    const int parts = mlp_share_matrix(m, k, COLUMN_UNIT, thread, threads, part);
    for (int i = 0; i < parts; i++) dense_dx_part(self, part[i].rows, part[i].cols, step->scratch[thread]);
}

/* ---- gradient with respect to the kernel ------------------------------------------------------ */

#define dkernel_tile FN(dkernel_tile)
/* A tile of dkernel = x^T dz. Plain gradient descent is applied straight from the registers; every other
 * rule reads the finished tile from a small buffer that never leaves the first-level cache. */
INLINE void dkernel_tile(const int mr, const int nv, ptrdiff_t m, const real *x, ptrdiff_t ldx, const real *dz,
                         ptrdiff_t ldz, const FN(finish) *f, ptrdiff_t offset, ptrdiff_t ld) {
    vec acc[MLP_MR][MLP_NV] = {{{0}}};
    /* The sums take as long as the weights need to come from a third-level cache. */
    for (int i = 0; i < mr; i++) __builtin_prefetch(f->rule.target[0] + offset + i * ld, 1);
    tile_multiply(mr, nv, m, x, 1, ldx, dz, ldz, acc);
    if (!f->options && (f->rule.kind == MLP_RULE_STORE || f->rule.kind == MLP_RULE_SGD)) {
        const vec rate = splat(f->rule.kind == MLP_RULE_SGD ? (real)f->rule.scalars[0] : R(0.0));
#pragma GCC unroll 8
        for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
            for (int j = 0; j < nv; j++) {
                real *out = f->rule.target[0] + offset + i * ld + j * LANES;
                store(out, f->rule.kind == MLP_RULE_SGD ? load(out) - rate * acc[i][j] : acc[i][j]);
            }
        return;
    }
    real gradient[MLP_MR][MLP_NV * sizeof(vec) / sizeof(real)];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nv; j++) store(gradient[i] + j * LANES, acc[i][j]);
    finish_rows(f, mr, nv * LANES, gradient[0], sizeof gradient[0] / sizeof(real), offset, ld);
}

typedef struct FN(finish_context) {
    FN(finish) f;
    ptrdiff_t ld;
} FN(finish_context);

static void FN(finish_dkernel)(const void *context, mlp_range rows, mlp_range cols, const real *block, ptrdiff_t ld) {
    const FN(finish_context) *c = context;
    const ptrdiff_t whole = (cols.end - cols.begin + LANES - 1) / LANES * LANES;
    finish_rows(&c->f, rows.end - rows.begin, whole, block, ld, rows.begin * c->ld + cols.begin, c->ld);
}

#define dense_dkernel_part FN(dense_dkernel_part)
/* Of one rectangle of dkernel, m rows being summed. */
static void dense_dkernel_part(const mlp_instruction *self, const FN(finish) *f, ptrdiff_t m, mlp_range rows,
                               mlp_range cols) {
    const mlp_operand *x = &self->operand[0], *dz = &self->operand[1], *out = &self->operand[2];
    for (ptrdiff_t i = rows.begin; i < rows.end;) {
        const int mr = tile_rows(rows.end - i);
        for (ptrdiff_t c = cols.begin; c < cols.end; c += MLP_NV * LANES) {
            const int nv = cols.end - c > LANES ? 2 : 1;
            const real *a = (const real *)x->data + i, *b = (const real *)dz->data + c;
#define CALL(MR_, NV_) dkernel_tile(MR_, NV_, m, a, x->ld, b, dz->ld, f, i * out->ld + c, out->ld)
            DISPATCH_TILE(mr, nv, CALL);
#undef CALL
        }
        i += mr;
    }
}

/* operands x (m, k), dz (m, n), then what the update rule works on (update.inc.c), each (k, n);
 * integers: see update.inc.c. dkernel = x^T dz, stored or applied. */
static void FN(dense_dkernel)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *dz = &self->operand[1], *out = &self->operand[2];
    const ptrdiff_t m = mlp_rows(x, step), k = x->cols, n = dz->cols;
    const FN(finish_context) context = {finish_of(self, step), out->ld};
    if (m >= MLP_BLOCKED_ROWS && k >= MLP_MC && n >= 2 * COLUMN_UNIT) {
        const FN(product) f = {m, x->data, 1, x->ld, dz->data, dz->ld, 1, NULL, FN(finish_dkernel), &context};
        blocked_multiply(&f, k, n, step->scratch[thread], thread, threads);
        return;
    }
    mlp_part part[3];
    const int parts = mlp_share_matrix(k, n, COLUMN_UNIT, thread, threads, part);
    for (int i = 0; i < parts; i++) dense_dkernel_part(self, &context.f, m, part[i].rows, part[i].cols);
}
