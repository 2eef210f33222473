/* move.inc.c — between the caller's arrays and the program's matrices, and from one shape to another. */

/* IEEE half precision to float: exponent and mantissa are moved into place; subnormals are scaled. */
#ifndef MLP_HALF
#define MLP_HALF
static inline float mlp_half_to_float(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, magnitude = h & 0x7fffu;
    union { uint32_t bits; float value; } u;
    if (magnitude >= 0x7c00u) u.bits = 0x7f800000u | (magnitude & 0x3ffu) << 13;
    else if (magnitude >= 0x400u) u.bits = (magnitude << 13) + 0x38000000u;
    else u.value = (float)magnitude * 5.9604644775390625e-08f; /* 2^-24 */
    u.bits |= sign;
    return u.value;
}
#endif

/* n elements, `stride` bytes apart, of any type. memcpy, because arrays of packed records are not aligned. */
#define READ_AS(c_type, convert)                                          \
    for (ptrdiff_t j = 0; j < n; j++) {                                   \
        c_type v;                                                         \
        memcpy(&v, from + j * stride, sizeof v);                          \
        to[j] = (real)convert(v);                                         \
    }                                                                     \
    break
#define READ(c_type)                                                      \
    if (stride == (ptrdiff_t)sizeof(c_type)) {                            \
        for (ptrdiff_t j = 0; j < n; j++) {                               \
            c_type v;                                                     \
            memcpy(&v, from + j * (ptrdiff_t)sizeof v, sizeof v);         \
            to[j] = (real)v;                                              \
        }                                                                 \
        break;                                                            \
    }                                                                     \
    READ_AS(c_type, )

#define read_elements FN(read_elements)
static void read_elements(mlp_type type, ptrdiff_t n, const char *from, ptrdiff_t stride, real *to) {
    switch (type) {
    case MLP_F16: READ_AS(uint16_t, mlp_half_to_float);
    case MLP_F32: READ(float);
    case MLP_F64: READ(double);
    case MLP_I8: READ(int8_t);
    case MLP_I16: READ(int16_t);
    case MLP_I32: READ(int32_t);
    case MLP_I64: READ(int64_t);
    case MLP_U8: READ(uint8_t);
    case MLP_U16: READ(uint16_t);
    case MLP_U32: READ(uint32_t);
    case MLP_U64: READ(uint64_t);
    }
}

#define copy_elements FN(copy_elements)
/* n elements of our own type; meanwhile those at `later` are brought near. */
INLINE void copy_elements(ptrdiff_t n, const char *from, const char *later, real *to) {
    const ptrdiff_t size = (ptrdiff_t)sizeof(real);
    ptrdiff_t j = 0;
    for (; j + 2 * LANES <= n; j += 2 * LANES) {
        __builtin_prefetch(later + j * size);
        memcpy(to + j, from + j * size, 2 * sizeof(vec));
    }
    for (; j + LANES <= n; j += LANES) memcpy(to + j, from + j * size, sizeof(vec));
    for (; j < n; j++) memcpy(to + j, from + j * size, sizeof(real));
}

#define gather_axes FN(gather_axes)
/* The axes of one sample from `axis` on, in C order; returns where the next element goes. `at` counts
 * elements so that a sample may be laid out over several rows of `cols` columns. */
static ptrdiff_t gather_axes(const mlp_array *a, int axis, const char *from, real *to, ptrdiff_t cols,
                             ptrdiff_t ld, ptrdiff_t at) {
    if (axis == a->rank - 1) {
        const ptrdiff_t n = a->shape[axis], stride = a->stride[axis];
        for (ptrdiff_t done = 0; done < n;) {
            const ptrdiff_t row = (at + done) / cols, col = (at + done) % cols;
            const ptrdiff_t count = mlp_min(n - done, cols - col);
            read_elements(a->type, count, from + done * stride, stride, to + row * ld + col);
            done += count;
        }
        return at + n;
    }
    for (ptrdiff_t i = 0; i < a->shape[axis]; i++)
        at = gather_axes(a, axis + 1, from + i * a->stride[axis], to, cols, ld, at);
    return at;
}

#define sample_of FN(sample_of)
INLINE ptrdiff_t sample_of(const mlp_step *step, ptrdiff_t i) {
    return step->order ? (ptrdiff_t)step->order[step->first + i] : step->first + i;
}

/* operand x; integer[0] = which of the caller's arrays. Row (or rows) i of x = sample i of the batch. */
static void FN(gather)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0];
    const mlp_array *a = &step->arrays[self->integer[0]];
    mlp_range samples = mlp_share(step->batch, ROW_UNIT, thread, threads);
    /* In a shuffled order nothing but this knows where the next sample is. */
    for (ptrdiff_t i = samples.begin; i < samples.end; i++)
        __builtin_prefetch(a->data + sample_of(step, i) * a->sample_stride);
    if (a->rank == 1 && x->rows_per_sample == 1) {
        const mlp_type own = sizeof(real) == sizeof(float) ? MLP_F32 : MLP_F64;
        if (a->type == own && a->stride[0] == (ptrdiff_t)sizeof(real)) {
            for (ptrdiff_t i = samples.begin; i < samples.end; i++) {
                const ptrdiff_t later = sample_of(step, mlp_min(i + 2, samples.end - 1));
                copy_elements(x->cols, a->data + sample_of(step, i) * a->sample_stride,
                              a->data + later * a->sample_stride, (real *)x->data + i * x->ld);
            }
            return;
        }
        for (ptrdiff_t i = samples.begin; i < samples.end; i++)
            read_elements(a->type, x->cols, a->data + sample_of(step, i) * a->sample_stride, a->stride[0],
                          (real *)x->data + i * x->ld);
        return;
    }
    for (ptrdiff_t i = samples.begin; i < samples.end; i++)
        gather_axes(a, 0, a->data + sample_of(step, i) * a->sample_stride,
                    (real *)x->data + i * x->rows_per_sample * x->ld, x->cols, x->ld, 0);
}

/* operand y; integer[0] = which of the caller's arrays, a C-contiguous one of the program's type. Row `first`
 * + i of it = sample i of the batch. */
static void FN(scatter)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *y = &self->operand[0];
    const mlp_array *a = &step->arrays[self->integer[0]];
    mlp_range samples = mlp_share(step->batch, ROW_UNIT, thread, threads);
    for (ptrdiff_t i = samples.begin; i < samples.end; i++) {
        char *to = a->data + (step->first + i) * a->sample_stride;
        for (ptrdiff_t r = 0; r < y->rows_per_sample; r++)
            memcpy(to + r * y->cols * (ptrdiff_t)sizeof(real),
                   (const real *)y->data + (i * y->rows_per_sample + r) * y->ld, (size_t)y->cols * sizeof(real));
    }
}

/* operands x, y of equally many elements: the same elements in the same order in another shape. Both are
 * per sample, or neither is. */
static void FN(reshape)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    const int per_sample = y->rows_per_sample > 0;
    const ptrdiff_t x_rows = per_sample ? x->rows_per_sample : x->rows;
    const ptrdiff_t y_rows = per_sample ? y->rows_per_sample : y->rows;
    mlp_range samples = mlp_share(per_sample ? step->batch : 1, ROW_UNIT, thread, threads);
    for (ptrdiff_t i = samples.begin; i < samples.end; i++) {
        const real *from = (const real *)x->data + i * x_rows * x->ld;
        real *to = (real *)y->data + i * y_rows * y->ld;
        for (ptrdiff_t r = 0, column = 0; r < x_rows; r++)
            for (ptrdiff_t j = 0; j < x->cols; j++) {
                to[column] = from[r * x->ld + j];
                if (++column == y->cols) {
                    column = 0;
                    to += y->ld;
                }
            }
    }
}
