/* counting.inc.c — finding numbers in a sorted list, and adding up by place: what histograms and counts are made of. */

/* operands x (m, n), sorted (1, k), out (m, n); integer[0] = 1 for "right". out = how many of `sorted` are less than x
 * ("left"), or not greater ("right"): the place at which x would be put in. A NaN gets 0. */
static void FN(searchsorted)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *sorted = &self->operand[1], *out = &self->operand[2];
    const real *list = sorted->data;
    const int right = self->integer[0] != 0;
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++)
        for (ptrdiff_t j = 0; j < x->cols; j++) {
            const real value = ((const real *)x->data)[i * x->ld + j];
            ptrdiff_t low = 0, high = sorted->cols;
            while (low < high) {
                const ptrdiff_t middle = low + (high - low) / 2;
                if (list[middle] < value || (right && list[middle] == value)) low = middle + 1;
                else high = middle;
            }
            ((real *)out->data)[i * out->ld + j] = (real)low;
        }
}

/* operands place (m, n), weights (m, n) or none, totals (k doubles, not of the program's type).
 * totals[place] += weight, or 1. A place that is none of 0, 1, ..., k - 1, as a NaN, is left out. */
static void FN(count)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)threads;
    if (thread != 0) return;
    const mlp_operand *place = &self->operand[0], *weights = &self->operand[1], *totals = &self->operand[2];
    const real end = (real)totals->cols;
    for (ptrdiff_t i = 0; i < mlp_rows(place, step); i++) {
        const real *row = (const real *)place->data + i * place->ld;
        const real *w = weights->data ? (const real *)weights->data + i * weights->ld : NULL;
        for (ptrdiff_t j = 0; j < place->cols; j++)
            if (row[j] >= R(0.0) && row[j] < end) ((double *)totals->data)[(ptrdiff_t)row[j]] += w ? (double)w[j] : 1.0;
    }
}
