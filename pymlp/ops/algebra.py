"""Products of matrices in all the notations: matmul, dot, tensordot, einsum, outer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.dense import dense
from pymlp.ops.elementwise import multiply
from pymlp.ops.movement import axis_of, known, transpose
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import reshape

__all__ = ["dot", "einsum", "matmul", "outer", "tensordot", "vdot"]


def _has_samples(x: Any) -> bool:
    return isinstance(x, Tensor) and None in x.shape


def _letters(count: int, after: int = 0) -> str:
    return "".join(chr(ord("a") + after + i) for i in range(count))


def matmul(x1: Any, x2: Any) -> Any:
    """Return the product of matrices along the last two axes, the axes before them broadcast by NumPy's rules."""
    a, b = known(x1), known(x2)
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(
            f"matmul: shapes {tuple(a.shape)} and {tuple(b.shape)} are not both of matrices."
        )
    left = "k" if a.ndim == 1 else "mk"
    right = "k" if b.ndim == 1 else "kn"
    batch_a, batch_b = max(a.ndim - 2, 0), max(b.ndim - 2, 0)
    most = max(batch_a, batch_b)
    names = "ABCDEFGH"[:most]
    first = names[most - batch_a :] + left
    second = names[most - batch_b :] + right
    out = names + left[:-1] + (right[1:] if b.ndim > 1 else "")
    return einsum(f"{first},{second}->{out}", a, b)


def dot(x1: Any, x2: Any) -> Any:
    """Return the sum of products over the last axis of x1 and the last but one of x2, or its only one."""
    a, b = known(x1), known(x2)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def vdot(x1: Any, x2: Any) -> Any:
    """Return the sum of products of all elements."""
    return sum(multiply(reshape(x1, (-1,)), reshape(x2, (-1,))))


def outer(x1: Any, x2: Any) -> Any:
    """Return the products of each element of x1 with each of x2."""
    a, b = known(x1), known(x2)
    return multiply(reshape(a, (math.prod(a.shape), 1)), reshape(b, (1, math.prod(b.shape))))


def tensordot(x1: Any, x2: Any, axes: int | Sequence[Any] = 2) -> Any:
    """Return the sum of products over pairs of axes: so many at the end and the start, or those that are listed."""
    a, b = known(x1), known(x2)
    pairs: tuple[Sequence[int], Sequence[int]]
    if isinstance(axes, int):
        pairs = range(a.ndim - axes, a.ndim), range(axes)
    else:
        first, second = ([x] if isinstance(x, int) else list(x) for x in axes)
        pairs = first, second
    left = [axis_of("tensordot", i, a.ndim) for i in pairs[0]]
    right = [axis_of("tensordot", i, b.ndim) for i in pairs[1]]
    names_a = list(_letters(a.ndim))
    names_b = list(_letters(b.ndim, a.ndim))
    for i, j in zip(left, right, strict=True):
        names_b[j] = names_a[i]
    out = [n for i, n in enumerate(names_a) if i not in left]
    out += [n for j, n in enumerate(names_b) if j not in right]
    return einsum(f"{''.join(names_a)},{''.join(names_b)}->{''.join(out)}", a, b)


def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Return sums of products in Einstein's notation: ``einsum("ab,bc->ac", x, y)``.

    Parameters
    ----------
    subscripts : str
        A letter for each axis of each operand; ``...`` stands for axes that are not named. What is not behind the
        arrow is summed.
    *operands : tensor
        One or more; they are multiplied from left to right.

    Raises
    ------
    ValueError
        If the letters do not go with the shapes.
    """
    values = [known(x) for x in operands]
    if not any(isinstance(x, Tensor) for x in values) and all(x.ndim < 26 for x in values):
        return np.einsum(subscripts, *values)
    inputs, out = _parsed(subscripts, [x.ndim for x in values])
    result, names = values[0], inputs[0]
    _diagonal_free(result, names)
    for i, (x, letters) in enumerate(zip(values[1:], inputs[1:], strict=True), 1):
        later = set("".join(inputs[i + 1 :])) | set(out)
        result, names = _product(result, names, _diagonal_free(x, letters), letters, later)
    dropped = [i for i, n in enumerate(names) if n not in out]
    if dropped:
        result = sum(result, dropped)
        names = "".join(n for n in names if n in out)
    return transpose(result, [names.index(n) for n in out])


def _parsed(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """Return the letters of each operand and of the result, those for an ellipsis filled in."""
    text = subscripts.replace(" ", "")
    left, arrow, out = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        raise ValueError(
            f"einsum: {subscripts!r} is for {len(inputs)} operands, received {len(ranks)}."
        )
    spare = [c for c in "ZYXWVUTSRQPONM" if c not in text]
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


def _diagonal_free(x: Any, names: str) -> Any:
    if len(set(names)) < len(names):
        raise NotImplementedError(
            f"einsum: {names!r} names an axis twice; a diagonal is not traced."
        )
    return x


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
    # Both have samples, or axes in common that stay: products of all, then sums.
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
