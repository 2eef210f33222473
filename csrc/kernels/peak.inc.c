/* peak.inc.c — what the machine can do on this instruction set: the yardstick of every share of peak. Nothing that is
 * trained uses these kernels. */

/* Independent sums: more than the latency of a multiply-add times how many begin in a cycle (4 x 2 on x86-64, 4 x 4 on
 * some ARM64), and as many as there are registers for. */
#undef PEAK_SUMS
#define PEAK_ROUNDS 4096
#if defined(__aarch64__) || MLP_VECTOR_BYTES == 64
#define PEAK_SUMS 24
#else
#define PEAK_SUMS 12
#endif

/* operands y (m, 1), a sum for each thread, and n, the floating-point operations of a thread. Every thread does all of
 * them: PEAK_ROUNDS times a multiply-add of each vector, on registers only. number[0] = where the sums begin; a constant
 * would let the compiler foresee one that stays at 1. */
static void FN(peak_multiply_add)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *y = &self->operand[0], *n = &self->operand[1];
    const vec factor = splat(R(0.999)), term = splat(R(0.001)); /* sums settle at 1, far from subnormals */
    vec sum[PEAK_SUMS];
    for (int i = 0; i < PEAK_SUMS; i++) sum[i] = splat((real)self->number[0] + R(0.01) * (real)i);
    for (int round = 0; round < PEAK_ROUNDS; round++) {
        _Pragma("GCC unroll 24")
        for (int i = 0; i < PEAK_SUMS; i++) sum[i] = sum[i] * factor + term;
    }
    for (int i = 1; i < PEAK_SUMS; i++) sum[0] += sum[i];
    const mlp_range rows = mlp_share(mlp_rows(y, step), 1, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) ((real *)y->data)[i * y->ld] = sum[0][0];
    if (thread == 0) *(real *)n->data = (real)(2 * PEAK_ROUNDS * PEAK_SUMS * LANES);
}

/* operands x, y: y = x, each thread its rows. */
static void FN(peak_copy)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    const mlp_range rows = mlp_share(mlp_rows(y, step), 1, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++)
        memcpy((real *)y->data + i * y->ld, (const real *)x->data + i * x->ld, (size_t)y->cols * sizeof(real));
}

/* operands x, y: y(i) = the sum of row i of x as far as whole cache lines go; each thread its rows. Reads, and as
 * little else as can be. */
static void FN(peak_read)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *y = &self->operand[1];
    const mlp_range rows = mlp_share(mlp_rows(x, step), 1, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        const real *row = (const real *)x->data + i * x->ld;
        vec sum[8] = {{0}};
        for (ptrdiff_t j = 0; j + 8 * LANES <= x->cols; j += 8 * LANES) {
            _Pragma("GCC unroll 8")
            for (int v = 0; v < 8; v++) sum[v] += load(row + j + v * LANES);
        }
        for (int v = 1; v < 8; v++) sum[0] += sum[v];
        real total = 0;
        for (ptrdiff_t l = 0; l < LANES; l++) total += sum[0][l];
        ((real *)y->data)[i * y->ld] = total;
    }
}
