"""What goes row by row: calls of functions of `pymlp.export.c_functions`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.export.c_rules.step import Rule, Step
from pymlp.export.c_text import literal
from pymlp.export.sample_graph import sample_shape, size_of

__all__ = ["RULES"]


def _dense(step: Step) -> list[str]:
    x, kernel, *bias = step.y.inputs
    rows, fan_in = step.rows(x)
    added: Any = bias[0] if bias else "NULL"
    return step.call("dense", rows, fan_in, sample_shape(kernel)[1], x, kernel, added, step.y)


def _by_rows(function: str, *, attributes: Sequence[str] = ()) -> Rule:
    """Return the rule of a function called with (rows, columns, attributes, x, y)."""

    def rule(step: Step) -> list[str]:
        values = [step.y.attributes[name] for name in attributes]
        given = [literal(v, "float64") if isinstance(v, float) else int(v) for v in values]
        (x,) = step.y.inputs
        return step.call(function, *step.rows(x), *given, x, step.y)

    return rule


def _combined(step: Step) -> list[str]:
    function = ("row_max", "row_min", "row_product")[step.y.attributes["how"]]
    return _by_rows(function)(step)


def _batch_norm(step: Step) -> list[str]:
    x, mean, variance, *rest = step.y.inputs
    gamma = step.value(rest.pop(0)) if step.y.attributes["scaled"] else 1.0
    dtype = step.y.dtype
    with np.errstate(all="ignore"):  # weights may be anything
        root = np.sqrt(step.value(variance).astype(float) + step.y.attributes["epsilon"])
        scale = step.constant("scale", (gamma / root).astype(dtype))
    nothing = np.zeros(sample_shape(mean), dtype)
    shift: Any = rest[0] if rest else step.constant("shift", nothing)
    return step.call("batch_norm", *step.rows(x), x, mean, scale, shift, step.y)


def _crossentropy(step: Step) -> list[str]:
    logits, target = step.y.inputs
    function = "class_crossentropy" if step.y.attributes["sparse"] else "crossentropy"
    return step.call(function, *step.rows(logits), logits, target, step.y)


def _search(step: Step) -> list[str]:
    sequence, values = step.y.inputs
    right = int(step.y.attributes["right"])
    return step.call("search", size_of(values), size_of(sequence), right, values, sequence, step.y)


RULES: dict[str, Rule] = {
    "dense": _dense,
    "softmax": _by_rows("softmax"),
    "sparsemax": _by_rows("sparsemax"),
    "softmax_crossentropy": _crossentropy,
    "sum_cols": _by_rows("row_sum", attributes=("factor",)),
    "combine_cols": _combined,
    "argmax_cols": _by_rows("row_argmax"),
    "argsort_cols": _by_rows("row_argsort"),
    "cumsum_cols": _by_rows("row_cumsum", attributes=("reverse",)),
    "batch_norm": _batch_norm,
    "row_norm": _by_rows("row_norm", attributes=("centered", "epsilon")),
    "searchsorted": _search,
}
