"""The text of exported C files around what differs from model to model.

``@PART@`` stands for a part, ``NAME_`` and ``UPPER_`` for the prefix in its two forms.
"""

from __future__ import annotations

__all__ = ["HEADER", "MAIN", "PREDICT", "SELF_TEST", "SOURCE"]

HEADER = """\
/* The neural network "@TITLE@", written by pymlp @VERSION@. See the file @COMMENTED_FILE@.c. */
#ifndef PYMLP_UPPER_H
#define PYMLP_UPPER_H

#ifdef __cplusplus
extern "C" {
#endif

/* The same in @COMMENTED_FILE@.h and @COMMENTED_FILE@.c, if they are of one export. */
#define UPPER_EXPORT @IDENTITY@

/* How many numbers there are in one sample, and in what is predicted for it. Arrays are in C order. */
@SIZES@

/* Numbers of scratch memory: @SCRATCH_BYTES@ bytes. */
#define UPPER_SCRATCH_SIZE @SCRATCH@

/* Predict for one sample. Inputs and outputs must not overlap. The scratch memory is static: one thread at a time. */
void NAME_predict(@PARAMETERS@);

/* The same with UPPER_SCRATCH_SIZE numbers of the caller's: any number of threads at a time, each with its own. */
void NAME_predict_with(@PARAMETERS@, @REAL@ *scratch);

#ifndef UPPER_NO_SELF_TEST
/* Predict for the stored vectors, of which there are UPPER_VECTORS. Return 0 if all came out as pymlp predicted them,
 * to UPPER_TOLERANCE; else the number of the first that did not, from 1 on. One thread at a time. */
#define UPPER_VECTORS @VECTORS@
int NAME_self_test(void);
#endif

#ifdef __cplusplus
}
#endif

#endif
"""

SOURCE = """\
/* The neural network "@TITLE@", written by pymlp @VERSION@ as C99. Export the model again rather than change this file.
 *
@SUMMARY@
 *
 * Weights and constants: @WEIGHT_BYTES@ bytes, all of them const. Scratch memory: @SCRATCH_BYTES@ bytes.
 *
 * Nothing is allocated and nothing but the C library is needed. To compile it, so that it has vector instructions:
 *     cc -std=c99 -O3 -c @COMMENTED_FILE@.c
 * as a program that tests itself, and with an argument predicts for samples from standard input:
 *     cc -std=c99 -O3 -DUPPER_MAIN -o @COMMENTED_FILE@ @COMMENTED_FILE@.c@LIBRARIES@
 * and without the self-test and its vectors, with -DUPPER_NO_SELF_TEST. Options that do away with NaN and infinities
 * (-ffast-math) change what they become.
 */
#include "@FILE@.h"

@MATH@#include <stddef.h>

#if UPPER_EXPORT != @IDENTITY@
#error "The header is of another export than this file."
#endif

/* ---- functions ---- */

@FUNCTIONS@
/* ---- weights and constants ---- */

@WEIGHTS@"""

PREDICT = """\
/* ---- prediction ---- */

void NAME_predict_with(@PARAMETERS@, @REAL@ *scratch)
{
@BODY@
}

void NAME_predict(@PARAMETERS@)
{
    static @REAL@ scratch[UPPER_SCRATCH_SIZE];
    NAME_predict_with(@ARGUMENTS@, scratch);
}
"""

SELF_TEST = """
/* ---- self-test ---- */

#ifndef UPPER_NO_SELF_TEST

/* How far a result may be off, as a part of the largest that is expected, or of 1 if that is larger. */
#ifndef UPPER_TOLERANCE
#define UPPER_TOLERANCE @TOLERANCE@
#endif

@TESTS@
static int NAME_close(size_t n, const @REAL@ *found, const @REAL@ *expected)
{
    double largest = 1.0;
    for (size_t j = 0; j < n; j++) {
        const double size = (double)(expected[j] < 0 ? -expected[j] : expected[j]);
        if (size > largest && size - size == 0.0) /* and finite */
            largest = size;
    }
    for (size_t j = 0; j < n; j++) {
        const double f = (double)found[j], e = (double)expected[j];
        const double apart = f < e ? e - f : f - e;
        const int same = f == e || (f != f && e != e);
        if (!same && !(apart <= UPPER_TOLERANCE * largest))
            return 0;
    }
    return 1;
}

int NAME_self_test(void)
{
@TEST_BUFFERS@
    for (size_t v = 0; v < UPPER_VECTORS; v++) {
        NAME_predict(@TEST_ARGUMENTS@);
        if (@TEST_CHECKS@)
            return (int)v + 1;
    }
    return 0;
}

#endif
"""

MAIN = """
/* ---- a program for trying it ---- */

#ifdef UPPER_MAIN

#include <stdio.h>

static size_t NAME_read(size_t n, @REAL@ *x)
{
    size_t count = 0;
    while (count < n && scanf("@SCAN@", &x[count]) == 1)
        count++;
    return count;
}

static void NAME_print(size_t n, const @REAL@ *y)
{
    for (size_t j = 0; j < n; j++)
        printf("@PRINT@ ", (double)y[j]);
}

/* Without arguments: the self-test. With one: a line of predictions for each sample on standard input, which is numbers
 * with white space between, one input after the other. */
int main(int argc, char **argv)
{
@MAIN_BUFFERS@
    (void)argv;
    if (argc == 1) {
        const int failed = NAME_self_test();
        if (failed)
            printf("vector %d of %d differs\\n", failed, UPPER_VECTORS);
        else
            printf("%d vectors agree\\n", UPPER_VECTORS);
        return failed != 0;
    }
    for (;;) {
        size_t count = 0;
@MAIN_READS@
        if (count == 0 && feof(stdin))
            return 0;
        if (count < @MAIN_NUMBERS@) {
            fprintf(stderr, "the last sample is not whole, or not of numbers\\n");
            return 2;
        }
        NAME_predict(@ARGUMENTS@);
@MAIN_PRINTS@
        printf("\\n");
    }
}

#endif
"""
