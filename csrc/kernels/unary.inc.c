/* unary.inc.c — elementwise functions of one matrix and their gradients.
 *
 * UNARY(name, value of x, gradient) lists each function once. The gradient is the factor that the
 * incoming gradient g is multiplied by: an expression in y where the function allows it (a dense layer
 * then keeps only its output), else in x. pymlp/ops/elementwise.py says which. p and q are parameters.
 *
 * A relu must read "x < 0 becomes 0", not "x > 0 stays": a NaN is to be seen, not hidden.
 *
 * kernel  name:        operands x, y;       numbers p, q
 * kernel  name_grad:   operands g, x or y, dx;  dx = g * factor; g may be one number for all
 */
#define ZERO splat(R(0.0))
#define ONE splat(R(1.0))
#define UNARY_FUNCTIONS(UNARY)                                                                   \
    UNARY(copy, x, ONE)                                                                          \
    UNARY(negative, -x, -ONE)                                                                    \
    UNARY(abs, vabs(x), select((ivec)(x == R(0.0)), ZERO, select((ivec)(x < R(0.0)), -ONE, ONE)))   \
    UNARY(sign, select((ivec)(x == R(0.0)) | (ivec)(x != x), x, select((ivec)(x < R(0.0)), -ONE, ONE)), ZERO) \
    UNARY(square, x * x, R(2.0) * x)                                                             \
    UNARY(sqrt, vsqrt(x), R(0.5) / x)                                                            \
    UNARY(exp, vexp(x), x)                                                                       \
    UNARY(log, vlog(x), R(1.0) / x)                                                              \
    UNARY(log1p, vlog1p(x), R(1.0) / (R(1.0) + x))                                               \
    UNARY(relu, select((ivec)(x < R(0.0)), ZERO, x), select((ivec)(x > R(0.0)), ONE, ZERO))      \
    UNARY(leaky_relu, select((ivec)(x < R(0.0)), p * x, x), select((ivec)(x > R(0.0)), ONE, p))   \
    UNARY(elu, select((ivec)(x > R(0.0)), x, p * vexpm1(x)), select((ivec)(x > R(0.0)), ONE, x + p)) \
    UNARY(sigmoid, vsigmoid(x), x * (R(1.0) - x))                                                \
    UNARY(tanh, vtanh(x), R(1.0) - x * x)                                                        \
    UNARY(softplus, vsoftplus(x), -vexpm1(-x))                                                    \
    UNARY(erf, verf(x), R(1.12837916709551257390) * vexp(-(x * x)))                              \
    UNARY(clip, vmin(vmax(x, p), q), select((ivec)(x < p) | (ivec)(x > q), ZERO, ONE))           \
    UNARY(expm1, select((ivec)(x > R(60.0)), vexp(x), vexpm1(x)), x + ONE)                        \
    UNARY(sin, vsin(x), vcos(x))                                                                 \
    UNARY(cos, vcos(x), -vsin(x))                                                                \
    UNARY(floor, vfloor(x), ZERO)                                                                \
    UNARY(ceil, -vfloor(-x), ZERO)                                                               \
    UNARY(round, vround(x), ZERO)                                                                \
    UNARY(arcsin, vasin(x), ONE / vsqrt((ONE - x) * (ONE + x)))                                  \
    UNARY(arccos, vacos(x), -ONE / vsqrt((ONE - x) * (ONE + x)))                                 \
    UNARY(arctan, vatan(x), ONE / (ONE + x * x))                                                 \
    UNARY(arcsinh, vasinh(x), ONE / vsqrt(ONE + x * x))                                          \
    UNARY(arccosh, vacosh(x), ONE / vsqrt((x - ONE) * (x + ONE)))                                \
    UNARY(arctanh, vatanh(x), ONE / ((ONE - x) * (ONE + x)))                                     \
    UNARY(cbrt, vcbrt(x), ONE / (R(3.0) * x * x))                                                \
    UNARY(erfc, verfc(x), R(-1.12837916709551257390) * vexp(-(x * x)))                           \
    UNARY(erfinv, verfinv(x), R(0.88622692545275801365) * vexp(x * x))

#define DEFINE_UNARY(name, value, factor)                                                        \
    static void FN(name##_row)(ptrdiff_t n, const real *in, real *out, const double *numbers) {     \
        const vec p = splat((real)numbers[0]), q = splat((real)numbers[1]);                            \
        (void)p, (void)q;                                                                        \
        for (ptrdiff_t j = 0; j < n; j += LANES) {                                               \
            const vec x = load(in + j);                                                          \
            store(out + j, value);                                                               \
        }                                                                                        \
    }                                                                                            \
    /* out may be g. */                                                                          \
    static void FN(name##_grad_row)(ptrdiff_t n, const real *g, const real *in, real *out,         \
                                    const double *numbers) {                                        \
        const vec p = splat((real)numbers[0]), q = splat((real)numbers[1]);                            \
        (void)p, (void)q;                                                                        \
        for (ptrdiff_t j = 0; j < n; j += LANES) {                                               \
            const vec x = load(in + j);                                                          \
            (void)x;                                                                             \
            store(out + j, load(g + j) * (factor));                                              \
        }                                                                                        \
    }                                                                                            \
    static void FN(name)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) { \
        FN(unary_matrix)(self, step, thread, threads, FN(name##_row));                           \
    }                                                                                            \
    static void FN(name##_grad)(const mlp_instruction *self, const mlp_step *step, int thread,      \
                                int threads) {                                                   \
        FN(unary_grad_matrix)(self, step, thread, threads, FN(name##_grad_row));                   \
    }

typedef void FN(row_function)(ptrdiff_t n, const real *in, real *out, const double *numbers);
typedef void FN(row_gradient)(ptrdiff_t n, const real *g, const real *in, real *out, const double *numbers);

static void FN(unary_matrix)(const mlp_instruction *self, const mlp_step *step, int thread, int threads,
                             FN(row_function) *row) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    mlp_range rows = mlp_share(mlp_rows(y, step), ROW_UNIT, thread, threads);
    if (mlp_lie_alike(x, y, LANES)) {
        ptrdiff_t n = (rows.end - rows.begin) * y->ld;
        row(n, (const real *)x->data + rows.begin * x->ld, (real *)y->data + rows.begin * y->ld, self->number);
        return;
    }
    for (ptrdiff_t i = rows.begin; i < rows.end; i++)
        row(y->cols, (const real *)x->data + i * x->ld, (real *)y->data + i * y->ld, self->number);
}

static void FN(unary_grad_matrix)(const mlp_instruction *self, const mlp_step *step, int thread, int threads,
                                  FN(row_gradient) *row) {
    const mlp_operand *g = &self->operand[0], *x = &self->operand[1], *dx = &self->operand[2];
    mlp_range rows = mlp_share(mlp_rows(dx, step), ROW_UNIT, thread, threads);
    if (mlp_is_number(g)) {
        real filled[8 * MLP_VECTOR_BYTES / sizeof(real)];
        const ptrdiff_t most = (ptrdiff_t)(sizeof filled / sizeof(real));
        for (ptrdiff_t j = 0; j < most; j += LANES) store(filled + j, splat(*(const real *)g->data));
        const ptrdiff_t whole = dx->ld == 1 && x->ld == 1; /* rows without padding: one long row */
        const ptrdiff_t count = whole ? rows.begin + 1 : rows.end, n = whole ? rows.end - rows.begin : dx->cols;
        for (ptrdiff_t i = rows.begin; i < mlp_min(count, rows.end); i++)
            for (ptrdiff_t j = 0; j < n; j += most)
                row(mlp_min(most, n - j), filled, (const real *)x->data + i * x->ld + j,
                    (real *)dx->data + i * dx->ld + j, self->number);
        return;
    }
    if (mlp_lie_alike(g, dx, LANES) && mlp_lie_alike(x, dx, LANES)) {
        row((rows.end - rows.begin) * dx->ld, (const real *)g->data + rows.begin * g->ld,
            (const real *)x->data + rows.begin * x->ld, (real *)dx->data + rows.begin * dx->ld, self->number);
        return;
    }
    for (ptrdiff_t i = rows.begin; i < rows.end; i++)
        row(dx->cols, (const real *)g->data + i * g->ld, (const real *)x->data + i * x->ld,
            (real *)dx->data + i * dx->ld, self->number);
}

UNARY_FUNCTIONS(DEFINE_UNARY)

/* The functions by number, for dense layers, whose epilogues apply them row by row. */
enum FN(unary_number) {
#define NUMBER(name, value, factor) FN(name##_number),
    UNARY_FUNCTIONS(NUMBER)
#undef NUMBER
};
static FN(row_function) *const FN(row_functions)[] = {
#define ENTRY(name, value, factor) FN(name##_row),
    UNARY_FUNCTIONS(ENTRY)
#undef ENTRY
};
static FN(row_gradient) *const FN(row_gradients)[] = {
#define ENTRY(name, value, factor) FN(name##_grad_row),
    UNARY_FUNCTIONS(ENTRY)
#undef ENTRY
};
