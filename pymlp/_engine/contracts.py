"""What kernels ask of their operands: the tables. `pymlp._engine.checking` reads them."""

from __future__ import annotations

import numpy as np

CALL = "call"  # the instruction that is no kernel: a Python function is called

# For each operand, in the kernel's own order, its rows and columns: a letter for every size, the same letter for
# sizes that agree, "1" for one. "~" is whatever broadcasts to the last operand, "?" follows what may be left out, "|1"
# what may be a single number instead, "->" stands before the targets of an update rule. "total" and "seed" are two
# numbers of a type of their own. What is not listed works on single elements of one matrix.
CONTRACTS = {
    **dict.fromkeys(
        ("add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "less_equal",
         "greater", "greater_equal", "equal", "not_equal", "power", "arctan2"),
        "~ ~ mn",
    ),
    "where": "~ ~ ~ mn",
    "broadcast": "~ mn",
    "sum_cols": "mn m1",
    "sum_all": "mn 11",
    "argmax_cols": "mn m1",
    "batch_size": "11",
    "step_number": "11",
    "accumulate": "mn w1? total",
    "searchsorted": "mn 1k mn",
    "count": "mn mn? totals",
    "softmax": "mn mn",
    "sparsemax": "mn mn",
    "softmax_grad": "mn mn mn",
    "softmax_crossentropy": "mn mn m1",
    "softmax_crossentropy_grad": "m1|1 mn mn mn",
    "circle_pairs": "nd n1 md m1 nk",
    "circle_pairs_dx": "nk nk nd n1 md m1 nd",
    "circle_pairs_dr": "nk nk nd n1 md m1 md",
    "gather": "mn",
    "scatter": "mn",
    "reshape": "mn pq",
    "dense": "mk kn 1n? mn",
    "dense_dx": "mn kn mk? mk",
    "dense_dkernel": "mk mn -> kn",
    "sum_rows": "mn -> rn",
    "update": "kn -> kn",
    "dropout_mask": "seed mn",
    "dropout": "mn mn mn? mn",
    "random": "seed mn",
    "advance": "seed",
    "peak_multiply_add": "m1 11",
    "peak_copy": "mn mn",
    "peak_read": "mn m1",
    "strided": "mn pq",
    "concatenate": "ab cd mn",
    "take_rows": "rn m1 mn",
    "take_rows_dtable": "mn m1 rn",
    "take_cols": "mn xk mk",
    "take_cols_dx": "mk xk mn",
    "combine_cols": "mn m1",
    "combine_rows": "mn rn",
    "product_of_others": "mn mn",
    "cumsum_cols": "mn mn",
    "argsort_cols": "mn mn",
    "column_mean": "mn 1n",
    "column_variance": "mn 1n 1n",
    "batch_norm": "mn 1n 1n 1n? 1n? mn",
    "batch_norm_dgamma": "mn mn 1n 1n 1n",
    "batch_norm_dx": "mn mn 1n 1n 1n? 1n 1n mn",
    "moving_average": "1n 1n 1n",
    "row_norm": "mn mn",
    "row_norm_dx": "mn mn mn mn",
}  # fmt: skip
# The same with class numbers in place of probabilities (integer[0] = 1).
SPARSE = {
    "softmax_crossentropy": "mn m1 m1",
    "softmax_crossentropy_grad": "m1|1 mn m1 mn",
}
OWN_TYPES = {"total": np.float64, "totals": np.float64, "seed": np.uint32}
ELEMENTWISE, ELEMENTWISE_GRADIENT = "mn mn", "mn|1 mn mn"

# Of each rule in csrc/kernels/rules.inc.c: numbers it reads in a step's scalars, slots it cannot do without.
RULE_NUMBERS = (0, 1, 2, 2, 4, 4, 5, 5, 7, 2, 3, 5, 3)
RULE_SLOTS = (0, 0, 1, 1, 2, 3, 1, 2, 2, 1, 2, 2, 1)
# Of the options around a rule: all there are, those that bring a target of their own, the numbers they read.
OPTIONS, OPTIONS_WITH_TARGET, OPTION_NUMBERS = 63, (2, 16), 7

ACTIVATIONS = 32  # the entries of UNARY_FUNCTIONS in csrc/kernels/unary.inc.c
COMBINATIONS = 3  # of enum mlp_combination in csrc/kernels/reduce.inc.c
MAX_RANK = 8
DISTRIBUTIONS = 3  # of enum mlp_distribution in csrc/kernels/random.inc.c
