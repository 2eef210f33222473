/* rules.inc.c — optimizers' rules.
 *
 * A rule is elementwise over the weight w, its gradient g and its slots, and is given some numbers at each step, which
 * pymlp/optimizers/ supplies. What stands around it, and where gradients come from, is update.inc.c's.
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
#define MLP_MAX_TARGETS 4
#endif

#define greater_of FN(greater_of)
#define ftrl_power FN(ftrl_power)
#define apply_rule FN(apply_rule)

/* What a rule works on: w and its slots, of one shape and one ld; or where the gradient is stored. */
typedef struct FN(rule) {
    enum mlp_rule kind;
    const double *scalars;
    real *target[MLP_MAX_TARGETS];
} FN(rule);

/* The greater of two, and NaN if either is: vmax() keeps that of its first operand only. */
INLINE vec greater_of(vec x, vec y) { return select((ivec)(y == y), vmax(x, y), y); }

/* x^power, of x and power not below 0. */
INLINE vec ftrl_power(vec x, real power) {
    if (power == R(0.5)) return vsqrt(x);
    return power == R(0.0) ? ONE + ZERO * x : vexp(power * vlog(x));
}

/* Whole vectors of g, at `offset` from the start of every target. */
INLINE void apply_rule(const FN(rule) *rule, ptrdiff_t n, const real *gradient, ptrdiff_t offset) {
    const double *s = rule->scalars;
    real *w = rule->target[0] + offset;
    /* Slots that a rule does not have are not touched; `w` stands in so that no pointer is invented. */
    real *slot0 = rule->target[1] ? rule->target[1] + offset : w;
    real *slot1 = rule->target[2] ? rule->target[2] + offset : w;
    real *slot2 = rule->target[3] ? rule->target[3] + offset : w;
    switch (rule->kind) {
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
            store(w + j, load(w + j) + (rule->kind == MLP_RULE_NESTEROV ? momentum * m - rate * g : m));
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
            if (rule->kind == MLP_RULE_AMSGRAD) {
                v = greater_of(v, load(slot2 + j));
                store(slot2 + j, v);
            }
            store(w + j, load(w + j) - m * alpha / (vsqrt(v) + epsilon));
        }
        break;
    }
    case MLP_RULE_RMSPROP: {
        const real rate = (real)s[0], rho = (real)s[1], epsilon = (real)s[2], momentum = (real)s[3];
        const int moving = momentum > R(0.0) && rule->target[2];
        const int centered = s[4] != 0.0 && rule->target[moving ? 3 : 2];
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
            vec u = greater_of(vabs(g), beta2 * load(slot1 + j));
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
