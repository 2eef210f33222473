/* vmath.h — exp, expm1, log, log1p, tanh, sigmoid, softplus on vectors.
 *
 * exp(x):  n = round(x / ln 2), r = x - n ln 2 in two parts (Cody and Waite, 1980) so that
 *          |r| <= ln 2 / 2; the Taylor polynomial of e^r - 1 of degree 7 (float: truncation below
 *          6e-9) or 13 (double: below 5e-18); times 2^n in two factors, so that subnormal results and
 *          the last binade are right.
 * log(x):  x = m 2^e with m in [sqrt(1/2), sqrt(2)); with f = m - 1 and s = f / (2 + f),
 *          log m = 2 (s + s^3/3 + s^5/5 + ...), arranged as in fdlibm's e_log.c so that f, which is
 *          exact, carries the leading digits.
 * The rest are written with these two so that nothing cancels. Accuracy is tested in
 * tests/engine/test_vmath.py.
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
#endif

#define power_of_two FN(power_of_two)
#define exp_reduce FN(exp_reduce)
#define vexp FN(vexp)
#define vexpm1 FN(vexpm1)
#define vlog FN(vlog)
#define vlog1p FN(vlog1p)
#define vtanh FN(vtanh)
#define vsigmoid FN(vsigmoid)
#define vsoftplus FN(vsoftplus)
#define vsqrt FN(vsqrt)

/* 2^n for -bias < n <= bias. */
INLINE vec power_of_two(ivec n) { return (vec)((n + EXPONENT_BIAS) << MANTISSA_BITS); }

/* Split x = n ln 2 + r; return e^r - 1 and set *n. x is within [EXP_LOW, EXP_HIGH] or NaN. */
INLINE vec exp_reduce(vec x, ivec *n) {
    vec shifted = x * R(1.44269504088896340736) + ROUND_MAGIC;
    vec whole = shifted - ROUND_MAGIC;
    *n = (ivec)shifted - (ivec)splat(ROUND_MAGIC);
    vec r = (x - whole * LN2_HIGH) - whole * LN2_LOW;
#if REAL_IS_DOUBLE
    vec p = splat(1.0 / 6227020800.0);
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
#else
    vec p = splat(R(1.0) / R(5040.0));
#endif
    p = p * r + R(1.0) / R(720.0);
    p = p * r + R(1.0) / R(120.0);
    p = p * r + R(1.0) / R(24.0);
    p = p * r + R(1.0) / R(6.0);
    p = p * r + R(0.5);
    return r + (r * r) * p;
}

INLINE vec vexp(vec x) {
    ivec n;
    vec q = exp_reduce(vmax(vmin(x, splat(EXP_HIGH)), splat(EXP_LOW)), &n);
    ivec half = n >> 1;
    vec y = ((q + R(1.0)) * power_of_two(half)) * power_of_two(n - half);
    return select((ivec)(x != x), x, y);
}

/* 2^n q + (2^n - 1): exact in the leading digits near zero. For x <= 60; beyond, callers take something else. */
INLINE vec vexpm1(vec x) {
    ivec n;
    vec q = exp_reduce(vmax(vmin(x, splat(R(60.0))), splat(R(-60.0))), &n);
    vec scale = power_of_two(n);
    vec y = scale * q + (scale - R(1.0));
    return select((ivec)(x != x) | (ivec)(x == R(0.0)), x, y);
}

INLINE vec vlog(vec x) {
    ivec tiny = (ivec)(x < SMALLEST_NORMAL);
    vec scaled = select(tiny, x * SUBNORMAL_SCALE, x);
    ivec exponent = (((ivec)scaled - SQRT_HALF_BITS) >> MANTISSA_BITS);
    vec f = (vec)((ivec)scaled - (exponent << MANTISSA_BITS)) - R(1.0);
    ivec e = exponent - (tiny & SUBNORMAL_SHIFT);
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
    vec whole = __builtin_convertvector(e, vec);
    vec y = whole * LN2_HIGH
            - ((half_square - (s * (half_square + t * p) + whole * LN2_LOW)) - f);
    y = select((ivec)(x == R(0.0)), splat(-(real)INFINITY), y);
    y = select((ivec)(x < R(0.0)), splat((real)NAN), y);
    ivec kept = (ivec)(x != x) | (ivec)(x == (real)INFINITY);
    return select(kept, x, y);
}

/* log(1 + x) = log(w) + (x - (w - 1)) / w with w = 1 + x rounded: the second term puts back what the
 * rounding of w took (Higham 2002, problem 1.5). */
INLINE vec vlog1p(vec x) {
    vec w = x + R(1.0);
    vec y = vlog(w) + (x - (w - R(1.0))) / w;
    ivec kept = (ivec)(x == (real)INFINITY) | (ivec)(x == R(0.0));
    y = select((ivec)(x == R(-1.0)), splat(-(real)INFINITY), y);
    return select(kept, x, y);
}

/* tanh|x| = m / (m + 2) with m = exp(2|x|) - 1. */
INLINE vec vtanh(vec x) {
    vec m = vexpm1(R(2.0) * vmin(vabs(x), splat(TANH_FLAT)));
    vec y = m / (m + R(2.0));
    ivec sign = (ivec)x & (ivec)splat(R(-0.0));
    return (vec)((ivec)y | sign);
}

/* 1 / (1 + e^-x), as e^x / (1 + e^x) for negative x, so that small results keep their digits. */
INLINE vec vsigmoid(vec x) {
    vec e = vexp(-vabs(x));
    return select((ivec)(x < R(0.0)), e, splat(R(1.0))) / (R(1.0) + e);
}

/* log(1 + e^x) = max(x, 0) + log1p(e^-|x|). */
INLINE vec vsoftplus(vec x) { return vmax(x, splat(R(0.0))) + vlog1p(vexp(-vabs(x))); }

INLINE vec vsqrt(vec x) {
    vec y;
    for (ptrdiff_t i = 0; i < LANES; i++) y[i] = REAL_IS_DOUBLE ? (real)__builtin_sqrt(x[i]) : (real)__builtin_sqrtf((float)x[i]);
    return y;
}
