/* mlp.h — the whole C side of pymlp, as its callers see it.
 *
 * Conventions
 *   - C11, no Python.h, no allocation inside a step, no input or output, no failure: callers have
 *     checked every shape and type before a kernel runs.
 *   - A matrix is row-major: element (i, j) is data[i * ld + j]. Rows start on 64-byte boundaries and
 *     `ld` is rounded up so that whole vectors may be read and written past the last column. What
 *     stands in that padding is never read as a value.
 *   - A tensor of shape (d0, ..., dn) is a matrix of d0 * ... * d(n-1) rows and dn columns; a tensor
 *     of shape (batch,) is `batch` rows of one column with ld = 1.
 *   - Sizes are ptrdiff_t, and zero is allowed everywhere.
 *   - Threads: every thread calls every kernel with its index and does its own share. The dimension
 *     that is summed is never shared out, so results have the same bits for any number of threads.
 *   - d + name is the gradient of the loss with respect to `name`.
 */
#ifndef MLP_H
#define MLP_H

#include <stddef.h>
#include <stdint.h>

#define MLP_ALIGNMENT 64
#define MLP_MAX_OPERANDS 8
#define MLP_MAX_INTEGERS 28 /* of movements along MLP_MAX_RANK axes; no other kernel takes more than 6 */
#define MLP_MAX_NUMBERS 4
#define MLP_MAX_RANK 8
#define MLP_MAX_THREADS 64

/* ---- data -------------------------------------------------------------------------------- */

/* One argument of an instruction: a matrix of rows + rows_per_sample * batch rows. */
typedef struct mlp_operand {
    void *data; /* float or double, by the program's type; NULL where an argument is left out */
    ptrdiff_t rows;
    ptrdiff_t rows_per_sample;
    ptrdiff_t cols;
    ptrdiff_t ld;
} mlp_operand;

/* Element types of the caller's arrays. */
typedef enum mlp_type {
    MLP_F16, MLP_F32, MLP_F64, MLP_I8, MLP_I16, MLP_I32, MLP_I64, MLP_U8, MLP_U16, MLP_U32, MLP_U64
} mlp_type;

/* A caller's array, of any numeric type and any strides (in bytes): samples along the first axis. Axes of a sample
 * that follow one another evenly are given as one, a single number as an axis of one element. */
typedef struct mlp_array {
    char *data;
    mlp_type type;
    ptrdiff_t sample_stride;
    int rank; /* of one sample */
    ptrdiff_t shape[MLP_MAX_RANK];
    ptrdiff_t stride[MLP_MAX_RANK];
} mlp_array;

/* What differs from one step (one batch) to the next. */
typedef struct mlp_step {
    ptrdiff_t batch;         /* rows of this batch */
    ptrdiff_t first;         /* position of its first row in the epoch's order */
    const int64_t *order;    /* order[first + i] is the sample in row i; NULL for first + i itself */
    const mlp_array *arrays; /* the caller's arrays: inputs to gather, outputs to store */
    const double *scalars;   /* the optimizer's numbers for this step: learning rate and the like */
    void *const *scratch;    /* one block of private memory a thread */
} mlp_step;

/* ---- instructions ------------------------------------------------------------------------ */

typedef struct mlp_instruction mlp_instruction;
typedef void mlp_kernel(const mlp_instruction *, const mlp_step *, int thread, int threads);

/* A call back to whoever made the program. Not zero: the span ends here. */
typedef int mlp_callback(void *context, const mlp_step *);

/* One kernel call, or one callback. Which operand, integer and number means what stands above each kernel in
 * csrc/kernels/. */
struct mlp_instruction {
    mlp_kernel *run;
    mlp_callback *call; /* in place of `run`: by the thread that began the run, while all others wait */
    void *context;      /* what `call` is given; it knows its operands itself */
    int barrier; /* all threads must have finished the instructions before this one */
    mlp_operand operand[MLP_MAX_OPERANDS];
    double number[MLP_MAX_NUMBERS];
    ptrdiff_t integer[MLP_MAX_INTEGERS];
};

/* ---- running ----------------------------------------------------------------------------- */

typedef struct mlp_program {
    const mlp_instruction *instructions;
    ptrdiff_t count;
    void *const *scratch;
} mlp_program;

/* A run of consecutive batches: rows [first, last) of the epoch's order, batch_size at a time. */
typedef struct mlp_span {
    ptrdiff_t first, last, batch_size;
    const int64_t *order;
    const mlp_array *arrays;
    const double *scalars;         /* (steps, scalars_per_step), row-major */
    ptrdiff_t scalars_per_step;
} mlp_span;

/* Run `program` over `span` with at most `threads` threads; return how many were used. Safe to call
 * from several threads at once, and from a callback: whoever finds the team at work runs alone. */
int mlp_run(const mlp_program *program, const mlp_span *span, int threads);

/* order = 0 ... n - 1 in an order that depends on `seed` alone, each of the n! equally likely. */
void mlp_shuffle(int64_t *order, ptrdiff_t n, uint64_t seed);

/* Run `program` over `span` in this thread alone; add to seconds[i] what instruction i took. */
void mlp_profile(const mlp_program *program, const mlp_span *span, double *seconds);

/* ---- choosing kernels -------------------------------------------------------------------- */

/* The kernel of that name for float ("f32") or double ("f64") on the chosen instruction set, or NULL. */
mlp_kernel *mlp_find_kernel(const char *name, int is_double);

/* Elements of private memory that a thread needs where the widest operand has `widest` columns and the tallest
 * `tallest` rows. */
#define MLP_SCRATCH_ROWS 64
size_t mlp_scratch_elements(ptrdiff_t widest, ptrdiff_t tallest);

/* Choose the instruction set: the best this machine has, not above `limit` ("baseline", "avx2" or
 * "avx512", on ARM64 "neon"; NULL for no limit). Return its name, or NULL for a name that is unknown or that this machine or
 * build lacks. */
const char *mlp_choose_isa(const char *limit);
const char *mlp_isa(void);

#endif
