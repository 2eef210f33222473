/* update.inc.c — what becomes of a finished gradient: it is stored, or an optimizer's rule (rules.inc.c) is applied.
 *
 * A rule may run as the epilogue of dense_dkernel and of sum_rows, where the gradient is still in registers or in
 * the first-level cache and never becomes an array, or alone (`update`) on a gradient that was stored.
 *
 * An instruction that ends in a rule says so by
 *   integer[0]  the rule
 *   integer[1]  where its numbers begin in the step's scalars
 *   integer[2]  which operand is the target: the gradient to store, or w, followed by its slots
 *   integer[3]  what is done around the rule: a sum of mlp_option; if it is not 0,
 *   integer[4]  where the options' numbers begin in the step's scalars, and
 *   integer[5]  how many targets are the rule's own; after these come the options'.
 * All targets have the same shape and the same ld.
 */
#ifndef MLP_OPTIONS
#define MLP_OPTIONS
/* Done to the gradient before the rule, in this order, and to w: before the rule (decay) and after it (average). */
enum mlp_option {
    MLP_OPTION_SCALE = 1,      /* g /= scale */
    MLP_OPTION_ACCUMULATE = 2, /* target a: g += a;  where the rule is due g /= count, a = 0, else a = g */
    MLP_OPTION_CLIP = 4,       /* g is kept within [-limit, limit] */
    MLP_OPTION_DECAY = 8,      /* w -= decay w */
    MLP_OPTION_AVERAGE = 16,   /* target e: e = momentum e + (1 - momentum) w;  w = e where that is due */
    MLP_OPTION_WHEN_DUE = 32,  /* the rule is left out where it is not due, as with ACCUMULATE */
};
/* Numbers of the options, whichever there are. */
enum { MLP_SCALE, MLP_COUNT, MLP_DUE, MLP_LIMIT, MLP_DECAY, MLP_AVERAGE, MLP_OVERWRITE };
#endif

#define finish_with_options FN(finish_with_options)
#define finish_of FN(finish_of)
#define finish_rows FN(finish_rows)

typedef struct FN(finish) {
    FN(rule) rule;
    int options;
    const double *option_scalars;
    real *accumulator, *average;
} FN(finish);

static FN(finish) finish_of(const mlp_instruction *self, const mlp_step *step) {
    FN(finish) f = {.rule = {.kind = (enum mlp_rule)self->integer[0], .scalars = step->scalars + self->integer[1]},
                    .options = (int)self->integer[3], .option_scalars = step->scalars + self->integer[4]};
    const mlp_operand *target = &self->operand[self->integer[2]], *end = self->operand + MLP_MAX_OPERANDS;
    const ptrdiff_t own = f.options ? self->integer[5] : MLP_MAX_TARGETS;
    for (int i = 0; i < own && target < end; i++) f.rule.target[i] = (target++)->data;
    if (f.options & MLP_OPTION_ACCUMULATE) f.accumulator = (target++)->data;
    if (f.options & MLP_OPTION_AVERAGE) f.average = (target++)->data;
    return f;
}

/* A rule with options, a piece at a time that stays in the first-level cache. */
static void finish_with_options(const FN(finish) *f, ptrdiff_t n, const real *gradient, ptrdiff_t offset) {
    enum { PIECE = 4 * MLP_VECTOR_BYTES / sizeof(real) };
    const double *s = f->option_scalars;
    const real scale = (real)s[MLP_SCALE], count = (real)s[MLP_COUNT], limit = (real)s[MLP_LIMIT],
               decay = (real)s[MLP_DECAY], momentum = (real)s[MLP_AVERAGE];
    const int due = !(f->options & (MLP_OPTION_ACCUMULATE | MLP_OPTION_WHEN_DUE)) || s[MLP_DUE] != 0.0;
    for (ptrdiff_t first = 0; first < n; first += PIECE, gradient += PIECE, offset += PIECE) {
        const ptrdiff_t width = mlp_min(n - first, PIECE);
        real *w = f->rule.target[0] + offset, changed[PIECE];
        for (ptrdiff_t j = 0; j < width; j += LANES) {
            vec g = load(gradient + j);
            if (f->options & MLP_OPTION_SCALE) g /= scale;
            if (f->options & MLP_OPTION_ACCUMULATE) {
                real *sum = f->accumulator + offset + j;
                g += load(sum);
                store(sum, due ? (vec){0} : g);
                g /= count;
            }
            if (f->options & MLP_OPTION_CLIP) g = vmin(vmax(g, splat(-limit)), splat(limit));
            store(changed + j, g);
            if (due && f->options & MLP_OPTION_DECAY) store(w + j, load(w + j) - load(w + j) * decay);
        }
        if (due) apply_rule(&f->rule, width, changed, offset);
        if (!(f->options & MLP_OPTION_AVERAGE)) continue;
        for (ptrdiff_t j = 0; j < width; j += LANES) {
            vec e = momentum * load(f->average + offset + j) + (R(1.0) - momentum) * load(w + j);
            store(f->average + offset + j, e);
            if (s[MLP_OVERWRITE] != 0.0) store(w + j, e);
        }
    }
}

/* Rows of g, ldg apart; those of the targets are ld apart. */
static void finish_rows(const FN(finish) *f, ptrdiff_t rows, ptrdiff_t n, const real *gradient, ptrdiff_t ldg,
                        ptrdiff_t offset, ptrdiff_t ld) {
    for (ptrdiff_t i = 0; i < rows; i++)
        if (f->options) finish_with_options(f, n, gradient + i * ldg, offset + i * ld);
        else apply_rule(&f->rule, n, gradient + i * ldg, offset + i * ld);
}

/* operands g, then the targets. Apply the rule to a stored gradient. */
static void FN(update)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *g = &self->operand[0], *w = &self->operand[1];
    const FN(finish) f = finish_of(self, step);
    mlp_range rows = mlp_share(g->rows, 1, thread, threads);
    finish_rows(&f, rows.end - rows.begin, g->cols, (const real *)g->data + rows.begin * g->ld, g->ld,
                rows.begin * w->ld, w->ld);
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
            finish_rows(&f, 1, n, gradient, n, i * out->ld + c, out->ld);
        }
}
