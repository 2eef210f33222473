"""For each operation the C that does it: one table from names to rules.

A rule returns lines of C, written for float. It asks its `Step` for what the arrays are called, and calls functions of
`pymlp.export.c_functions` by their names. An operation that is not in the table cannot be exported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pymlp.export.c_loops import Walk, broadcast_walk, contiguous, nest
from pymlp.export.c_text import literal
from pymlp.export.sample_graph import sample_shape, size_of
from pymlp.graph.tensor import Tensor

__all__ = ["RULES", "SAME_ELEMENTS", "Step", "may_replace"]


@dataclass(frozen=True)
class Step:
    """One operation, as its rule sees it.

    Attributes
    ----------
    y : Tensor
        What it makes.
    array : callable
        What C calls the memory of a tensor.
    number : callable
        A tensor that holds one number, known now, as C text; None for any other.
    constant : callable
        Adds an array of constants to the file; returns its name.
    value : callable
        The array that a constant tensor holds.
    """

    y: Tensor
    array: Callable[[Tensor], str]
    number: Callable[[Tensor], str | None]
    constant: Callable[[str, np.ndarray], str]
    value: Callable[[Tensor], np.ndarray]

    @property
    def shape(self) -> tuple[int, ...]:
        return sample_shape(self.y)

    def rows(self, tensor: Tensor) -> tuple[int, int]:
        """Return (rows, columns) of the matrix of a sample."""
        shape = sample_shape(tensor)
        return math.prod(shape[:-1]), shape[-1] if shape else 1

    def call(self, function: str, *arguments: Any) -> list[str]:
        """Return the call of a function; tensors stand for their arrays."""
        given = [self.array(a) if isinstance(a, Tensor) else str(a) for a in arguments]
        return [f"    NAME_{function}({', '.join(given)});"]


Rule = Callable[[Step], list[str]]
RULES: dict[str, Rule] = {}

# Operations that change nothing but the shape: no code, the result lies where the input does.
SAME_ELEMENTS = frozenset({"reshape", "copy"})

# ---- element by element ----------------------------------------------------------------------------------

# {0}, {1} ... are the operands, {p} and {q} the parameters.
ELEMENTWISE = {
    "negative": "-{0}",
    "abs": "fabsf({0})",
    "sign": "NAME_sign({0})",
    "square": "{0} * {0}",
    "sqrt": "sqrtf({0})",
    "exp": "expf({0})",
    "log": "logf({0})",
    "log1p": "log1pf({0})",
    "expm1": "expm1f({0})",
    "relu": "NAME_relu({0})",
    "leaky_relu": "NAME_leaky_relu({0}, {p})",
    "elu": "NAME_elu({0}, {p})",
    "sigmoid": "NAME_sigmoid({0})",
    "tanh": "tanhf({0})",
    "softplus": "NAME_softplus({0})",
    "erf": "erff({0})",
    "clip": "NAME_clip({0}, {p}, {q})",
    "sin": "sinf({0})",
    "cos": "cosf({0})",
    "floor": "floorf({0})",
    "ceil": "ceilf({0})",
    "round": "rintf({0})",
    "arcsin": "asinf({0})",
    "arccos": "acosf({0})",
    "arctan": "atanf({0})",
    "arcsinh": "asinhf({0})",
    "arccosh": "acoshf({0})",
    "arctanh": "atanhf({0})",
    "cbrt": "cbrtf({0})",
    "erfc": "erfcf({0})",
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "maximum": "NAME_maximum({0}, {1})",
    "minimum": "NAME_minimum({0}, {1})",
    "less": "{0} < {1} ? 1.0f : 0.0f",
    "less_equal": "{0} <= {1} ? 1.0f : 0.0f",
    "greater": "{0} > {1} ? 1.0f : 0.0f",
    "greater_equal": "{0} >= {1} ? 1.0f : 0.0f",
    "equal": "{0} == {1} ? 1.0f : 0.0f",
    "not_equal": "{0} != {1} ? 1.0f : 0.0f",
    "power": "powf({0}, {1})",
    "arctan2": "atan2f({0}, {1})",
    "where": "{0} == 0.0f ? {2} : {1}",
}


def _elementwise(step: Step) -> list[str]:
    y = step.y
    assert y.operation is not None
    template = ELEMENTWISE[y.operation.name]
    parameters = dict(zip("pq", y.attributes.get("parameters", ()), strict=False))
    texts = {name: literal(value, y.dtype) for name, value in parameters.items()}
    numbers = [step.number(x) for x in y.inputs]
    walks = [broadcast_walk(sample_shape(x), step.shape) for x in y.inputs]

    def body(*indices: str) -> str:
        operands = [
            number or f"{step.array(x)}[{index}]"
            for x, number, index in zip(y.inputs, numbers, indices, strict=False)
        ]
        return f"{step.array(y)}[{indices[-1]}] = {template.format(*operands, **texts)};"

    # A number that is written out does not keep loops apart.
    walks = [
        walk if number is None else Walk(0, (0,) * len(step.shape))
        for walk, number in zip(walks, numbers, strict=True)
    ]
    return nest(step.shape, [*walks, Walk(0, contiguous(step.shape))], body)


RULES.update(dict.fromkeys(ELEMENTWISE, _elementwise))

# Functions of rows and columns that have read an element, and all that it goes into, when they write it.
_IN_PLACE = frozenset({"softmax", "batch_norm", "row_norm", "cumsum_cols"})


def may_replace(y: Tensor) -> Sequence[Tensor]:
    """Return the inputs of a step whose memory it may write its result to: all read of it is read by then."""
    assert y.operation is not None
    if y.operation.name in _IN_PLACE:
        return y.inputs[:1]
    if y.operation.name == "searchsorted":
        return y.inputs[1:]
    if y.operation.name not in ELEMENTWISE:
        return ()
    # Of several operands in the same memory each has the same size, and so is read at the same places.
    return [x for x in y.inputs if size_of(x) == size_of(y)]


# ---- moving elements -------------------------------------------------------------------------------------


def _moved(step: Step, lengths: Sequence[int], source: Walk, target: Walk) -> list[str]:
    x, y = step.array(step.y.inputs[0]), step.array(step.y)
    return nest(lengths, [source, target], lambda i, j: f"{y}[{j}] = {x}[{i}];")


def _of_sample(y: Tensor, values: Sequence[int]) -> list[int]:
    """Return what is said of each axis without that of the samples."""
    return list(values[1:] if y.shape[:1] == (None,) else values)


def _transpose(step: Step) -> list[str]:
    (x,) = step.y.inputs
    strides = contiguous(sample_shape(x))
    skipped = len(x.shape) - len(strides)
    axes = _of_sample(step.y, step.y.attributes["axes"])
    walk = Walk(0, tuple(strides[axis - skipped] for axis in axes))
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _strided(step: Step, whole: Tensor) -> Walk:
    """Return how the part of a tensor is gone through that `starts` and `steps` speak of."""
    strides = contiguous(sample_shape(whole))
    starts = _of_sample(whole, step.y.attributes["starts"])
    steps = _of_sample(whole, step.y.attributes["steps"])
    first = sum(a * b for a, b in zip(starts, strides, strict=True))
    return Walk(first, tuple(a * b for a, b in zip(steps, strides, strict=True)))


def _slice(step: Step) -> list[str]:
    walk = _strided(step, step.y.inputs[0])
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _place(step: Step) -> list[str]:
    (x,) = step.y.inputs
    y, lengths = step.array(step.y), sample_shape(x)
    cleared = nest([size_of(step.y)], [Walk(0, (1,))], lambda i: f"{y}[{i}] = 0.0f;")
    return cleared + _moved(step, lengths, Walk(0, contiguous(lengths)), _strided(step, step.y))


def _diagonal_walk(part: Tensor, matrices: Tensor, y: Tensor) -> Walk:
    """Return how the diagonals of matrices are gone through, the other axes before them."""
    strides = contiguous(sample_shape(matrices))
    skipped = len(matrices.shape) - len(strides)
    a, b, offset = (y.attributes[name] for name in ("axis1", "axis2", "offset"))
    steps = [s for i, s in enumerate(strides, skipped) if i not in (a, b)]
    row, column = strides[a - skipped], strides[b - skipped]
    first = offset * column if offset >= 0 else -offset * row
    assert len(steps) + 1 == len(sample_shape(part))
    return Walk(first, (*steps, row + column))


def _diagonal(step: Step) -> list[str]:
    walk = _diagonal_walk(step.y, step.y.inputs[0], step.y)
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _repeated(step: Step) -> list[str]:
    walk = broadcast_walk(sample_shape(step.y.inputs[0]), step.shape)
    number = step.number(step.y.inputs[0])
    if number is not None:
        y = step.array(step.y)
        return nest([size_of(step.y)], [Walk(0, (1,))], lambda i: f"{y}[{i}] = {number};")
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _concatenate(step: Step) -> list[str]:
    axis = step.y.attributes["axis"] - (len(step.y.shape) - len(step.shape))
    strides = contiguous(step.shape)
    lines, first = [], 0
    for x in step.y.inputs:
        shape, source, target = sample_shape(x), step.array(x), step.array(step.y)
        walks = [Walk(0, contiguous(shape)), Walk(first, strides)]
        lines += nest(shape, walks, lambda i, j, to=target, of=source: f"{to}[{j}] = {of}[{i}];")
        first += shape[axis] * strides[axis]
    return lines


def _take_rows(step: Step) -> list[str]:
    table, index = step.y.inputs
    rows, n = step.rows(table)
    return step.call("take_rows", size_of(index), rows, n, table, index, step.y)


def _take_columns(step: Step) -> list[str]:
    x, index = step.y.inputs
    rows, n = step.rows(x)
    count = sample_shape(index)[-1]
    apart = 0 if size_of(index) == count else count
    return step.call("take_columns", rows, n, count, apart, x, index, step.y)


RULES |= {
    "transpose": _transpose,
    "slice": _slice,
    "place": _place,
    "diagonal": _diagonal,
    "expand": _repeated,
    "broadcast": _repeated,
    "concatenate": _concatenate,
    "take_rows": _take_rows,
    "take_cols": _take_columns,
}

# ---- rows ------------------------------------------------------------------------------------------------


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


RULES |= {
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
