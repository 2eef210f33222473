/* reduce.inc.c — sums of rows and of all, and other reductions. Sums run in double, in a fixed order. */

/* operands x (m, n), out (m, 1); number[0] = factor. out = factor * sum of a row. */
static void FN(sum_cols)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        double sum = 0.0;
        for (ptrdiff_t j = 0; j < x->cols; j++) sum += (double)row[j];
        ((real *)out->data)[i * out->ld] = (real)(sum * self->number[0]);
    }
}

/* operands x (m, n), out (1, 1). out = sum of all elements. */
static void FN(sum_all)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)threads;
    if (thread != 0) return;
    const mlp_operand *x = &self->operand[0];
    double sum = 0.0;
    for (ptrdiff_t i = 0; i < mlp_rows(x, step); i++)
        for (ptrdiff_t j = 0; j < x->cols; j++) sum += (double)((const real *)x->data)[i * x->ld + j];
    *(real *)self->operand[1].data = (real)sum;
}

/* operands x (m, n), out (m, 1). out = index of the greatest element of a row, the first of equals; a NaN
 * counts as the greatest, as in NumPy. */
static void FN(argmax_cols)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        ptrdiff_t best = 0;
        for (ptrdiff_t j = 1; j < x->cols && row[best] == row[best]; j++)
            if (!(row[j] <= row[best])) best = j;
        ((real *)out->data)[i * out->ld] = (real)best;
    }
}

/* operand out (1, 1). out = number of rows in this batch. */
static void FN(batch_size)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)threads;
    if (thread == 0) *(real *)self->operand[0].data = (real)step->batch;
}

/* operand out (1, 1); integer[0] = which of the step's numbers. */
static void FN(step_number)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)threads;
    if (thread == 0) *(real *)self->operand[0].data = (real)step->scalars[self->integer[0]];
}

/* operands x (m, n), weights (m, 1) or (1, 1) or none, total (two doubles, not of the program's type).
 * total[0] += sum of weight * x; total[1] += sum of the weights, one for every element of x. */
static void FN(accumulate)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)threads;
    if (thread != 0) return;
    const mlp_operand *x = &self->operand[0], *weights = &self->operand[1];
    double *total = self->operand[2].data, sum = 0.0, weight_sum = 0.0;
    const ptrdiff_t m = mlp_rows(x, step), weight_rows = weights->data ? mlp_rows(weights, step) : 0;
    for (ptrdiff_t i = 0; i < m; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        double row_sum = 0.0;
        for (ptrdiff_t j = 0; j < x->cols; j++) row_sum += (double)row[j];
        double w = weights->data ? (double)((const real *)weights->data)[i % weight_rows * weights->ld] : 1.0;
        /* A weight of 0 takes the row out whatever it holds only where Keras's product does: 0 * NaN is NaN. */
        sum += w * row_sum;
        weight_sum += w * (double)x->cols;
    }
    total[0] += sum;
    total[1] += weight_sum;
}

#define combined FN(combined)
#ifndef MLP_COMBINATIONS
#define MLP_COMBINATIONS
enum mlp_combination { MLP_MAX, MLP_MIN, MLP_PRODUCT };
#endif
/* Two elements made one; a NaN stays. */
INLINE real combined(enum mlp_combination how, real a, real b) {
    if (how == MLP_PRODUCT) return a * b;
    if (a != a) return a;
    return (how == MLP_MAX ? b <= a : b >= a) ? a : b;
}
#define neutral FN(neutral)
INLINE real neutral(enum mlp_combination how) {
    return how == MLP_PRODUCT ? R(1.0) : how == MLP_MAX ? -(real)INFINITY : (real)INFINITY;
}

/* operands x (m, n), out (m, 1); integer[0] = how a row is combined. */
static void FN(combine_cols)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    const enum mlp_combination how = (enum mlp_combination)self->integer[0];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        real found = neutral(how);
        for (ptrdiff_t j = 0; j < x->cols; j++) found = combined(how, found, row[j]);
        ((real *)out->data)[i * out->ld] = found;
    }
}

/* operands x (m, n), out (r, n) with r rows where m is a multiple of r: row i of the result combines rows i, i + r,
 * i + 2r, ... of x; integer[0] = how. */
static void FN(combine_rows)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    const enum mlp_combination how = (enum mlp_combination)self->integer[0];
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t i = 0; i < out->rows; i++) {
        real *to = (real *)out->data + i * out->ld;
        for (ptrdiff_t c = cols.begin; c < cols.end; c++) to[c] = neutral(how);
        for (ptrdiff_t p = i; p < mlp_rows(x, step); p += out->rows)
            for (ptrdiff_t c = cols.begin; c < cols.end; c++)
                to[c] = combined(how, to[c], ((const real *)x->data)[p * x->ld + c]);
    }
}

/* operands x, out (m, n). out = the product of the others in the row: what a product's gradient is made of. */
static void FN(product_of_others)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        real *to = (real *)out->data + i * out->ld, product = R(1.0);
        for (ptrdiff_t j = 0; j < x->cols; j++) to[j] = product, product *= row[j];
        product = R(1.0);
        for (ptrdiff_t j = x->cols - 1; j >= 0; j--) to[j] *= product, product *= row[j];
    }
}

/* operands x, out (m, n); integer[0] = 1 from the end. out = sums of a row up to each element, it included. */
static void FN(cumsum_cols)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        double sum = 0.0;
        for (ptrdiff_t k = 0; k < x->cols; k++) {
            const ptrdiff_t j = self->integer[0] ? x->cols - 1 - k : k;
            sum += (double)row[j];
            ((real *)out->data)[i * out->ld + j] = (real)sum;
        }
    }
}

#define comes_before FN(comes_before)
/* Whether element a of a row stands before element b when they are sorted: equal ones in their order, NaN last. */
INLINE int comes_before(const real *row, real a, real b) {
    const real u = row[(ptrdiff_t)a], v = row[(ptrdiff_t)b];
    if (u < v || (v != v && u == u)) return 1;
    if (v < u || (u != u && v == v)) return 0;
    return a < b;
}
#define sift FN(sift)
INLINE void sift(const real *row, real *heap, ptrdiff_t root, ptrdiff_t n) {
    for (ptrdiff_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && comes_before(row, heap[child], heap[child + 1])) child++;
        if (!comes_before(row, heap[root], heap[child])) return;
        const real kept = heap[root];
        heap[root] = heap[child];
        heap[child] = kept;
    }
}

/* operands x, out (m, n). out = the places of a row's elements from the least to the greatest (heap sort, in place). */
static void FN(argsort_cols)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    const ptrdiff_t n = x->cols;
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        real *heap = (real *)out->data + i * out->ld;
        for (ptrdiff_t j = 0; j < n; j++) heap[j] = (real)j;
        for (ptrdiff_t root = n / 2 - 1; root >= 0; root--) sift(row, heap, root, n);
        for (ptrdiff_t last = n - 1; last > 0; last--) {
            const real greatest = heap[0];
            heap[0] = heap[last];
            heap[last] = greatest;
            sift(row, heap, 0, last);
        }
    }
}
