/* share.h — which part of a loop is this thread's. Independent of type and instruction set. */
#ifndef MLP_SHARE_H
#define MLP_SHARE_H

#include "../mlp.h"

typedef struct mlp_range {
    ptrdiff_t begin, end;
} mlp_range;

static inline ptrdiff_t mlp_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/* This thread's part of 0..n in whole units (of rows of a tile, of lanes of a vector). */
static inline mlp_range mlp_share(ptrdiff_t n, ptrdiff_t unit, int thread, int threads) {
    if (threads == 1) return (mlp_range){0, n}; /* the divisions below are felt in small networks */
    ptrdiff_t units = (n + unit - 1) / unit;
    return (mlp_range){mlp_min(units * thread / threads * unit, n),
                       mlp_min(units * (thread + 1) / threads * unit, n)};
}

typedef struct mlp_part {
    mlp_range rows, cols;
} mlp_part;

/* This thread's part of a matrix of m rows and n columns: columns in whole units, and of a unit that two threads share
 * each its rows. At most three rectangles, whose number is returned. */
static inline int mlp_share_matrix(ptrdiff_t m, ptrdiff_t n, ptrdiff_t unit, int thread, int threads, mlp_part part[3]) {
    const ptrdiff_t total = (n + unit - 1) / unit * m; /* rows of units, unit by unit */
    const ptrdiff_t begin = total * thread / threads, end = total * (thread + 1) / threads;
    int count = 0;
    for (ptrdiff_t at = begin; at < end;) {
        const ptrdiff_t first = at / m, row = at % m;
        /* Whole units together, or else what there is of this one. */
        const ptrdiff_t units = row == 0 && end - at >= m ? (end - at) / m : 1;
        const ptrdiff_t rows = mlp_min(m - row, end - at);
        part[count++] = (mlp_part){{row, row + rows}, {first * unit, mlp_min((first + units) * unit, n)}};
        at += units * rows;
    }
    return count;
}

/* Every kernel that works row by row shares its rows out in these units, so that a chain of such kernels
 * needs no barrier, and so that threads never meet inside a vector where a tensor of shape (batch,)
 * lies without padding. */
#define ROW_UNIT (MLP_ALIGNMENT / 4)

/* The rows of an operand in this step. */
static inline ptrdiff_t mlp_rows(const mlp_operand *o, const mlp_step *s) {
    return o->rows + o->rows_per_sample * s->batch;
}

/* Whether two operands have as many columns and lie alike, with less than a vector of padding at the end of a row: then
 * their rows may be gone through as one long row of rows * ld elements, padding included. */
static inline int mlp_lie_alike(const mlp_operand *a, const mlp_operand *b, ptrdiff_t lanes) {
    return a->ld == b->ld && a->cols == b->cols && a->ld - a->cols < lanes;
}

/* Whether an operand is one number. */
static inline int mlp_is_number(const mlp_operand *o) { return o->rows == 1 && o->rows_per_sample == 0 && o->cols == 1; }

#endif
