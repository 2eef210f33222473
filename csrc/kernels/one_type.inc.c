/* one_type.inc.c — every kernel for one floating-point type, and the table of their names. */
#include "real.h"
#include "vmath.h"
#include "libm.h"
#include "quantile.h"

#include "unary.inc.c"
#include "elementwise.inc.c"
#include "reduce.inc.c"
#include "counting.inc.c"
#include "softmax.inc.c"
#include "pairs.inc.c"
#include "move.inc.c"
#include "random.inc.c"
#include "strided.inc.c"
#include "norm.inc.c"
#include "gemm.inc.c"
#include "blocked.inc.c"
#include "rules.inc.c"
#include "update.inc.c"
#include "dense.inc.c"
#include "peak.inc.c"

#define KERNEL(name) {#name, FN(name)},
#define KERNEL_UNARY(name, value, factor) KERNEL(name) {#name "_grad", FN(name##_grad)},
#define KERNEL_BINARY(name, value) KERNEL(name)

const mlp_table_entry PASTE3(mlp_kernels, KERNEL_TYPE, MLP_ISA)[] = {
    UNARY_FUNCTIONS(KERNEL_UNARY)
    BINARY_FUNCTIONS(KERNEL_BINARY)
    KERNEL(where) KERNEL(broadcast)
    KERNEL(sum_cols) KERNEL(sum_all) KERNEL(sum_rows) KERNEL(argmax_cols) KERNEL(batch_size) KERNEL(accumulate)
    KERNEL(step_number)
    KERNEL(searchsorted) KERNEL(count)
    KERNEL(sparsemax) KERNEL(softmax) KERNEL(softmax_grad) KERNEL(softmax_crossentropy) KERNEL(softmax_crossentropy_grad)
    KERNEL(circle_pairs) KERNEL(circle_pairs_dx) KERNEL(circle_pairs_dr)
    KERNEL(gather) KERNEL(scatter) KERNEL(reshape)
    KERNEL(dropout_mask) KERNEL(dropout) KERNEL(random) KERNEL(advance)
    KERNEL(strided) KERNEL(concatenate) KERNEL(take_rows) KERNEL(take_rows_dtable) KERNEL(take_cols) KERNEL(take_cols_dx)
    KERNEL(combine_cols) KERNEL(combine_rows) KERNEL(product_of_others) KERNEL(cumsum_cols) KERNEL(argsort_cols)
    KERNEL(column_mean) KERNEL(column_variance) KERNEL(batch_norm) KERNEL(batch_norm_dgamma) KERNEL(batch_norm_dx)
    KERNEL(moving_average) KERNEL(row_norm) KERNEL(row_norm_dx)
    KERNEL(dense) KERNEL(dense_dx) KERNEL(dense_dkernel) KERNEL(update)
    KERNEL(peak_multiply_add) KERNEL(peak_copy) KERNEL(peak_read)
    {NULL, NULL},
};

