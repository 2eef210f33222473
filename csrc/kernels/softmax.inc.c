/* softmax.inc.c — softmax over the columns, and cross-entropy on logits.
 *
 * softmax(x)_j = e^(x_j - max x) / sum_i e^(x_i - max x), and log sum_i e^x_i = max x + log(sum ...): the
 * maximum is subtracted first, so that nothing overflows (Goodfellow et al. 2016, section 4.1).
 */
#define row_exponentials FN(row_exponentials)
/* out = e^(x - max), zero past column n; return the sum, and the maximum in *top. out may be NULL. */
static real row_exponentials(ptrdiff_t n, const real *x, real *out, real *top) {
    vec high = splat(-(real)INFINITY);
    for (ptrdiff_t j = 0; j < n; j += LANES) {
        vec v = select(before_end(n - j), load(x + j), splat(-(real)INFINITY));
        high = select((ivec)(v > high) | (ivec)(v != v), v, high);
    }
    real most = high[0];
    for (ptrdiff_t i = 1; i < LANES; i++)
        if (!(high[i] <= most) && most == most) most = high[i];
    vec total = {0};
    for (ptrdiff_t j = 0; j < n; j += LANES) {
        vec e = select(before_end(n - j), vexp(load(x + j) - most), (vec){0});
        if (out) store(out + j, e);
        total += e;
    }
    real sum = total[0];
    for (ptrdiff_t i = 1; i < LANES; i++) sum += total[i];
    *top = most;
    return sum;
}

/* operands x (m, n), y (m, n). */
static void FN(softmax)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        real *out = (real *)y->data + i * y->ld, top;
        const real sum = row_exponentials(x->cols, (const real *)x->data + i * x->ld, out, &top);
        for (ptrdiff_t j = 0; j < x->cols; j += LANES) store(out + j, load(out + j) / sum);
    }
}

/* operands g (m, n), y (m, n), dx (m, n). dx = y * (g - sum over a row of g y). */
static void FN(softmax_grad)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *g = &self->operand[0], *y = &self->operand[1], *dx = &self->operand[2];
    mlp_range rows = mlp_share(mlp_rows(dx, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *gi = (const real *)g->data + i * g->ld, *yi = (const real *)y->data + i * y->ld;
        real *out = (real *)dx->data + i * dx->ld;
        double dot = 0.0;
        for (ptrdiff_t j = 0; j < dx->cols; j++) dot += (double)gi[j] * (double)yi[j];
        for (ptrdiff_t j = 0; j < dx->cols; j += LANES) store(out + j, load(yi + j) * (load(gi + j) - (real)dot));
    }
}

/* operands x (m, n), y (m, n). y = max(x - t, 0), t such that a row of y adds up to 1: the nearest point of the simplex
 * (Martins and Astudillo 2016). t is the mean of the x that stay above it, less 1 / their number: taking those that do not
 * out again and again ends after few rounds, and needs no sorting (Michelot 1986). A NaN makes its row NaN. */
static void FN(sparsemax)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *xi = (const real *)x->data + i * x->ld;
        real *yi = (real *)y->data + i * y->ld;
        real top = -(real)INFINITY; /* differences to the greatest are exact where it matters */
        for (ptrdiff_t j = 0; j < x->cols; j++)
            if (!(xi[j] <= top) && top == top) top = xi[j];
        double bar = -(double)INFINITY;
        for (ptrdiff_t above = 0, before = -1; above != before;) {
            double sum = -1.0;
            before = above;
            above = 0;
            for (ptrdiff_t j = 0; j < x->cols; j++)
                if ((double)xi[j] - (double)top > bar) sum += (double)xi[j] - (double)top, above++;
            bar = above ? sum / (double)above : bar;
        }
        for (ptrdiff_t j = 0; j < x->cols; j++) {
            const double rest = (double)xi[j] - (double)top - bar;
            yi[j] = rest <= 0.0 ? R(0.0) : (real)rest;
        }
    }
}

/* A label as a column, or -1 where it is none: a bad label makes a NaN, never a stray read or write. */
#define column_of FN(column_of)
INLINE ptrdiff_t column_of(real label, ptrdiff_t n) {
    return label >= R(0.0) && label < (real)n ? (ptrdiff_t)label : -1;
}

/* operands logits (m, n), target, out (m, 1); integer[0] = 1 if target (m, 1) holds class numbers, 0 if it
 * (m, n) holds probabilities. out = sum_j target_j (log sum_i e^logits_i - logits_j). */
static void FN(softmax_crossentropy)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *target = &self->operand[1], *out = &self->operand[2];
    const int sparse = (int)self->integer[0];
    mlp_range rows = mlp_share(mlp_rows(x, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *xi = (const real *)x->data + i * x->ld, *ti = (const real *)target->data + i * target->ld;
        real top;
        const double log_sum = log((double)row_exponentials(x->cols, xi, NULL, &top));
        double loss = 0.0;
        if (sparse) {
            const ptrdiff_t label = column_of(ti[0], x->cols);
            loss = label < 0 ? (double)NAN : log_sum - ((double)xi[label] - (double)top);
        } else
            for (ptrdiff_t j = 0; j < x->cols; j++)
                if (ti[j] != R(0.0)) loss += (double)ti[j] * (log_sum - ((double)xi[j] - (double)top));
        ((real *)out->data)[i * out->ld] = (real)loss;
    }
}

/* operands g (m, 1), probabilities = softmax(logits) (m, n), target, dx (m, n); integer[0] as above.
 * dx = g * (probabilities * sum target - target); g may be one number for all. */
static void FN(softmax_crossentropy_grad)(const mlp_instruction *self, const mlp_step *step, int thread,
                                          int threads) {
    const mlp_operand *g = &self->operand[0], *y = &self->operand[1], *target = &self->operand[2],
                      *dx = &self->operand[3];
    const int sparse = (int)self->integer[0];
    mlp_range rows = mlp_share(mlp_rows(dx, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real gi = ((const real *)g->data)[mlp_is_number(g) ? 0 : i * g->ld];
        const real *yi = (const real *)y->data + i * y->ld, *ti = (const real *)target->data + i * target->ld;
        real *out = (real *)dx->data + i * dx->ld;
        if (sparse) {
            const ptrdiff_t label = column_of(ti[0], dx->cols);
            const real factor = label < 0 ? (real)NAN : gi;
            for (ptrdiff_t j = 0; j < dx->cols; j += LANES) store(out + j, factor * load(yi + j));
            if (label >= 0) out[label] = gi * (yi[label] - R(1.0));
        } else {
            double total = 0.0;
            for (ptrdiff_t j = 0; j < dx->cols; j++) total += (double)ti[j];
            for (ptrdiff_t j = 0; j < dx->cols; j += LANES)
                store(out + j, gi * (load(yi + j) * (real)total - load(ti + j)));
        }
    }
}
