/* quantile.h — the quantiles of the normal distribution, and the inverse of erf, on vectors.
 *
 * Wichura's rational functions (1988: "Algorithm AS 241: the percentage points of the normal distribution").
 */
#define normal_above FN(normal_above)
#define polynomial7 FN(polynomial7)
#define verfinv FN(verfinv)

INLINE vec polynomial7(vec t, const real c[8]) {
    vec p = splat(c[7]);
    for (int i = 6; i >= 0; i--) p = p * t + c[i];
    return p;
}

/* The z above which a standard normal number lies with probability r, for 0 < r <= 1/2, and q = 1/2 - r, which near the
 * middle has the digits that count. */
INLINE vec normal_above(vec q, vec r) {
    static const real A[8] = {R(3.3871328727963666080e0), R(1.3314166789178437745e2), R(1.9715909503065514427e3),
                              R(1.3731693765509461125e4), R(4.5921953931549871457e4), R(6.7265770927008700853e4),
                              R(3.3430575583588128105e4), R(2.5090809287301226727e3)};
    static const real B[8] = {R(1.0), R(4.2313330701600911252e1), R(6.8718700749205790830e2), R(5.3941960214247511077e3),
                              R(2.1213794301586595867e4), R(3.9307895800092710610e4), R(2.8729085735721942674e4),
                              R(5.2264952788528545610e3)};
    static const real C[8] = {R(1.42343711074968357734e0), R(4.63033784615654529590e0), R(5.76949722146069140550e0),
                              R(3.64784832476320460504e0), R(1.27045825245236838258e0), R(2.41780725177450611770e-1),
                              R(2.27238449892691845833e-2), R(7.74545014278341407640e-4)};
    static const real D[8] = {R(1.0), R(2.05319162663775882187e0), R(1.67638483018380384940e0),
                              R(6.89767334985100004550e-1), R(1.48103976427480074590e-1), R(1.51986665636164571966e-2),
                              R(5.47593808499534494600e-4), R(1.05075007164441684324e-9)};
    const vec t = R(0.180625) - q * q;
    const vec root = vsqrt(-vlog(r)), near = root - R(1.6);
    vec tail = polynomial7(near, C) / polynomial7(near, D);
#if REAL_IS_DOUBLE
    /* Beyond 5.6 standard deviations, where float never gets. */
    static const real E[8] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                              2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const real F[8] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                              7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                              2.04426310338993978564e-15};
    const vec far = root - 5.0;
    tail = select((ivec)(root > 5.0), polynomial7(far, E) / polynomial7(far, F), tail);
#endif
    return select((ivec)(q <= R(0.425)), q * polynomial7(t, A) / polynomial7(t, B), tail);
}

/* erf(z / sqrt 2) is the probability between -z and z. */
INLINE vec verfinv(vec x) {
    const vec a = vabs(x);
    vec z = R(0.70710678118654752440) * normal_above(R(0.5) * a, R(0.5) - R(0.5) * a);
    z = select((ivec)(a == R(1.0)), splat((real)INFINITY), z);
    z = select((ivec)(a > R(1.0)), splat((real)NAN), z);
    return copy_sign(z, x);
}
