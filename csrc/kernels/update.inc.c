/* update.inc.c — what becomes of a finished gradient: it is stored, or an optimizer's rule is applied.
 *
 * A rule is elementwise over the weight w, its gradient g and its slots. It may run as the epilogue of
 * dense_dkernel and of sum_rows, where the gradient is still in registers or in the first-level cache and
 * never becomes an array, or alone (`update`) on a gradient that was stored.
 *
 * An instruction that ends in a rule says so by
 *   integer[0]  the rule
 *   integer[1]  where its numbers begin in the step's scalars
 *   integer[2]  which operand is the target: the gradient to store, or w, followed by its slots
 *   integer[3]  what is done around the rule: a sum of mlp_option; if it is not 0,
 *   integer[4]  where the options' numbers begin in the step's scalars, and
 *   integer[5]  how many targets are the rule's own; after these come the options'.
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
    MLP_RULE_ADAMAX,   /* [rate, 1 - beta_1, beta_2, epsilon, 1 - beta_1^t]
                          m += (g - m)(1 - beta_1);  u = max(beta_2 u, |g|);
                          w -= rate m / ((1 - beta_1^t)(u + epsilon)) */
    MLP_RULE_NADAM,    /* [rate, 1 - beta_1, 1 - beta_2, epsilon, share of m, share of g, 1 - beta_2^t]
                          m and v as with Adam;
                          w -= rate (share_m m + share_g g) / (sqrt(v / (1 - beta_2^t)) + epsilon) */
    MLP_RULE_ADAGRAD,  /* [rate, epsilon]            a += g^2;  w -= rate g / sqrt(a + epsilon) */
    MLP_RULE_ADADELTA, /* [rate, rho, epsilon]
                          a = rho a + (1 - rho) g^2;  s = -sqrt(d + epsilon) g / sqrt(a + epsilon);
                          d = rho d + (1 - rho) s^2;  w += rate s */
    MLP_RULE_FTRL,     /* [rate, power, l1, 2 l2, 2 shrinkage]
                          b = a + g^2;  l += g + 2 shrinkage w - (b^power - a^power) w / rate;  a = b;
                          w = (l kept within [-l1, l1] - l) / (b^power / rate + 2 l2) */
    MLP_RULE_LION,     /* [rate, beta_1, beta_2]
                          w -= rate sign(beta_1 m + (1 - beta_1) g);  m = beta_2 m + (1 - beta_2) g */
};
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
#define MLP_MAX_TARGETS 4
#endif

#define finish_with_options FN(finish_with_options)
#define ftrl_power FN(ftrl_power)
#define finish_of FN(finish_of)
#define finish_row FN(finish_row)
#define finish_rows FN(finish_rows)

typedef struct FN(finish) {
    enum mlp_rule rule;
    const double *scalars;
    real *target[MLP_MAX_TARGETS];
    int options;
    const double *option_scalars;
    real *accumulator, *average;
} FN(finish);

static FN(finish) finish_of(const mlp_instruction *self, const mlp_step *step) {
    FN(finish) f = {.rule = (enum mlp_rule)self->integer[0], .scalars = step->scalars + self->integer[1],
                    .options = (int)self->integer[3], .option_scalars = step->scalars + self->integer[4]};
    const mlp_operand *target = &self->operand[self->integer[2]], *end = self->operand + MLP_MAX_OPERANDS;
    const ptrdiff_t own = f.options ? self->integer[5] : MLP_MAX_TARGETS;
    for (int i = 0; i < own && target < end; i++) f.target[i] = (target++)->data;
    if (f.options & MLP_OPTION_ACCUMULATE) f.accumulator = (target++)->data;
    if (f.options & MLP_OPTION_AVERAGE) f.average = (target++)->data;
    return f;
}

static void finish_with_options(const FN(finish) *f, ptrdiff_t n, const real *gradient, ptrdiff_t offset);

/* x^power, of x and power not below 0. */
INLINE vec ftrl_power(vec x, real power) {
    if (power == R(0.5)) return vsqrt(x);
    return power == R(0.0) ? ONE + ZERO * x : vexp(power * vlog(x));
}

/* Whole vectors of g, at `offset` from the start of every target. */
INLINE void finish_row(const FN(finish) *f, ptrdiff_t n, const real *gradient, ptrdiff_t offset) {
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
    case MLP_RULE_ADAMAX: {
        const real rate = (real)s[0], one_beta1 = (real)s[1], beta2 = (real)s[2], epsilon = (real)s[3];
        const real correction = (real)s[4];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), m = load(slot0 + j);
            m += (g - m) * one_beta1;
            vec u = vmax(vabs(g), beta2 * load(slot1 + j));
            store(slot0 + j, m);
            store(slot1 + j, u);
            store(w + j, load(w + j) - rate * m / (correction * (u + epsilon)));
        }
        break;
    }
    case MLP_RULE_NADAM: {
        const real rate = (real)s[0], one_beta1 = (real)s[1], one_beta2 = (real)s[2], epsilon = (real)s[3];
        const real share_m = (real)s[4], share_g = (real)s[5], correction = (real)s[6];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), m = load(slot0 + j), v = load(slot1 + j);
            m += (g - m) * one_beta1;
            v += (g * g - v) * one_beta2;
            store(slot0 + j, m);
            store(slot1 + j, v);
            store(w + j, load(w + j) - (share_m * m + share_g * g) * rate / (vsqrt(v / correction) + epsilon));
        }
        break;
    }
    case MLP_RULE_ADAGRAD: {
        const real rate = (real)s[0], epsilon = (real)s[1];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), a = load(slot0 + j) + g * g;
            store(slot0 + j, a);
            store(w + j, load(w + j) - rate * g / vsqrt(a + epsilon));
        }
        break;
    }
    case MLP_RULE_ADADELTA: {
        const real rate = (real)s[0], rho = (real)s[1], epsilon = (real)s[2];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), d = load(slot1 + j);
            vec a = rho * load(slot0 + j) + (R(1.0) - rho) * (g * g);
            vec change = vsqrt(d + epsilon) * g / vsqrt(a + epsilon);
            store(slot0 + j, a);
            store(slot1 + j, rho * d + (R(1.0) - rho) * (change * change));
            store(w + j, load(w + j) - rate * change);
        }
        break;
    }
    case MLP_RULE_FTRL: {
        const real rate = (real)s[0], power = (real)s[1], l1 = (real)s[2], l2 = (real)s[3], shrinkage = (real)s[4];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), weight = load(w + j), a = load(slot0 + j), l = load(slot1 + j);
            const vec b = a + g * g, b_power = ftrl_power(b, power);
            l += g + shrinkage * weight - (b_power - ftrl_power(a, power)) / rate * weight;
            store(slot0 + j, b);
            store(slot1 + j, l);
            store(w + j, (vmin(vmax(l, splat(-l1)), splat(l1)) - l) / (b_power / rate + l2));
        }
        break;
    }
    case MLP_RULE_LION: {
        const real rate = (real)s[0], beta1 = (real)s[1], beta2 = (real)s[2];
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            vec g = load(gradient + j), m = load(slot0 + j);
            vec direction = beta1 * m + (R(1.0) - beta1) * g;
            vec up = select((ivec)(direction > R(0.0)), ONE, ZERO), down = select((ivec)(direction < R(0.0)), ONE, ZERO);
            store(slot0 + j, beta2 * m + (R(1.0) - beta2) * g);
            /* Of a NaN there is no sign: it stays one. */
            store(w + j, load(w + j) - rate * select((ivec)(direction == direction), up - down, direction));
        }
        break;
    }
    }
}

/* The same with options, a piece at a time that stays in the first-level cache. */
static void finish_with_options(const FN(finish) *f, ptrdiff_t n, const real *gradient, ptrdiff_t offset) {
    enum { PIECE = 4 * MLP_VECTOR_BYTES / sizeof(real) };
    const double *s = f->option_scalars;
    const real scale = (real)s[MLP_SCALE], count = (real)s[MLP_COUNT], limit = (real)s[MLP_LIMIT],
               decay = (real)s[MLP_DECAY], momentum = (real)s[MLP_AVERAGE];
    const int due = !(f->options & (MLP_OPTION_ACCUMULATE | MLP_OPTION_WHEN_DUE)) || s[MLP_DUE] != 0.0;
    FN(finish) rule = *f;
    rule.options = 0;
    for (ptrdiff_t first = 0; first < n; first += PIECE, gradient += PIECE, offset += PIECE) {
        const ptrdiff_t width = mlp_min(n - first, PIECE);
        real *w = f->target[0] + offset, changed[PIECE];
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
        if (due) finish_row(&rule, width, changed, offset);
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
        else finish_row(f, n, gradient + i * ldg, offset + i * ld);
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
