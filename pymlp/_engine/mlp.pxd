# The C prototypes of csrc/mlp.h, and nothing else.
from libc.stdint cimport int64_t, uint64_t

cdef extern from "mlp.h" nogil:
    enum:
        MLP_ALIGNMENT
        MLP_MAX_OPERANDS
        MLP_MAX_INTEGERS
        MLP_MAX_NUMBERS
        MLP_MAX_RANK
        MLP_MAX_THREADS

    ctypedef struct mlp_operand:
        void *data
        ptrdiff_t rows
        ptrdiff_t rows_per_sample
        ptrdiff_t cols
        ptrdiff_t ld

    ctypedef enum mlp_type:
        MLP_F16, MLP_F32, MLP_F64, MLP_I8, MLP_I16, MLP_I32, MLP_I64, MLP_U8, MLP_U16, MLP_U32, MLP_U64

    ctypedef struct mlp_array:
        char *data
        mlp_type type
        ptrdiff_t sample_stride
        int rank
        ptrdiff_t *shape
        ptrdiff_t *stride

    ctypedef struct mlp_step:
        ptrdiff_t batch

    ctypedef struct mlp_kernel:
        pass

    ctypedef int mlp_callback(void *context, const mlp_step *step) noexcept

    ctypedef struct mlp_instruction:
        mlp_kernel *run
        mlp_callback *call
        void *context
        int barrier
        mlp_operand *operand
        ptrdiff_t *integer
        double *number

    ctypedef struct mlp_program:
        const mlp_instruction *instructions
        ptrdiff_t count
        void **scratch

    ctypedef struct mlp_span:
        ptrdiff_t first
        ptrdiff_t last
        ptrdiff_t batch_size
        const int64_t *order
        const mlp_array *arrays
        const double *scalars
        ptrdiff_t scalars_per_step

    int mlp_run(const mlp_program *program, const mlp_span *span, int threads) noexcept
    void mlp_shuffle(int64_t *order, ptrdiff_t n, uint64_t seed) noexcept
    void mlp_profile(const mlp_program *program, const mlp_span *span, double *seconds) noexcept
    mlp_kernel *mlp_find_kernel(const char *name, int is_double) noexcept
    size_t mlp_scratch_elements(ptrdiff_t widest, ptrdiff_t tallest) noexcept
    const char *mlp_choose_isa(const char *limit) noexcept
    const char *mlp_isa() noexcept
