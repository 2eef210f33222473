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
