/* elementwise.inc.c — functions of two and three matrices, with broadcasting.
 *
 * kernel  name:       operands a, b, out
 * kernel  where:      operands condition, a, b, out;  condition is taken where it is not 0
 * kernel  broadcast:  operands a, out
 *
 * An operand has the rows of the result, or a number of rows that divides them and is gone through again
 * and again (one row: the same for all), and as many columns as the result, or one for all of them.
 * Comparisons give 1 and 0.
 */
#define TRUTH(mask) select((ivec)(mask), ONE, ZERO)
#define BINARY_FUNCTIONS(BINARY)                                              \
    BINARY(add, a + b)                                                        \
    BINARY(subtract, a - b)                                                   \
    BINARY(multiply, a * b)                                                   \
    BINARY(divide, a / b)                                                     \
    BINARY(maximum, select((ivec)(a >= b) | (ivec)(a != a), a, b))             \
    BINARY(minimum, select((ivec)(a <= b) | (ivec)(a != a), a, b))             \
    BINARY(less, TRUTH(a < b))                                                \
    BINARY(less_equal, TRUTH(a <= b))                                         \
    BINARY(greater, TRUTH(a > b))                                             \
    BINARY(greater_equal, TRUTH(a >= b))                                      \
    BINARY(equal, TRUTH(a == b))                                              \
    BINARY(not_equal, TRUTH(a != b))                                          \
    BINARY(power, vpow(a, b))                                                 \
    BINARY(arctan2, vatan2(a, b))

/* Where row i of an operand begins; where it has one column for all, that column fills `filled` and *stride
 * is 0. */
#define broadcast_row FN(broadcast_row)
INLINE const real *broadcast_row(const mlp_operand *o, ptrdiff_t rows, ptrdiff_t out_rows, ptrdiff_t i,
                                 ptrdiff_t cols, real *filled, ptrdiff_t *stride) {
    const ptrdiff_t row = rows == out_rows ? i : rows == 1 ? 0 : i % rows;
    const real *p = (const real *)o->data + row * o->ld;
    *stride = 1;
    if (o->cols == 1 && cols != 1) {
        store(filled, splat(p[0]));
        *stride = 0;
        return filled;
    }
    return p;
}

/* The rows of an operand from `first` on as one long row, where it lies like the result or is a single number; else NULL. */
#define flat_row FN(flat_row)
INLINE const real *flat_row(const mlp_operand *o, const mlp_operand *out, ptrdiff_t first, real *filled,
                            ptrdiff_t *stride) {
    *stride = 1;
    if (mlp_lie_alike(o, out, LANES) && o->rows == out->rows && o->rows_per_sample == out->rows_per_sample)
        return (const real *)o->data + first * o->ld;
    if (o->cols != 1 || o->rows != 1 || o->rows_per_sample != 0) return NULL;
    store(filled, splat(*(const real *)o->data));
    *stride = 0;
    return filled;
}

/* Where rows follow one another without padding (ld = 1), a whole vector would run into the next rows:
 * then only the columns are written. */
#define write_row FN(write_row)
#define write_some FN(write_some)
/* By itself, so that nobody else's vector has to be in memory for its lanes to be told apart. */
static __attribute__((noinline, cold)) void write_some(real *to, ptrdiff_t n, vec v) {
    for (ptrdiff_t i = 0; i < n; i++) to[i] = v[i];
}
INLINE void write_row(real *row, ptrdiff_t j, ptrdiff_t n, ptrdiff_t ld, vec v) {
    if (ld >= LANES) store(row + j, v);
    else write_some(row + j, mlp_min(LANES, n - j), v);
}

#define DEFINE_BINARY(name, value)                                                               \
    static void FN(name)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) { \
        const mlp_operand *oa = &self->operand[0], *ob = &self->operand[1], *out = &self->operand[2];  \
        const ptrdiff_t rows_a = mlp_rows(oa, step), rows_b = mlp_rows(ob, step), m = mlp_rows(out, step); \
        const mlp_range rows = mlp_share(m, ROW_UNIT, thread, threads);                            \
        real fill_a[MLP_VECTOR_BYTES / sizeof(real)], fill_b[MLP_VECTOR_BYTES / sizeof(real)];         \
        ptrdiff_t step_a = 1, step_b = 1;                                                        \
        const real *pa = flat_row(oa, out, rows.begin, fill_a, &step_a);                          \
        const real *pb = flat_row(ob, out, rows.begin, fill_b, &step_b);                          \
        if (pa && pb) {                                                                          \
            real *po = (real *)out->data + rows.begin * out->ld;                                  \
            for (ptrdiff_t j = 0; j < (rows.end - rows.begin) * out->ld; j += LANES) {            \
                const vec a = load(pa + j * step_a), b = load(pb + j * step_b);                   \
                store(po + j, value);                                                            \
            }                                                                                    \
            return;                                                                              \
        }                                                                                        \
        for (ptrdiff_t i = rows.begin; i < rows.end; i++) {                                      \
            pa = broadcast_row(oa, rows_a, m, i, out->cols, fill_a, &step_a);                      \
            pb = broadcast_row(ob, rows_b, m, i, out->cols, fill_b, &step_b);                      \
            real *po = (real *)out->data + i * out->ld;                                           \
            for (ptrdiff_t j = 0; j < out->cols; j += LANES) {                                    \
                const vec a = load(pa + j * step_a), b = load(pb + j * step_b);                   \
                write_row(po, j, out->cols, out->ld, value);                                      \
            }                                                                                    \
        }                                                                                        \
    }

BINARY_FUNCTIONS(DEFINE_BINARY)

static void FN(where)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *out = &self->operand[3];
    const ptrdiff_t n = out->cols, m = mlp_rows(out, step);
    mlp_range rows = mlp_share(m, ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        real fill[3][MLP_VECTOR_BYTES / sizeof(real)];
        const real *in[3];
        ptrdiff_t stride[3];
        for (int o = 0; o < 3; o++)
            in[o] = broadcast_row(&self->operand[o], mlp_rows(&self->operand[o], step), m, i, n, fill[o],
                                  &stride[o]);
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            const ivec no = (ivec)(load(in[0] + j * stride[0]) == R(0.0));
            const vec v = select(no, load(in[2] + j * stride[2]), load(in[1] + j * stride[1]));
            write_row((real *)out->data + i * out->ld, j, n, out->ld, v);
        }
    }
}

static void FN(broadcast)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *a = &self->operand[0], *out = &self->operand[1];
    const ptrdiff_t n = out->cols, m = mlp_rows(out, step), rows_a = mlp_rows(a, step);
    mlp_range rows = mlp_share(m, ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        real fill[MLP_VECTOR_BYTES / sizeof(real)];
        ptrdiff_t stride;
        const real *row = broadcast_row(a, rows_a, m, i, n, fill, &stride);
        for (ptrdiff_t j = 0; j < n; j += LANES)
            write_row((real *)out->data + i * out->ld, j, n, out->ld, load(row + j * stride));
    }
}
