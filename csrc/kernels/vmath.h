/* vmath.h — exp, expm1, log, log1p, tanh, sigmoid, softplus, erf and sqrt on vectors.
 *
 * exp(x):  n = round(x / ln 2), r = x - n ln 2 in two parts (Cody and Waite, 1980) so that
 *          |r| <= ln 2 / 2; a polynomial for q = e^r - 1 (the greatest error as small as can be, by
 *          Remez' exchange: 3e-9 of degree 6 for float, 4e-18 of degree 11 for double);
 *          (1 + q) times 2^n in two factors, so that subnormal results and the last binade are right.
 * log(x):  x = m 2^e with m in [sqrt(1/2), sqrt(2)); with f = m - 1 and s = f / (2 + f),
 *          log m = 2 (s + s^3/3 + s^5/5 + ...), arranged as in fdlibm's e_log.c so that f, which is
 *          exact, carries the leading digits.
 * The rest take q and 2^n before they are rounded to one number, or log, so that nothing cancels.
 *
 * Above each function stands the greatest error found, with fused multiply-adds and without, in units of the last
 * place, and where: of float among all numbers where the function is not flat, of double among ten million. The limit is
 * 2. tests/engine/test_vmath.py measures a part of them again, and says what can be shown.
 */
#undef EXP_LOW
#undef EXP_HIGH
#undef LN2_HIGH
#undef LN2_LOW
#undef ROUND_MAGIC
#undef MANTISSA_BITS
#undef EXPONENT_BIAS
#undef SMALLEST_NORMAL
#undef SUBNORMAL_SCALE
#undef SUBNORMAL_SHIFT
#undef SQRT_HALF_BITS
#undef TANH_FLAT
#undef TANH_SMALL
#undef ERF_FLAT
#undef ERF_SMALL
#if REAL_IS_DOUBLE
#define EXP_LOW R(-746.0)
#define EXP_HIGH R(710.0)
#define LN2_HIGH R(6.93147180369123816490e-01)
#define LN2_LOW R(1.90821492927058770002e-10)
#define ROUND_MAGIC R(6755399441055744.0) /* 1.5 * 2^52 */
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define SMALLEST_NORMAL R(2.2250738585072014e-308)
#define SUBNORMAL_SCALE R(18014398509481984.0) /* 2^54 */
#define SUBNORMAL_SHIFT 54
#define SQRT_HALF_BITS INT64_C(0x3fe6a09e667f3bcd)
#define TANH_FLAT R(20.0) /* tanh is 1 to the last bit from here on */
#define TANH_SMALL R(0.5625)
#define ERF_FLAT R(6.0)
#define ERF_SMALL R(1.0)
#else
#define EXP_LOW R(-104.0)
#define EXP_HIGH R(89.0)
#define LN2_HIGH R(6.93359375e-01)
#define LN2_LOW R(-2.12194440e-04)
#define ROUND_MAGIC R(12582912.0) /* 1.5 * 2^23 */
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define SMALLEST_NORMAL R(1.17549435e-38)
#define SUBNORMAL_SCALE R(33554432.0) /* 2^25 */
#define SUBNORMAL_SHIFT 25
#define SQRT_HALF_BITS INT32_C(0x3f3504f3)
#define TANH_FLAT R(10.0)
#define TANH_SMALL R(0.5625)
#define ERF_FLAT R(4.0)
#define ERF_SMALL R(0.9)
#endif

#define power_of_two FN(power_of_two)
#define exp_reduce FN(exp_reduce)
#define log_reduce FN(log_reduce)
#define vexp FN(vexp)
#define vexpm1 FN(vexpm1)
#define vlog FN(vlog)
#define vlog1p FN(vlog1p)
#define vtanh FN(vtanh)
#define vsigmoid FN(vsigmoid)
#define vsoftplus FN(vsoftplus)
#define verf FN(verf)
#define vsqrt FN(vsqrt)
#define polynomial FN(polynomial)
#define copy_sign FN(copy_sign)

/* c[0] x^(n - 1) + ... + c[n - 1]. */
#define POLYNOMIAL(x, ...) polynomial(x, sizeof((real[]){__VA_ARGS__}) / sizeof(real), (const real[]){__VA_ARGS__})
INLINE vec polynomial(vec x, const size_t n, const real *c) {
    vec p = splat(c[0]);
#pragma GCC unroll 20
    for (size_t i = 1; i < n; i++) p = p * x + c[i];
    return p;
}

/* 2^n for -bias < n <= bias. */
INLINE vec power_of_two(ivec n) { return (vec)((n + EXPONENT_BIAS) << MANTISSA_BITS); }

/* Split x = n ln 2 + r; return q = e^r - 1 and set *n. x is within [EXP_LOW, EXP_HIGH] or NaN, which q is then too. */
INLINE vec exp_reduce(vec x, ivec *n) {
    vec shifted = x * R(1.44269504088896340736) + ROUND_MAGIC;
    vec whole = shifted - ROUND_MAGIC;
    *n = (ivec)shifted - (ivec)splat(ROUND_MAGIC);
    vec r = (x - whole * LN2_HIGH) - whole * LN2_LOW;
#if REAL_IS_DOUBLE
    vec p = POLYNOMIAL(r, 2.5117835739584692648e-8, 2.7631235576476200232e-7, 2.7557216388733504358e-6,
                       2.480149008519638789e-5, 1.984126991727137937e-4, 1.3888888946855276517e-3,
                       8.3333333333072683017e-3, 4.1666666666516150617e-2, 1.6666666666666698928e-1,
                       5.0000000000000126328e-1);
#else
    vec p = POLYNOMIAL(r, 1.3950476768e-3f, 8.3688825627e-3f, 4.1666206096e-2f, 1.6666518913e-1f, 5.0000000950e-1f);
#endif
    return r + (r * r) * p;
}

/* float: 1.042 at -5.85590219; double: 1.030 at 3.8695771791128308. */
INLINE vec vexp(vec x) {
    ivec n;
    vec q = exp_reduce(vmax(vmin(x, splat(EXP_HIGH)), splat(EXP_LOW)), &n);
    ivec half = n >> 1;
    return ((q + R(1.0)) * power_of_two(half)) * power_of_two(n - half);
}

/* 2^n q + (2^n - 1): exact in the leading digits near zero. For x <= 60; beyond, callers take something else.
 * For x < 0, float: 1.039 at -0.286721408; double: 1.156 at -0.37908913381346671. */
INLINE vec vexpm1(vec x) {
    ivec n;
    vec q = exp_reduce(vmax(vmin(x, splat(R(60.0))), splat(R(-60.0))), &n);
    vec scale = power_of_two(n);
    return select((ivec)(x == R(0.0)), x, scale * q + (scale - R(1.0)));
}

/* log(x 2^-shift), for normal positive x. */
INLINE vec log_reduce(vec x, ivec shift) {
    ivec exponent = (((ivec)x - SQRT_HALF_BITS) >> MANTISSA_BITS);
    vec f = (vec)((ivec)x - (exponent << MANTISSA_BITS)) - R(1.0);
    vec s = f / (R(2.0) + f);
    vec t = s * s;
#if REAL_IS_DOUBLE
    vec p = splat(2.0 / 23.0);
    p = p * t + 2.0 / 21.0;
    p = p * t + 2.0 / 19.0;
    p = p * t + 2.0 / 17.0;
    p = p * t + 2.0 / 15.0;
    p = p * t + 2.0 / 13.0;
#else
    vec p = splat(R(2.0) / R(13.0));
#endif
    p = p * t + R(2.0) / R(11.0);
    p = p * t + R(2.0) / R(9.0);
    p = p * t + R(2.0) / R(7.0);
    p = p * t + R(2.0) / R(5.0);
    p = p * t + R(2.0) / R(3.0);
    vec half_square = R(0.5) * f * f;
    vec whole = __builtin_convertvector(exponent - shift, vec);
    return whole * LN2_HIGH
            - ((half_square - (s * (half_square + t * p) + whole * LN2_LOW)) - f);
}

/* float: 0.835 at 1.40545952; double: 0.775 at 0.70029822251164831. */
INLINE vec vlog(vec x) {
    ivec tiny = (ivec)(x < SMALLEST_NORMAL);
    vec y = log_reduce(select(tiny, x * SUBNORMAL_SCALE, x), tiny & SUBNORMAL_SHIFT);
    y = select((ivec)(x == R(0.0)), splat(-(real)INFINITY), y);
    y = select((ivec)(x < R(0.0)), splat((real)NAN), y);
    ivec kept = (ivec)(x != x) | (ivec)(x == (real)INFINITY);
    return select(kept, x, y);
}

/* log(1 + x) = log(w) + (x - (w - 1)) / w with w = 1 + x rounded: the second term puts back what the
 * rounding of w took (Higham 2002, problem 1.5).
 * float: 1.437 at -8.94069672e-08; double: 1.438 at -1.6653585680898674e-16. */
INLINE vec vlog1p(vec x) {
    vec w = x + R(1.0);
    vec y = vlog(w) + (x - (w - R(1.0))) / w;
    ivec kept = (ivec)(x == (real)INFINITY) | (ivec)(x == R(0.0));
    y = select((ivec)(x == R(-1.0)), splat(-(real)INFINITY), y);
    return select(kept, x, y);
}

INLINE vec copy_sign(vec y, vec x) { return (vec)((ivec)y | ((ivec)x & (ivec)splat(R(-0.0)))); }

/* With a = |x| and e^2a = 2^n (1 + q): tanh a = 1 - 2 / (e^2a + 1) = 1 - 2 t / (1 + t + q), t = 2^-n, where 1 + t is
 * exact; for small a, where that cancels, a - a^3 P(a^2) / Q(a^2). One division serves both.
 * float: 1.320 at 0.56368655; double: 1.300 at 0.56320040897967305. */
INLINE vec vtanh(vec x) {
    vec a = vmin(vabs(x), splat(TANH_FLAT)), z = a * a;
    ivec n;
    vec q = exp_reduce(a + a, &n);
    vec t = power_of_two(-n);
#if REAL_IS_DOUBLE
    vec p = POLYNOMIAL(z, 1.9929618499434235764e-4, 2.0501465565663573664e-2, 3.3333333333333333156e-1);
    vec d = POLYNOMIAL(z, 2.0666027424042892364e-4, 2.3294885329062133166e-2, 4.6150439669698950791e-1, 1.0);
#else
    vec p = POLYNOMIAL(z, 1.5578490618e-3f, 3.3333330890e-1f);
    vec d = POLYNOMIAL(z, 4.0466934479e-1f, 1.0f);
#endif
    ivec small = (ivec)(a < TANH_SMALL);
    vec above = select(small, (a * z) * p, t + t), below = select(small, d, (R(1.0) + t) + q);
    return copy_sign(select(small, a, splat(R(1.0))) - above / below, x);
}

/* With e^-x = 2^n (1 + q): 1 / (1 + e^-x) = u / (u + v (1 + q)), u = 2^-n and v = 1, or u = 1 and v = 2^n, whichever is
 * at most 1; so the sum is rounded once, and small results keep their digits.
 * float: 1.769 at -1.10576379; double: 1.690 at -1.1094884830470215. */
INLINE vec vsigmoid(vec x) {
    ivec n;
    vec q = exp_reduce(vmax(vmin(-x, splat(-EXP_LOW)), splat(R(-40.0))), &n);
    ivec negative = n & (n >> (8 * (int)sizeof(real) - 1)), half = (n - negative) >> 1;
    vec v = power_of_two(negative), u = power_of_two(-half) * power_of_two(half - (n - negative));
    vec smaller = u * v, ends = R(1.0) + smaller;
    vec lost = smaller - (ends - R(1.0));
    return u / (ends + (v * q + lost));
}

/* log(1 + e^x) = max(x, 0) + log1p(e), e = e^-|x|, as log1p above; what rounding e took is put back too.
 * float: 1.774 at 0.303993195; double: 1.738 at 0.38085440277384347. */
INLINE vec vsoftplus(vec x) {
    ivec n;
    vec q = exp_reduce(vmax(-vabs(x), splat(EXP_LOW)), &n);
    ivec half = n >> 1;
    vec first = power_of_two(half), second = power_of_two(n - half);
    vec rounded = R(1.0) + q, lost = q - (rounded - R(1.0));
    vec e = (rounded * first) * second, w = R(1.0) + e;
    return vmax(x, splat(R(0.0))) + (log_reduce(w, (ivec){0}) + ((e - (w - R(1.0))) + (lost * first) * second) / w);
}

/* With a = |x|: x + x P(a^2) where a is small, beyond it 1 - e^-P(a), P near -log(1 - erf a).
 * float: 1.365 at 1.06422472; double: 1.507 at 1.0594708914788384. */
INLINE vec verf(vec x) {
    vec a = vmin(vabs(x), splat(ERF_FLAT)), z = a * a;
#if REAL_IS_DOUBLE
    vec s = POLYNOMIAL(z, -7.8011888740977515657e-10, 1.372297626592450327e-8, -1.6209175911748695663e-7,
                       1.6447517677871873706e-6, -1.4924744663335489733e-5, 1.2055295320494294236e-4,
                       -8.5483259896967580333e-4, 5.2239776074234678405e-3, -2.6866170643276218303e-2,
                       1.1283791670945253232e-1, -3.7612638903183546628e-1, 1.2837916709551256679e-1);
    vec p = POLYNOMIAL(a, -1.7403328954328954591e-11, 6.4107292753601897437e-10, -1.0726322140566143357e-8,
                       1.0643344155920146215e-7, -6.7537517271828154364e-7, 2.6106837200520203641e-6,
                       -3.3751887262851904625e-6, -2.8682040700654746076e-5, 2.3218615408674994192e-4,
                       -9.226361574150137968e-4, 2.1024345760802499614e-3, -5.8788445916123877781e-4,
                       -1.8862380585268168468e-2, 1.0263593052368643322e-1, 6.3666825442172848952e-1,
                       1.1283685493006676112, 1.0817489339138315083e-6);
#else
    vec s = POLYNOMIAL(z, -6.1112921127e-4f, 5.0162305495e-3f, -2.6781960431e-2f, 1.1282230140e-1f, -3.7612532475e-1f,
                       1.2837915533e-1f);
    vec p = POLYNOMIAL(a, -1.9718003427e-4f, 3.0555967826e-3f, -2.2277064263e-2f, 1.0403734705e-1f, 6.3705973564e-1f,
                       1.1277495876f, 1.7748588213e-4f);
#endif
    ivec n;
    vec q = exp_reduce(-p, &n);
    vec beyond = R(1.0) - (R(1.0) + q) * power_of_two(n);
    return copy_sign(select((ivec)(a < ERF_SMALL), a + a * s, beyond), x);
}

INLINE vec vsqrt(vec x) {
    vec y = x; /* which not every compiler sees to be written as a whole */
    for (ptrdiff_t i = 0; i < LANES; i++) y[i] = REAL_IS_DOUBLE ? (real)__builtin_sqrt(x[i]) : (real)__builtin_sqrtf((float)x[i]);
    return y;
}
