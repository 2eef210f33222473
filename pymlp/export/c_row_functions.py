"""The C functions of rows and of single indices, as `pymlp.export.c_functions` wants them."""

from __future__ import annotations

__all__ = ["ROW_FUNCTIONS"]

ROW_FUNCTIONS = {
    "dense": """\
/* y = x kernel + bias. The kernel is (inputs, units), so that the inner loop is over units, side by side in memory:
 * compilers make vector instructions of it. */
static void NAME_dense(size_t rows, size_t inputs, size_t units, const float *restrict x,
        const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (size_t r = 0; r < rows; r++, x += inputs, y += units) {
        for (size_t j = 0; j < units; j++)
            y[j] = bias ? bias[j] : 0.0f;
        for (size_t k = 0; k < inputs; k++) {
            const float xk = x[k];
            const float *restrict weights = kernel + k * units;
            for (size_t j = 0; j < units; j++)
                y[j] += xk * weights[j];
        }
    }
}
""",
    "softmax": """\
/* y = e^x / (sum of e^x) for each row; the greatest x is taken off first, so that nothing overflows. y may be x. */
static void NAME_softmax(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        const float top = NAME_greatest(n, x);
        float sum = 0.0f;
        for (size_t j = 0; j < n; j++) {
            y[j] = expf(x[j] - top);
            sum += y[j];
        }
        for (size_t j = 0; j < n; j++)
            y[j] /= sum;
    }
}
""",
    "sparsemax": """\
/* y = max(x - t, 0) for each row, t such that y adds up to 1 (Martins and Astudillo 2016). */
static void NAME_sparsemax(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        const double top = (double)NAME_greatest(n, x);
        double bar = -(double)INFINITY;
        for (size_t above = 0, before = n + 1; above != before;) {
            double sum = -1.0;
            before = above ? above : n + 1;
            above = 0;
            for (size_t j = 0; j < n; j++)
                if ((double)x[j] - top > bar) {
        sum += (double)x[j] - top;
        above++;
                }
            if (above == 0)
                break;
            bar = sum / (double)above;
        }
        for (size_t j = 0; j < n; j++) {
            const double rest = (double)x[j] - top - bar;
            y[j] = rest <= 0.0 ? 0.0f : (float)rest;
        }
    }
}
""",
    "crossentropy": """\
/* y = sum of target (log(sum of e^logits) - logits) for each row. */
static void NAME_crossentropy(size_t rows, size_t n, const float *logits, const float *target, float *y)
{
    for (size_t r = 0; r < rows; r++, logits += n, target += n) {
        const float top = NAME_greatest(n, logits);
        const double log_sum = log((double)NAME_exponentials(n, logits, top));
        double loss = 0.0;
        for (size_t j = 0; j < n; j++)
            if (target[j] != 0.0f)
                loss += (double)target[j] * (log_sum - ((double)logits[j] - (double)top));
        y[r] = (float)loss;
    }
}
""",
    "class_crossentropy": """\
/* y = log(sum of e^logits) - the logit of the class, for each row; NaN for a class that there is not. */
static void NAME_class_crossentropy(size_t rows, size_t n, const float *logits, const float *target, float *y)
{
    for (size_t r = 0; r < rows; r++, logits += n) {
        const float top = NAME_greatest(n, logits);
        const double log_sum = log((double)NAME_exponentials(n, logits, top));
        if (target[r] >= 0.0f && target[r] < (float)n)
            y[r] = (float)(log_sum - ((double)logits[(size_t)target[r]] - (double)top));
        else
            y[r] = NAN;
    }
}
""",
    "exponentials": """\
static float NAME_exponentials(size_t n, const float *x, float top)
{
    float sum = 0.0f;
    for (size_t j = 0; j < n; j++)
        sum += expf(x[j] - top);
    return sum;
}
""",
    "batch_norm": """\
/* y = (x - mean) scale + shift, column by column. y may be x. */
static void NAME_batch_norm(size_t rows, size_t n, const float *x, const float *mean, const float *scale,
        const float *shift, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n, y += n)
        for (size_t j = 0; j < n; j++)
            y[j] = (x[j] - mean[j]) * scale[j] + shift[j];
}
""",
    "row_norm": """\
/* y = (x - mean) / sqrt(mean of (x - mean)^2 + epsilon) for each row; mean is 0 unless centered. y may be x. */
static void NAME_row_norm(size_t rows, size_t n, int centered, double epsilon, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        double sum = 0.0, squares = 0.0;
        for (size_t j = 0; centered && j < n; j++)
            sum += (double)x[j];
        const float mean = (float)(sum / (double)n);
        for (size_t j = 0; j < n; j++)
            squares += (double)(x[j] - mean) * (double)(x[j] - mean);
        const float scale = (float)(1.0 / sqrt(squares / (double)n + epsilon));
        for (size_t j = 0; j < n; j++)
            y[j] = (x[j] - mean) * scale;
    }
}
""",
    "row_sum": """\
/* y = factor * sum of each row. */
static void NAME_row_sum(size_t rows, size_t n, double factor, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++)
            sum += (double)x[j];
        y[r] = (float)(sum * factor);
    }
}
""",
    "greatest": """\
static float NAME_greatest(size_t n, const float *x)
{
    float found = x[0];
    for (size_t j = 1; j < n && found == found; j++)
        if (!(x[j] <= found))
            found = x[j];
    return found;
}
""",
    "row_max": """\
/* y = the greatest element of each row; a NaN stays. */
static void NAME_row_max(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n)
        y[r] = NAME_greatest(n, x);
}
""",
    "row_min": """\
/* y = the least element of each row; a NaN stays. */
static void NAME_row_min(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n) {
        float found = x[0];
        for (size_t j = 1; j < n && found == found; j++)
            if (!(x[j] >= found))
                found = x[j];
        y[r] = found;
    }
}
""",
    "row_product": """\
/* y = the product of each row. */
static void NAME_row_product(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n) {
        float product = 1.0f;
        for (size_t j = 0; j < n; j++)
            product *= x[j];
        y[r] = product;
    }
}
""",
    "row_argmax": """\
/* y = the index of the greatest element of each row, the first of equals; a NaN counts as the greatest. */
static void NAME_row_argmax(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n) {
        size_t best = 0;
        for (size_t j = 1; j < n && x[best] == x[best]; j++)
            if (!(x[j] <= x[best]))
                best = j;
        y[r] = (float)best;
    }
}
""",
    "row_cumsum": """\
/* y = the sums of each row up to each element, it included; from the end if reversed. y may be x. */
static void NAME_row_cumsum(size_t rows, size_t n, int reversed, const float *x, float *y)
{
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        double sum = 0.0;
        for (size_t k = 0; k < n; k++) {
            const size_t j = reversed ? n - 1 - k : k;
            sum += (double)x[j];
            y[j] = (float)sum;
        }
    }
}
""",
    "row_argsort": """\
/* y = the places of the elements of each row from the least to the greatest, NaN last, equal ones in their order. */
static void NAME_row_argsort(size_t rows, size_t n, const float *x, float *restrict y)
{
    for (size_t r = 0; r < rows; r++, x += n, y += n)
        for (size_t j = 0; j < n; j++) {
            size_t at = j;
            for (; at > 0; at--) {
                const float before = x[(size_t)y[at - 1]];
                if (!(x[j] < before || (before != before && x[j] == x[j])))
        break;
                y[at] = y[at - 1];
            }
            y[at] = (float)j;
        }
}
""",
    "search": """\
/* y = how many numbers of a sorted list are less than x, or if right is 1 not greater; 0 for a NaN. y may be x. */
static void NAME_search(size_t count, size_t n, int right, const float *x, const float *list, float *y)
{
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = n;
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (list[middle] < x[i] || (right && list[middle] == x[i]))
                low = middle + 1;
            else
                high = middle;
        }
        y[i] = (float)low;
    }
}
""",
    "place": """\
/* A whole number in 0..n-1, negative ones counted from the end; n where index is no such place. */
static size_t NAME_place(float index, size_t n)
{
    if (!(index >= -(float)n && index < (float)n))
        return n;
    return index <= -1.0f ? n - (size_t)-index : index < 0.0f ? 0 : (size_t)index;
}
""",
    "take_rows": """\
/* Row i of y = row index[i] of the table, NaN where there is none. */
static void NAME_take_rows(size_t count, size_t rows, size_t n, const float *table, const float *index,
        float *restrict y)
{
    for (size_t i = 0; i < count; i++, y += n) {
        const size_t row = NAME_place(index[i], rows);
        for (size_t j = 0; j < n; j++)
            y[j] = row < rows ? table[row * n + j] : NAN;
    }
}
""",
    "take_columns": """\
/* y[r, j] = x[r, index[r, j]], NaN where there is none; step is how far apart the rows of index are. */
static void NAME_take_columns(size_t rows, size_t n, size_t count, size_t step, const float *x,
        const float *index, float *restrict y)
{
    for (size_t r = 0; r < rows; r++, x += n, index += step, y += count)
        for (size_t j = 0; j < count; j++) {
            const size_t column = NAME_place(index[j], n);
            y[j] = column < n ? x[column] : NAN;
        }
}
""",
}
