"""Axes in another order, taken apart and put together, in a notation of names."""

from __future__ import annotations

import math
import re
from typing import Any

from pymlp.graph.tensor import Tensor
from pymlp.ops.axes import transpose
from pymlp.ops.shaping import reshape
from pymlp.ops.values import known

__all__ = ["rearrange"]


def _groups(pattern: str, side: str) -> list[list[str]]:
    """Return the names on one side, those in parentheses together."""
    if re.sub(r"\w+|\(\s*(\w+\s*)*\)|\s", "", side):
        raise ValueError(
            f"rearrange: {pattern!r} has names, and names in parentheses, on both sides of one '->'."
        )
    return [re.findall(r"\w+", group) for group in re.findall(r"\w+|\([^)]*\)", side)]


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """Return a tensor with its axes in another order, some taken apart and others put together.

    Parameters
    ----------
    tensor : tensor
    pattern : str
        A name for each axis, before and behind an arrow: ``"b h w -> b w h"``. Names in parentheses are one axis
        together: ``"b (h w) -> b h w"`` takes it apart.
    **axes_lengths : int
        Lengths of names in parentheses; one of each group may be left out.

    Returns
    -------
    tensor

    Raises
    ------
    ValueError
        If the pattern does not go with the shape, or a length is not known; also if the samples of a symbolic tensor
        would not stay the first axis, one of their own.

    References
    ----------
    A. Rogozhnikov: Einops: clear and reliable tensor manipulations with Einstein-like notation (2022).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.rearrange([[1.0, 2.0, 3.0, 4.0]], "b (h w) -> b w h", h=2)
    array([[[1., 3.],
            [2., 4.]]], dtype=float32)
    """
    x = known(tensor)
    left, arrow, right = pattern.partition("->")
    before, after = _groups(pattern, left), _groups(pattern, right)
    names = [name for group in before for name in group]
    wanted = [name for group in after for name in group]
    if not arrow or sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        raise ValueError(f"rearrange: {pattern!r} does not have the same names on both sides.")
    if len(before) != x.ndim:
        raise ValueError(
            f"rearrange: {left.strip()!r} names {len(before)} axes, received shape {tuple(x.shape)}."
        )
    lengths: dict[str, int | None] = {}
    for group, length in zip(before, x.shape, strict=True):
        unknown = [name for name in group if name not in axes_lengths]
        given = math.prod(axes_lengths[name] for name in group if name in axes_lengths)
        if length is None and len(group) == 1:
            lengths[group[0]] = None
            continue
        if len(unknown) > 1 or length is None or (length % given if unknown else length != given):
            raise ValueError(
                f"rearrange: an axis of {length} is not made of ({' '.join(group)}) with lengths {axes_lengths}: "
                "give those of all names but one."
            )
        lengths |= {name: axes_lengths.get(name, length // given) for name in group}
    apart = reshape(x, tuple(lengths[name] for name in names))
    ordered = transpose(apart, [names.index(name) for name in wanted])
    shape: list[int | None] = []
    for group in after:
        parts = [lengths[name] for name in group]
        if None in parts and len(parts) > 1 and isinstance(x, Tensor):
            raise ValueError(
                "rearrange: samples keep an axis of their own while a model is traced."
            )
        shape.append(None if None in parts else math.prod(n for n in parts if n is not None))
    return reshape(ordered, tuple(shape))
