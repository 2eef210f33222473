/* strided.inc.c — elements from anywhere to anywhere: transposing, slicing, turning round, repeating along any axis.
 *
 * A tensor in a padded matrix is strided: one step along an axis is always the same number of elements in memory. So
 * every such movement is a nest of loops, each with a length and two strides.
 */
#define strided_axes FN(strided_axes)
static void strided_axes(const ptrdiff_t *axis, ptrdiff_t rank, const real *from, real *to) {
    if (rank == 0) {
        *to = *from;
        return;
    }
    const ptrdiff_t n = axis[0], from_step = axis[1], to_step = axis[2];
    if (rank > 1)
        for (ptrdiff_t i = 0; i < n; i++) strided_axes(axis + 3, rank - 1, from + i * from_step, to + i * to_step);
    else if (from_step == 1 && to_step == 1)
        memcpy(to, from, (size_t)n * sizeof(real));
    else
        for (ptrdiff_t i = 0; i < n; i++) to[i * to_step] = from[i * from_step];
}

/* operands x, y; integers: [1 if what is not written becomes 0, number of axes, first element of x, of y, then for each
 * axis its length, its stride in x and in y]. A length of -1 is that of the batch, of the first axis only.
 * Samples are shared out where there are any; else one thread does it all. */
static void FN(strided)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    const ptrdiff_t rank = self->integer[1], *axes = self->integer + 4;
    const real *from = (const real *)x->data + self->integer[2];
    real *to = (real *)y->data + self->integer[3];
    const int by_sample = rank > 0 && axes[0] < 0;
    if (!by_sample && thread != 0) return;
    const mlp_range samples = by_sample ? mlp_share(step->batch, ROW_UNIT, thread, threads) : (mlp_range){0, 1};
    if (self->integer[0]) {
        const ptrdiff_t rows = by_sample ? y->rows_per_sample : mlp_rows(y, step);
        for (ptrdiff_t i = samples.begin * rows; i < samples.end * rows; i++)
            memset((real *)y->data + i * y->ld, 0, (size_t)y->cols * sizeof(real));
    }
    if (!by_sample) {
        strided_axes(axes, rank, from, to);
        return;
    }
    for (ptrdiff_t i = samples.begin; i < samples.end; i++)
        strided_axes(axes + 3, rank - 1, from + i * axes[1], to + i * axes[2]);
}

/* operands a, b, out: a before b. integer[0] = 0: their columns side by side; else so many blocks of rows, a sample or in
 * all, each of a's rows and then b's. */
static void FN(concatenate)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *part[2] = {&self->operand[0], &self->operand[1]}, *out = &self->operand[2];
    const int by_sample = out->rows_per_sample > 0;
    if (self->integer[0] == 0) {
        mlp_range rows = mlp_share(mlp_rows(out, step), ROW_UNIT, thread, threads);
        for (ptrdiff_t i = rows.begin; i < rows.end; i++)
            for (ptrdiff_t p = 0, at = 0; p < 2; at += part[p++]->cols)
                memcpy((real *)out->data + i * out->ld + at, (const real *)part[p]->data + i * part[p]->ld,
                       (size_t)part[p]->cols * sizeof(real));
        return;
    }
    const ptrdiff_t blocks = self->integer[0];
    mlp_range share = by_sample ? mlp_share(step->batch, ROW_UNIT, thread, threads)
                                : mlp_share(1, 1, thread, threads);
    for (ptrdiff_t i = share.begin * blocks; i < share.end * blocks; i++) {
        const ptrdiff_t rows = (by_sample ? out->rows_per_sample : out->rows) / blocks;
        ptrdiff_t at = i * rows;
        for (int p = 0; p < 2; p++) {
            const ptrdiff_t n = (by_sample ? part[p]->rows_per_sample : part[p]->rows) / blocks;
            for (ptrdiff_t r = 0; r < n; r++, at++)
                memcpy((real *)out->data + at * out->ld, (const real *)part[p]->data + (i * n + r) * part[p]->ld,
                       (size_t)out->cols * sizeof(real));
        }
    }
}

/* A whole number in 0..n-1, negative ones counted from the end, or -1. */
#define place_of FN(place_of)
INLINE ptrdiff_t place_of(real index, ptrdiff_t n) {
    if (!(index >= -(real)n && index < (real)n)) return -1;
    const ptrdiff_t whole = (ptrdiff_t)index; /* -0.5 is place 0, not n */
    return whole + (whole < 0 ? n : 0);
}

/* operands table (r, n), index (m, 1), y (m, n). Row i of y = row index[i] of the table, NaN where there is none. */
static void FN(take_rows)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *table = &self->operand[0], *index = &self->operand[1], *y = &self->operand[2];
    mlp_range rows = mlp_share(mlp_rows(y, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const ptrdiff_t row = place_of(((const real *)index->data)[i * index->ld], table->rows);
        real *to = (real *)y->data + i * y->ld;
        if (row >= 0) memcpy(to, (const real *)table->data + row * table->ld, (size_t)y->cols * sizeof(real));
        else
            for (ptrdiff_t j = 0; j < y->cols; j++) to[j] = (real)NAN;
    }
}

/* operands dy (m, n), index (m, 1), dtable (r, n). Row k of dtable = the sum of the rows of dy whose index is k, in their
 * order. Threads share the columns. */
static void FN(take_rows_dtable)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dy = &self->operand[0], *index = &self->operand[1], *out = &self->operand[2];
    mlp_range cols = mlp_share(out->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t k = 0; k < out->rows; k++)
        for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES) store((real *)out->data + k * out->ld + c, (vec){0});
    for (ptrdiff_t i = 0; i < mlp_rows(dy, step); i++) {
        const ptrdiff_t k = place_of(((const real *)index->data)[i * index->ld], out->rows);
        if (k < 0) continue;
        real *to = (real *)out->data + k * out->ld;
        for (ptrdiff_t c = cols.begin; c < cols.end; c += LANES)
            store(to + c, load(to + c) + load((const real *)dy->data + i * dy->ld + c));
    }
}

/* operands x (m, n), index (m, k) or (1, k), y (m, k). y[i, j] = x[i, index[i, j]], NaN where there is none. */
static void FN(take_cols)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *index = &self->operand[1], *y = &self->operand[2];
    const int same = index->rows == 1 && index->rows_per_sample == 0;
    mlp_range rows = mlp_share(mlp_rows(y, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++)
        for (ptrdiff_t j = 0; j < y->cols; j++) {
            const ptrdiff_t k = place_of(((const real *)index->data)[(same ? 0 : i) * index->ld + j], x->cols);
            ((real *)y->data)[i * y->ld + j] = k < 0 ? (real)NAN : ((const real *)x->data)[i * x->ld + k];
        }
}

/* operands dy (m, k), index (m, k) or (1, k), dx (m, n). dx[i, l] = the sum of dy[i, j] with index[i, j] = l. */
static void FN(take_cols_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *dy = &self->operand[0], *index = &self->operand[1], *dx = &self->operand[2];
    const int same = index->rows == 1 && index->rows_per_sample == 0;
    mlp_range rows = mlp_share(mlp_rows(dx, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        real *to = (real *)dx->data + i * dx->ld;
        for (ptrdiff_t l = 0; l < dx->cols; l++) to[l] = R(0.0);
        for (ptrdiff_t j = 0; j < dy->cols; j++) {
            const ptrdiff_t k = place_of(((const real *)index->data)[(same ? 0 : i) * index->ld + j], dx->cols);
            if (k >= 0) to[k] += ((const real *)dy->data)[i * dy->ld + j];
        }
    }
}
