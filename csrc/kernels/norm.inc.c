/* norm.inc.c — normalising columns by statistics of the batch, and rows by their own.
 *
 * Of columns every thread takes its own, in units of a cache line, and adds down the rows in order: no sum is
 * divided, and these kernels need no barrier among themselves. Of rows likewise.
 */
/* The vectors of a cache line: as many sums run side by side, of even and of odd rows each, so that an addition need not
 * wait for the one before it. */
#undef LINE
#define LINE ((int)(COLUMN_UNIT / LANES))
#define EACH_VECTOR for (int v = 0; v < LINE; v++)

/* sum[v] = sum of `term`, an expression of the row i and of v, over m rows. */
#undef SUM_COLUMNS
#define SUM_COLUMNS(sum, m, term)                    \
    vec sum[LINE] = {{0}}, sum##_odd[LINE] = {{0}};  \
    do {                                             \
        ptrdiff_t i = 0;                             \
        for (; i + 1 < (m); i++) {                   \
            EACH_VECTOR sum[v] += (term);            \
            i++;                                     \
            EACH_VECTOR sum##_odd[v] += (term);      \
        }                                            \
        if (i < (m)) EACH_VECTOR sum[v] += (term);   \
        EACH_VECTOR sum[v] += sum##_odd[v];          \
    } while (0)

#define line FN(line)
#define line_of FN(line_of)
#define at FN(at)
/* An operand from column c on, apart from the instruction: a store might change that for all the compiler knows. */
typedef struct line {
    real *data;
    ptrdiff_t ld;
} line;
INLINE line line_of(const mlp_operand *o, ptrdiff_t c) { return (line){(real *)o->data + c, o->ld}; }
/* Vector v of the line in row i. */
INLINE real *at(line o, ptrdiff_t i, int v) { return o.data + i * o.ld + v * LANES; }

/* operands x (m, n), mean (1, n). mean = sum of a column / m. */
static void FN(column_mean)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const ptrdiff_t m = mlp_rows(&self->operand[0], step);
    mlp_range cols = mlp_share(self->operand[0].cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += COLUMN_UNIT) {
        const line x = line_of(&self->operand[0], c), mean = line_of(&self->operand[1], c);
        SUM_COLUMNS(sum, m, load(at(x, i, v)));
        EACH_VECTOR store(at(mean, 0, v), sum[v] / (real)m);
    }
}

#define squared FN(squared)
INLINE vec squared(vec x) { return x * x; }

/* operands x (m, n), mean (1, n), variance (1, n). variance = mean of (x - mean)^2. */
static void FN(column_variance)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const ptrdiff_t m = mlp_rows(&self->operand[0], step);
    mlp_range cols = mlp_share(self->operand[0].cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += COLUMN_UNIT) {
        const line x = line_of(&self->operand[0], c), mean = line_of(&self->operand[1], c),
                   variance = line_of(&self->operand[2], c);
        vec center[LINE];
        EACH_VECTOR center[v] = load(at(mean, 0, v));
        SUM_COLUMNS(sum, m, squared(load(at(x, i, v)) - center[v]));
        EACH_VECTOR store(at(variance, 0, v), sum[v] / (real)m);
    }
}

#define column_scale FN(column_scale)
/* 1 / sqrt(variance + epsilon) of vector v of a line. */
INLINE vec column_scale(line variance, double epsilon, int v) {
    return ONE / vsqrt(load(at(variance, 0, v)) + (real)epsilon);
}

#define vector_or FN(vector_or)
/* Vector v of a line of an operand of one row that may be left out. */
INLINE vec vector_or(const mlp_operand *o, ptrdiff_t c, int v, vec otherwise) {
    return o->data ? load(at(line_of(o, c), 0, v)) : otherwise;
}

/* operands x (m, n), mean, variance, gamma or none, beta or none (1, n), y (m, n); number[0] = epsilon.
 * y = (x - mean) gamma / sqrt(variance + epsilon) + beta. */
static void FN(batch_norm)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const ptrdiff_t m = mlp_rows(&self->operand[0], step);
    mlp_range cols = mlp_share(self->operand[0].cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += COLUMN_UNIT) {
        const line x = line_of(&self->operand[0], c), mean = line_of(&self->operand[1], c),
                   variance = line_of(&self->operand[2], c), y = line_of(&self->operand[5], c);
        vec center[LINE], scale[LINE], shift[LINE];
        EACH_VECTOR {
            center[v] = load(at(mean, 0, v));
            scale[v] = column_scale(variance, self->number[0], v) * vector_or(&self->operand[3], c, v, ONE);
            shift[v] = vector_or(&self->operand[4], c, v, ZERO);
        }
        for (ptrdiff_t i = 0; i < m; i++)
            EACH_VECTOR store(at(y, i, v), (load(at(x, i, v)) - center[v]) * scale[v] + shift[v]);
    }
}

/* operands dy, x (m, n), mean, variance, dgamma (1, n); number[0] = epsilon.
 * dgamma = sum of dy (x - mean) / sqrt(variance + epsilon). */
static void FN(batch_norm_dgamma)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const ptrdiff_t m = mlp_rows(&self->operand[0], step);
    mlp_range cols = mlp_share(self->operand[0].cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += COLUMN_UNIT) {
        const line dy = line_of(&self->operand[0], c), x = line_of(&self->operand[1], c),
                   mean = line_of(&self->operand[2], c), variance = line_of(&self->operand[3], c),
                   dgamma = line_of(&self->operand[4], c);
        vec center[LINE];
        EACH_VECTOR center[v] = load(at(mean, 0, v));
        SUM_COLUMNS(sum, m, load(at(dy, i, v)) * (load(at(x, i, v)) - center[v]));
        EACH_VECTOR store(at(dgamma, 0, v), sum[v] * column_scale(variance, self->number[0], v));
    }
}

/* operands dy, x (m, n), mean, variance, gamma or none, dbeta, dgamma (1, n), dx (m, n); number[0] = epsilon. With mean
 * and variance those of x itself (Ioffe and Szegedy, 2015, section 3), and xhat = (x - mean) / sqrt(variance + epsilon):
 * dx = gamma / sqrt(variance + epsilon) * (dy - (dbeta + xhat dgamma) / m). */
static void FN(batch_norm_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const ptrdiff_t m = mlp_rows(&self->operand[0], step);
    const real share = R(1.0) / (real)m;
    mlp_range cols = mlp_share(self->operand[0].cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += COLUMN_UNIT) {
        const line dy = line_of(&self->operand[0], c), x = line_of(&self->operand[1], c),
                   mean = line_of(&self->operand[2], c), variance = line_of(&self->operand[3], c),
                   dbeta = line_of(&self->operand[5], c), dgamma = line_of(&self->operand[6], c),
                   dx = line_of(&self->operand[7], c);
        vec center[LINE], scale[LINE], constant[LINE], slope[LINE];
        EACH_VECTOR {
            center[v] = load(at(mean, 0, v));
            const vec inverse = column_scale(variance, self->number[0], v);
            scale[v] = inverse * vector_or(&self->operand[4], c, v, ONE);
            constant[v] = load(at(dbeta, 0, v)) * share;
            slope[v] = inverse * load(at(dgamma, 0, v)) * share;
        }
        for (ptrdiff_t i = 0; i < m; i++)
            EACH_VECTOR {
                const vec d = load(at(x, i, v)) - center[v], g = load(at(dy, i, v));
                store(at(dx, i, v), scale[v] * (g - constant[v] - d * slope[v]));
            }
    }
}

/* operands moving, found, out (1, n); number[0] = momentum. out = momentum moving + (1 - momentum) found. */
static void FN(moving_average)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)step;
    const real kept = (real)self->number[0], taken = (real)(1.0 - self->number[0]);
    mlp_range cols = mlp_share(self->operand[0].cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t c = cols.begin; c < cols.end; c += COLUMN_UNIT) {
        const line moving = line_of(&self->operand[0], c), found = line_of(&self->operand[1], c),
                   out = line_of(&self->operand[2], c);
        EACH_VECTOR store(at(out, 0, v), kept * load(at(moving, 0, v)) + taken * load(at(found, 0, v)));
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
