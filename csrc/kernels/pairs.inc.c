/* pairs.inc.c — the circle loss: every row of a batch beside every row of it, or of another matrix.
 *
 * A matrix of pairs has as many columns as the batch has rows, which no buffer can have; so it is never made, and its
 * entries are computed anew on the way back. With d = max(1 - x . r, 0), the cosine distance of rows of length 1, a pair is
 *   of one label:    a = -gamma max(margin + d, 0) (margin - d)
 *   of two labels:   a =  gamma max(1 + margin - d, 0) (1 - margin - d)
 * (Sun et al. 2020, equation 6, with the weights not held fixed, as in Keras). Of each row the log of the sum of e^a is
 * kept, over either kind.
 */
#define pair_distance FN(pair_distance)
#define pair_term FN(pair_term)
#define pair_slope FN(pair_slope)
#define pair_slopes FN(pair_slopes)

#ifndef MLP_PAIRS
#define MLP_PAIRS
enum mlp_pair { SAME_LABEL, OTHER_LABEL, NO_PAIR };
#endif

/* Of rows i and j: which kind of pair they are, and in *d how far they are apart. number = [gamma, margin]; integer[0] = 1
 * if a row is no pair with the one at its own place. */
static int pair_distance(const mlp_instruction *self, const mlp_operand *const o[4], ptrdiff_t i, ptrdiff_t j, double *d) {
    const real *x = (const real *)o[0]->data + i * o[0]->ld, *r = (const real *)o[2]->data + j * o[2]->ld;
    const int same = ((const real *)o[1]->data)[i * o[1]->ld] == ((const real *)o[3]->data)[j * o[3]->ld];
    if (same && self->integer[0] && i == j) return NO_PAIR;
    double dot = 0.0;
    for (ptrdiff_t k = 0; k < o[0]->cols; k++) dot += (double)x[k] * (double)r[k];
    *d = 1.0 - dot < 0.0 ? 0.0 : 1.0 - dot;
    return same ? SAME_LABEL : OTHER_LABEL;
}

/* a of a pair, and in *slope its derivative by d. */
static double pair_term(const mlp_instruction *self, int kind, double d, double *slope) {
    const double gamma = self->number[0], margin = self->number[1];
    const double away = kind == SAME_LABEL ? margin + d : 1.0 + margin - d, sign = kind == SAME_LABEL ? 1.0 : -1.0;
    const double rest = kind == SAME_LABEL ? margin - d : 1.0 - margin - d, weight = away < 0.0 ? 0.0 : away;
    *slope = -gamma * ((away > 0.0 ? rest : 0.0) - sign * weight);
    return -sign * gamma * weight * rest;
}

/* operands x (n, d), label (n, 1), r (m, d), label of r (m, 1), out (n, 2); numbers and integer as above.
 * out = log(sum over j of e^a) over pairs of one label, and of two; minus infinity where there is none. */
static void FN(circle_pairs)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *const o[4] = {&self->operand[0], &self->operand[1], &self->operand[2], &self->operand[3]};
    const mlp_operand *out = &self->operand[4];
    mlp_range rows = mlp_share(mlp_rows(out, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        double top[2] = {-(double)INFINITY, -(double)INFINITY}, sum[2] = {0.0, 0.0}, d, slope;
        for (ptrdiff_t j = 0; j < mlp_rows(o[2], step); j++) {
            const int kind = pair_distance(self, o, i, j, &d);
            if (kind == NO_PAIR) continue;
            const double a = pair_term(self, kind, d, &slope);
            if (a > top[kind]) {
                sum[kind] = sum[kind] * exp(top[kind] - a) + 1.0;
                top[kind] = a;
            } else
                sum[kind] += exp(a - top[kind]);
        }
        for (int kind = 0; kind < 2; kind++)
            ((real *)out->data)[i * out->ld + kind] = (real)(sum[kind] == 0.0 ? top[kind] : top[kind] + log(sum[kind]));
    }
}

/* The derivative of the loss by the product of rows i and j, by way of the sums of row i. */
static double pair_slope(const mlp_instruction *self, const mlp_operand *const o[4], ptrdiff_t i, ptrdiff_t j) {
    const mlp_operand *dy = &self->operand[0], *y = &self->operand[1];
    double d, slope;
    const int kind = pair_distance(self, o, i, j, &d);
    if (kind == NO_PAIR || d == 0.0) return 0.0;
    const double a = pair_term(self, kind, d, &slope);
    return -(double)((const real *)dy->data)[i * dy->ld + kind] * slope *
           exp(a - (double)((const real *)y->data)[i * y->ld + kind]);
}

/* Each row of out = the sum of pair_slope times the other rows; turned = 1 if out's rows are those of r. */
static void pair_slopes(const mlp_instruction *self, const mlp_step *step, int thread, int threads, int turned) {
    const mlp_operand *const o[4] = {&self->operand[2], &self->operand[3], &self->operand[4], &self->operand[5]};
    const mlp_operand *other = o[turned ? 0 : 2], *out = &self->operand[6];
    mlp_range rows = mlp_share(mlp_rows(out, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        real *target = (real *)out->data + i * out->ld;
        for (ptrdiff_t k = 0; k < out->cols; k++) target[k] = R(0.0);
        for (ptrdiff_t j = 0; j < mlp_rows(other, step); j++) {
            const real slope = (real)(turned ? pair_slope(self, o, j, i) : pair_slope(self, o, i, j));
            const real *row = (const real *)other->data + j * other->ld;
            for (ptrdiff_t k = 0; k < out->cols; k++) target[k] += slope * row[k];
        }
    }
}

/* operands dy (n, 2), y (n, 2), x (n, d), label (n, 1), r (m, d), label of r (m, 1), dx (n, d); as above. */
static void FN(circle_pairs_dx)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    pair_slopes(self, step, thread, threads, 0);
}

/* The same with dr (m, d) as the last operand. */
static void FN(circle_pairs_dr)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    pair_slopes(self, step, thread, threads, 1);
}
