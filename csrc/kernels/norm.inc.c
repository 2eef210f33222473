/* norm.inc.c — normalising columns by statistics of the batch, and rows by their own.
 *
 * Of columns every thread takes its own, in units of a cache line, and adds down the rows in order: no sum is
 * divided, and these kernels need no barrier among themselves. Of rows likewise.
 */
/* operands x (m, n), mean (1, n). mean = sum of a column / m. */
static void FN(column_mean)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    const ptrdiff_t m = mlp_rows(x, step);
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES) {
        const real *from = (const real *)x->data + c;
        vec sum[2] = {{0}}; /* of even and of odd rows: half the waiting for an addition */
        for (ptrdiff_t i = 0; i < m; i++) sum[i % 2] += load(from + i * x->ld);
        store((real *)out->data + c, (sum[0] + sum[1]) / (real)m);
    }
}

/* operands x (m, n), mean (1, n), variance (1, n). variance = mean of (x - mean)^2. */
static void FN(column_variance)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *mean = &self->operand[1], *out = &self->operand[2];
    const ptrdiff_t m = mlp_rows(x, step);
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES) {
        const real *from = (const real *)x->data + c;
        const vec center = load((const real *)mean->data + c);
        vec sum[2] = {{0}};
        for (ptrdiff_t i = 0; i < m; i++) {
            const vec d = load(from + i * x->ld) - center;
            sum[i % 2] += d * d;
        }
        store((real *)out->data + c, (sum[0] + sum[1]) / (real)m);
    }
}

#define column_scale FN(column_scale)
/* gamma / sqrt(variance + epsilon) of the columns from c on. */
INLINE vec column_scale(const mlp_operand *variance, const mlp_operand *gamma, double epsilon, ptrdiff_t c) {
    const vec root = vsqrt(load((const real *)variance->data + c) + (real)epsilon);
    return (gamma->data ? load((const real *)gamma->data + c) : ONE) / root;
}

/* operands x (m, n), mean, variance, gamma or none, beta or none (1, n), y (m, n); number[0] = epsilon.
 * y = (x - mean) gamma / sqrt(variance + epsilon) + beta. */
static void FN(batch_norm)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *mean = &self->operand[1], *variance = &self->operand[2],
                      *gamma = &self->operand[3], *beta = &self->operand[4], *y = &self->operand[5];
    const ptrdiff_t m = mlp_rows(x, step);
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES) {
        const vec center = load((const real *)mean->data + c);
        const vec scale = column_scale(variance, gamma, self->number[0], c);
        const vec shift = beta->data ? load((const real *)beta->data + c) : ZERO;
        for (ptrdiff_t i = 0; i < m; i++)
            store((real *)y->data + i * y->ld + c, (load((const real *)x->data + i * x->ld + c) - center) * scale + shift);
    }
}

/* operands dy, x (m, n), mean, variance, dgamma (1, n); number[0] = epsilon.
 * dgamma = sum of dy (x - mean) / sqrt(variance + epsilon). */
static void FN(batch_norm_dgamma)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dy = &self->operand[0], *x = &self->operand[1], *mean = &self->operand[2],
                      *variance = &self->operand[3], *out = &self->operand[4];
    const mlp_operand none = {0};
    const ptrdiff_t m = mlp_rows(x, step);
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES) {
        const vec center = load((const real *)mean->data + c);
        vec sum[2] = {{0}};
        for (ptrdiff_t i = 0; i < m; i++)
            sum[i % 2] += load((const real *)dy->data + i * dy->ld + c) *
                          (load((const real *)x->data + i * x->ld + c) - center);
        store((real *)out->data + c, (sum[0] + sum[1]) * column_scale(variance, &none, self->number[0], c));
    }
}

/* operands dy, x (m, n), mean, variance, gamma or none, dbeta, dgamma (1, n), dx (m, n); number[0] = epsilon. With mean
 * and variance those of x itself (Ioffe and Szegedy, 2015, section 3), and xhat = (x - mean) / sqrt(variance + epsilon):
 * dx = gamma / sqrt(variance + epsilon) * (dy - (dbeta + xhat dgamma) / m). */
static void FN(batch_norm_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dy = &self->operand[0], *x = &self->operand[1], *mean = &self->operand[2],
                      *variance = &self->operand[3], *gamma = &self->operand[4], *dbeta = &self->operand[5],
                      *dgamma = &self->operand[6], *dx = &self->operand[7];
    const mlp_operand none = {0};
    const ptrdiff_t m = mlp_rows(x, step);
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES) {
        const vec center = load((const real *)mean->data + c);
        const vec scale = column_scale(variance, gamma, self->number[0], c);
        const vec constant = load((const real *)dbeta->data + c) / (real)m;
        const vec slope = column_scale(variance, &none, self->number[0], c) * load((const real *)dgamma->data + c) / (real)m;
        for (ptrdiff_t i = 0; i < m; i++) {
            const vec d = load((const real *)x->data + i * x->ld + c) - center;
            const vec g = load((const real *)dy->data + i * dy->ld + c);
            store((real *)dx->data + i * dx->ld + c, scale * (g - constant - d * slope));
        }
    }
}

#define row_mean FN(row_mean)
#define row_scale FN(row_scale)
/* The mean of a row, or 0 where rows are not centred. Sums of a row run in double. */
INLINE real row_mean(const real *x, ptrdiff_t n, int centered) {
    double sum = 0.0;
    if (centered)
        for (ptrdiff_t j = 0; j < n; j++) sum += (double)x[j];
    return n ? (real)(sum / (double)n) : R(0.0);
}
/* 1 / sqrt(mean of (x - mean)^2 + epsilon). */
INLINE real row_scale(const real *x, ptrdiff_t n, real mean, double epsilon) {
    double sum = 0.0;
    for (ptrdiff_t j = 0; j < n; j++) sum += (double)(x[j] - mean) * (double)(x[j] - mean);
    return (real)(1.0 / sqrt(sum / (double)n + epsilon));
}

/* operands x, y (m, n); integer[0] = 1 if the mean is taken off, number[0] = epsilon.
 * y = (x - mean) / sqrt(mean of (x - mean)^2 + epsilon), mean and scale of each row. */
static void FN(row_norm)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *from = (const real *)x->data + i * x->ld;
        real *to = (real *)y->data + i * y->ld;
        const real mean = row_mean(from, x->cols, (int)self->integer[0]);
        const real scale = row_scale(from, x->cols, mean, self->number[0]);
        for (ptrdiff_t j = 0; j < x->cols; j++) to[j] = (from[j] - mean) * scale;
    }
}

/* operands dy, x, y, dx (m, n); integer and number as above.
 * dx = scale * (dy - mean of dy - y * mean of (dy y)), without the first mean where rows are not centred. */
static void FN(row_norm_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dy = &self->operand[0], *x = &self->operand[1], *y = &self->operand[2], *dx = &self->operand[3];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *g = (const real *)dy->data + i * dy->ld, *from = (const real *)x->data + i * x->ld;
        const real *out = (const real *)y->data + i * y->ld;
        real *to = (real *)dx->data + i * dx->ld;
        const real mean = row_mean(from, x->cols, (int)self->integer[0]);
        const real scale = row_scale(from, x->cols, mean, self->number[0]);
        const real mean_g = row_mean(g, x->cols, (int)self->integer[0]);
        double dot = 0.0;
        for (ptrdiff_t j = 0; j < x->cols; j++) dot += (double)g[j] * (double)out[j];
        const real slope = (real)(dot / (double)x->cols);
        for (ptrdiff_t j = 0; j < x->cols; j++) to[j] = scale * (g[j] - mean_g - out[j] * slope);
    }
}
