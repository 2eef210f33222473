"""All operations there are, and which of them no prediction of a layer in scope is made of."""

from __future__ import annotations

import importlib
import pkgutil

from pymlp import ops
from pymlp.ops.operation import Operation

__all__ = ["NOT_PREDICTED", "every_operation"]

_OF_TRAINING = "it acts in training alone"
_GRADIENT = "a gradient"
_RESULT = "it stands for a result of another operation"
# By the reason why.
NOT_PREDICTED = {
    "attached": _RESULT,
    "batch_norm_dgamma": _GRADIENT,
    "batch_norm_dx": _GRADIENT,
    "circle_pairs": "a loss, over pairs of samples",
    "circle_pairs_dr": _GRADIENT,
    "circle_pairs_dx": _GRADIENT,
    "dense_dkernel": _GRADIENT,
    "dense_dx": _GRADIENT,
    "diagonal_back": _GRADIENT,
    "dropout": _OF_TRAINING,
    "dropout_mask": _OF_TRAINING,
    "moving_average": _OF_TRAINING,
    "product_of_others": _GRADIENT,
    "random": "an exported model computes the same of the same",
    "result": _RESULT,
    "row_norm_dx": _GRADIENT,
    "step_number": "optimizers' numbers",
    "take_cols_dx": _GRADIENT,
    "take_rows_dtable": _GRADIENT,
}


def every_operation() -> set[str]:
    """Return the names of all operations, but for gradients that are named as such."""
    found = set()
    for module in pkgutil.iter_modules(ops.__path__, "pymlp.ops."):
        for value in vars(importlib.import_module(module.name)).values():
            values = value.values() if isinstance(value, dict) else [value]
            found |= {one.name for one in values if isinstance(one, Operation)}
    return {name for name in found if not name.endswith("_grad")}
