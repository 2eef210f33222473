/* update.inc.c — what becomes of a finished gradient: it is stored, or an optimizer's rule is applied.
 *
 * A rule is elementwise over the weight w, its gradient g and its slots. It may run as the epilogue of
 * dense_dkernel and of sum_rows, where the gradient is still in registers or in the first-level cache and
 * never becomes an array, or alone (`update`) on a gradient that was stored.
 *
 * An instruction that ends in a rule says so by
 *   integer[0]  the rule
 *   integer[1]  where its numbers begin in the step's scalars
 *   integer[2]  which operand is the target: the gradient to store, or w, followed by its slots.
 * All targets have the same shape and the same ld. pymlp/optimizers/ supplies the numbers of each step.
 */
#ifndef MLP_RULES
#define MLP_RULES
enum mlp_rule {
    MLP_RULE_STORE,    /* target = g */
    MLP_RULE_SGD,      /* [rate]                     w -= rate g */
    MLP_RULE_MOMENTUM, /* [rate, momentum]           m = momentum m - rate g;  w += m */
    MLP_RULE_NESTEROV, /* [rate, momentum]           m = momentum m - rate g;  w += momentum m - rate g */
    MLP_RULE_ADAM,     /* [alpha, 1 - beta_1, 1 - beta_2, epsilon]
                          m += (g - m)(1 - beta_1);  v += (g^2 - v)(1 - beta_2);
                          w -= alpha m / (sqrt(v) + epsilon) */
    MLP_RULE_AMSGRAD,  /* the same with the greatest v so far in the root */
    MLP_RULE_RMSPROP,  /* [rate, rho, epsilon, momentum, centered]
                          v = rho v + (1 - rho) g^2;  a = rho a + (1 - rho) g if centered;
                          s = rate g / sqrt(v - a^2 + epsilon);
                          m = momentum m + s, w -= m  with momentum, else w -= s.
                          slots v, then m with momentum, then a if centered; a slot that is left out
                          does without what it is for */
};
#define MLP_MAX_TARGETS 4
#endif

#define finish_of FN(finish_of)
#define finish_row FN(finish_row)

typedef struct FN(finish) {
    enum mlp_rule rule;
    const double *scalars;
    real *target[MLP_MAX_TARGETS];
} FN(finish);

static FN(finish) finish_of(const mlp_instruction *self, const mlp_step *step) {
    FN(finish) f = {(enum mlp_rule)self->integer[0], step->scalars + self->integer[1], {NULL}};
    for (int i = 0; i < MLP_MAX_TARGETS && self->integer[2] + i < MLP_MAX_OPERANDS; i++)
        f.target[i] = self->operand[self->integer[2] + i].data;
    return f;
}

/* Whole vectors of g, at `offset` from the start of every target. */
static void finish_row(const FN(finish) *f, ptrdiff_t n, const real *gradient, ptrdiff_t offset) {
    const double *s = f->scalars;
    real *w = f->target[0] + offset;
    /* Slots that a rule does not have are not touched; `w` stands in so that no pointer is invented. */
    real *slot0 = f->target[1] ? f->target[1] + offset : w;
    real *slot1 = f->target[2] ? f->target[2] + offset : w;
    real *slot2 = f->target[3] ? f->target[3] + offset : w;
    switch (f->rule) {
    case MLP_RULE_STORE:
        for (ptrdiff_t j = 0; j < n; j += LANES) store(w + j, load(gradient + j));
        break;
    case MLP_RULE_SGD:
        for (ptrdiff_t j = 0; j < n; j += LANES) store(w + j, load(w + j) - (real)s[0] * load(gradient + j));
        break;
    case MLP_RULE_MOMENTUM:
    case MLP_RULE_NESTEROV: {
        const real rate = (real)s[0], momentum = (real)s[1];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j);
            vec m = momentum * load(slot0 + j) - rate * g;
            store(slot0 + j, m);
            store(w + j, load(w + j) + (f->rule == MLP_RULE_NESTEROV ? momentum * m - rate * g : m));
        }
        break;
    }
    case MLP_RULE_ADAM:
    case MLP_RULE_AMSGRAD: {
        const real alpha = (real)s[0], one_beta1 = (real)s[1], one_beta2 = (real)s[2], epsilon = (real)s[3];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), m = load(slot0 + j), v = load(slot1 + j);
            m += (g - m) * one_beta1;
            v += (g * g - v) * one_beta2;
            store(slot0 + j, m);
            store(slot1 + j, v);
            if (f->rule == MLP_RULE_AMSGRAD) {
                v = vmax(load(slot2 + j), v);
                store(slot2 + j, v);
            }
            store(w + j, load(w + j) - m * alpha / (vsqrt(v) + epsilon));
        }
        break;
    }
    case MLP_RULE_RMSPROP: {
        const real rate = (real)s[0], rho = (real)s[1], epsilon = (real)s[2], momentum = (real)s[3];
        const int moving = momentum > R(0.0) && f->target[2];
        const int centered = s[4] != 0.0 && f->target[moving ? 3 : 2];
        real *average = moving ? slot2 : slot1;
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j);
            vec v = rho * load(slot0 + j) + (R(1.0) - rho) * (g * g);
            store(slot0 + j, v);
            vec denominator = v + epsilon;
            if (centered) {
                vec a = rho * load(average + j) + (R(1.0) - rho) * g;
                store(average + j, a);
                denominator -= a * a;
            }
            vec change = rate * g / vsqrt(denominator);
            if (moving) {
                change += momentum * load(slot1 + j);
                store(slot1 + j, change);
            }
            store(w + j, load(w + j) - change);
        }
        break;
    }
    }
}

/* operands g, then the targets. Apply the rule to a stored gradient. */
static void FN(update)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *g = &self->operand[0], *w = &self->operand[1];
    const FN(finish) f = finish_of(self, step);
    mlp_range rows = mlp_share(g->rows, 1, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++)
        finish_row(&f, g->cols, (const real *)g->data + i * g->ld, i * w->ld);
}

/* operands x (m, n), then the targets (r, n) with r rows where m is a multiple of r: row i of the result is
 * the sum of rows i, i + r, i + 2r, ... of x; stored, or applied by the rule. The gradient of whatever was
 * broadcast along the leading axes, such as a bias. */
static void FN(sum_rows)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *out = &self->operand[1];
    const ptrdiff_t m = mlp_rows(x, step), r = out->rows;
    const FN(finish) f = finish_of(self, step);
    mlp_range cols = mlp_share(x->cols, COLUMN_UNIT, thread, threads);
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t c = cols.begin; c < cols.end; c += 4 * LANES) {
            const ptrdiff_t n = mlp_min(4 * LANES, (cols.end - c + LANES - 1) / LANES * LANES);
            const real *from = (const real *)x->data + c;
            real gradient[4 * sizeof(vec) / sizeof(real)];
            if (n == 4 * LANES) { /* four sums at once hide the latency of an addition */
                vec sum[4] = {{0}};
                for (ptrdiff_t p = i; p < m; p += r)
                    for (int j = 0; j < 4; j++) sum[j] += load(from + p * x->ld + j * LANES);
                for (int j = 0; j < 4; j++) store(gradient + j * LANES, sum[j]);
            } else
                for (ptrdiff_t j = 0; j < n; j += LANES) {
                    vec sum = {0};
                    for (ptrdiff_t p = i; p < m; p += r) sum += load(from + p * x->ld + j);
                    store(gradient + j, sum);
                }
            finish_row(&f, n, gradient, i * out->ld + c);
        }
}
