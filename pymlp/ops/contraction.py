"""Sums of products in Einstein's notation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.axes import transpose
from pymlp.ops.dense import DENSE_DKERNEL, dense
from pymlp.ops.elementwise import multiply
from pymlp.ops.operation import apply
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import reshape
from pymlp.ops.triangles import diagonal
from pymlp.ops.values import alike

__all__ = ["einsum"]


def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Return sums of products in Einstein's notation: ``einsum("ab,bc->ac", x, y)`` is a product of matrices.

    Parameters
    ----------
    subscripts : str
        A letter for each axis of each operand; ``...`` stands for axes that are not named. What is not behind the
        arrow is summed; a letter that one operand has twice takes its diagonal. Without an arrow, letters that stand
        once are kept, in alphabetical order.
    *operands : tensor
        One or more; they are multiplied from left to right. Axes of length 1 are repeated.
    **kwargs
        NumPy's and Keras's other arguments change nothing.

    Returns
    -------
    tensor
        The samples of symbolic tensors come first, or are summed.

    Raises
    ------
    ValueError
        If the letters do not go with the shapes, or the samples would not be the first axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.einsum("ab,b->a", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    array([3., 7.], dtype=float32)
    >>> ops.einsum("aa->a", [[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.], dtype=float32)
    """
    values = list(alike(*operands))
    inputs, out = _parsed(subscripts, [x.ndim for x in values])
    if not any(isinstance(x, Tensor) for x in values):
        return np.asarray(np.einsum(subscripts, *values))
    lengths = _lengths(subscripts, values, inputs)
    terms = []
    for i, (x, names) in enumerate(zip(values, inputs, strict=True)):
        elsewhere = set("".join(inputs[:i] + inputs[i + 1 :])) | set(out)
        terms.append(_alone(x, names, elsewhere, lengths))
    result, names = terms[0]
    for i, (x, letters) in enumerate(terms[1:], 1):
        later = set("".join(names for _, names in terms[i + 1 :])) | set(out)
        result, names = _product(result, names, x, letters, later)
    dropped = [i for i, n in enumerate(names) if n not in out]
    if dropped:
        result = sum(result, dropped)
        names = "".join(n for n in names if n in out)
    present = [n for n in out if n in names]
    result = transpose(result, [names.index(n) for n in present])
    # Axes of length 1 that were left out on the way.
    return reshape(result, tuple(lengths[n] for n in out)) if len(present) < len(out) else result


def _parsed(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """Return the letters of each operand and of the result, those for an ellipsis filled in."""
    text = subscripts.replace(" ", "")
    left, arrow, out = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        raise ValueError(
            f"einsum: {subscripts!r} is for {len(inputs)} operands, received {len(ranks)}."
        )
    spare = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in text]
    widest = 0
    for i, rank in enumerate(ranks):
        named = len(inputs[i].replace("...", ""))
        extra = rank - named
        if ("..." in inputs[i] and extra < 0) or ("..." not in inputs[i] and extra != 0):
            raise ValueError(f"einsum: {inputs[i]!r} does not name the {rank} axes of operand {i}.")
        widest = max(widest, extra)
        inputs[i] = inputs[i].replace("...", "".join(reversed(spare[:extra])))
    if not arrow:
        every = "".join(inputs)
        out = ("..." if widest else "") + "".join(
            sorted(c for c in set(every) if every.count(c) == 1 and c not in spare[:widest])
        )
    return inputs, out.replace("...", "".join(reversed(spare[:widest])))


def _lengths(
    subscripts: str, values: Sequence[Any], inputs: Sequence[str]
) -> dict[str, int | None]:
    """Return the length of each letter's axis."""
    lengths: dict[str, int | None] = {}
    for x, names in zip(values, inputs, strict=True):
        for name, length in zip(names, x.shape, strict=True):
            known = lengths.setdefault(name, length)
            if known == 1:
                lengths[name] = length
            elif length not in (1, known):
                raise ValueError(
                    f"einsum: {subscripts!r} does not go with shapes {[tuple(x.shape) for x in values]}: axes of one "
                    f"letter are of lengths {known} and {length}."
                )
    return lengths


def _alone(
    x: Any, names: str, elsewhere: set[str], lengths: dict[str, int | None]
) -> tuple[Any, str]:
    """Return an operand with what concerns it alone done: diagonals taken, letters summed that nothing else has."""
    for name in sorted(set(names)):
        while names.count(name) > 1:
            first = names.index(name)
            second = names.index(name, first + 1)
            if x.shape[first] is None or x.shape[second] is None:
                raise ValueError(
                    "einsum: the samples of a symbolic tensor are no axis of a diagonal."
                )
            x = diagonal(x, 0, first, second)
            names = "".join(n for i, n in enumerate(names) if i not in (first, second)) + name
    summed = [i for i, n in enumerate(names) if n not in elsewhere]
    if summed:
        x, names = sum(x, summed), "".join(n for n in names if n in elsewhere)
    # An axis of length 1 that is longer elsewhere adds nothing.
    repeated = [i for i, n in enumerate(names) if x.shape[i] == 1 and lengths[n] != 1]
    if repeated:
        x = reshape(x, tuple(length for i, length in enumerate(x.shape) if i not in repeated))
        names = "".join(n for i, n in enumerate(names) if i not in repeated)
    return x, names


def _has_samples(x: Any) -> bool:
    return isinstance(x, Tensor) and None in x.shape


def _product(a: Any, names_a: str, b: Any, names_b: str, later: set[str]) -> tuple[Any, str]:
    """Return the product of two, summed over what neither the result nor a later operand has, and its letters."""
    summed = [n for n in names_a if n in names_b and n not in later]
    shared = [n for n in names_a if n in names_b and n in later]
    lengths = {
        n: x.shape[i] for x, names in ((a, names_a), (b, names_b)) for i, n in enumerate(names)
    }
    only_a = [n for n in names_a if n not in names_b]
    only_b = [n for n in names_b if n not in names_a]
    if (
        not shared
        and summed
        and not (_has_samples(a) and _has_samples(b))
        and None not in [lengths[n] for n in summed]
    ):
        if _has_samples(b):  # the samples go first
            a, b, names_a, names_b, only_a, only_b = b, a, names_b, names_a, only_b, only_a
        rows = transpose(a, [names_a.index(n) for n in (*only_a, *summed)])
        columns = transpose(b, [names_b.index(n) for n in (*summed, *only_b)])
        k = math.prod(lengths[n] for n in summed)
        n = math.prod(lengths[n] for n in only_b)
        lead = tuple(lengths[x] for x in only_a)
        kernel = reshape(columns, (k, n))
        y = dense(reshape(rows, (*(lead or (1,)), k)), kernel)
        return reshape(y, (*lead, *(lengths[x] for x in only_b))), "".join(only_a + only_b)
    if not shared and summed and None in [lengths[n] for n in summed]:
        return _over_samples(a, names_a, b, names_b, summed, lengths)
    # Axes in common that stay: products of all, then sums.
    names = [*shared, *only_a, *only_b, *summed]
    if any(lengths[n] is None for n in names):
        names.sort(key=lambda n: lengths[n] is not None)
    found = multiply(_spread(a, names_a, names), _spread(b, names_b, names))
    if summed:
        found = sum(found, [names.index(n) for n in summed])
    return found, "".join(n for n in names if n not in summed)


def _spread(x: Any, own: str, names: Sequence[str]) -> Any:
    """Return x with its axes in the order of `names`, and of length 1 where it has none."""
    ordered = transpose(x, [own.index(n) for n in names if n in own])
    lengths = iter(ordered.shape)
    shape = tuple(next(lengths) if n in own else 1 for n in names)
    if shape[:1] == (1,) and _has_samples(ordered):
        raise ValueError(
            f"einsum: the samples of shape {tuple(x.shape)} would not be the first axis."
        )
    return reshape(ordered, shape)


def _over_samples(
    a: Any, names_a: str, b: Any, names_b: str, summed: list[str], lengths: dict[str, int | None]
) -> tuple[Any, str]:
    """Return the product of two matrices that have samples, and other axes, for rows: summed over the rows."""
    summed = sorted(summed, key=lambda n: lengths[n] is not None)
    sides = []
    for x, names in ((a, names_a), (b, names_b)):
        others = [n for n in names if n not in summed]
        rows = transpose(x, [names.index(n) for n in (*summed, *others)])
        width = math.prod(lengths[n] or 0 for n in others)
        sides.append((reshape(rows, (*(lengths[n] for n in summed), width)), others))
    (x, left), (dz, right) = sides
    found = apply(DENSE_DKERNEL, x, dz)
    return reshape(found, tuple(lengths[n] for n in (*left, *right))), "".join(left + right)
