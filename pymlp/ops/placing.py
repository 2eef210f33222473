"""Tensors as parts of larger ones: by where they begin."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.nesting import flatten
from pymlp.ops.elementwise import where
from pymlp.ops.operation import apply
from pymlp.ops.samples import known_number, lengths
from pymlp.ops.slicing import indexed
from pymlp.ops.strided import PLACE
from pymlp.ops.values import alike, known

__all__ = ["pad", "slice", "slice_update"]


def _whole_numbers(name: str, argument: str, values: Any, ndim: int) -> list[int]:
    if isinstance(known(values), Tensor):
        raise ValueError(
            f"{name}: {argument} are whole numbers that are known while a model is traced, not symbolic tensors: use "
            "pymlp.ops.take_along_axis for places that differ from sample to sample."
        )
    found = [int(n) for n in np.asarray(values).ravel()]
    if len(found) != ndim:
        raise ValueError(
            f"{name}: {argument} has an entry for each of {ndim} axes, received {values}."
        )
    return found


def slice(inputs: Any, start_indices: Any, shape: Sequence[int | None]) -> Any:
    """Return the part of a tensor that begins at some place and has some shape.

    Parameters
    ----------
    inputs : tensor
    start_indices : sequence of int
        One for each axis. As in Keras, a part that would end outside begins as much earlier.
    shape : sequence of int
        -1 for all that is left of an axis; None, or -1, for the samples of a symbolic tensor.

    Raises
    ------
    ValueError
        If the part is longer than an axis, or leaves out samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.slice([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [0, 1], [2, 2])
    array([[2., 3.],
           [5., 6.]], dtype=float32)
    """
    x = known(inputs)
    starts = _whole_numbers("slice", "start_indices", start_indices, x.ndim)
    shape = lengths("slice", shape)
    if len(shape) != x.ndim:
        raise ValueError(f"slice: shape has an entry for each of {x.ndim} axes, received {shape}.")
    key = []
    for start, wanted, own in zip(starts, shape, x.shape, strict=True):
        if own is None:
            if start or wanted not in (None, -1):
                raise ValueError(
                    "slice: samples are taken whole while a model is traced: give 0 and -1 for them."
                )
            key.append(builtins.slice(None))
            continue
        length = own - start if wanted in (None, -1) else int(wanted or 0)
        if not 0 <= length <= own:
            raise ValueError(f"slice: there are no {length} elements along an axis of {own}.")
        begin = min(max(start, 0), own - length)
        key.append(builtins.slice(begin, begin + length))
    return indexed(x, tuple(key))


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return a tensor with the part that begins at some place replaced.

    Parameters
    ----------
    inputs : tensor
    start_indices : sequence of int
        One for each axis. As in Keras, a part that would end outside begins as much earlier.
    updates : tensor
        Of as many axes as the inputs.

    Raises
    ------
    ValueError
        If the part is longer than an axis, or leaves out samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.slice_update([1.0, 2.0, 3.0], [1], [9.0])
    array([1., 9., 3.], dtype=float32)
    """
    x, part = alike(inputs, updates)
    starts = _whole_numbers("slice_update", "start_indices", start_indices, x.ndim)
    if part.ndim != x.ndim:
        raise ValueError(
            f"slice_update: updates of shape {tuple(part.shape)} have other axes than inputs of shape {tuple(x.shape)}."
        )
    width, inside = [], []
    for start, length, own in zip(starts, part.shape, x.shape, strict=True):
        if own is None or length is None:
            if own != length or start:
                raise ValueError(
                    "slice_update: samples are replaced whole while a model is traced."
                )
            width.append((0, 0))
            inside.append(builtins.slice(None))
            continue
        if length > own:
            raise ValueError(
                f"slice_update: there are no {length} elements along an axis of {own}."
            )
        begin = min(max(start, 0), own - length)
        width.append((begin, own - length - begin))
        inside.append(builtins.slice(begin, begin + length))
    if not isinstance(x, Tensor) and not isinstance(part, Tensor):
        updated = np.array(x)
        updated[tuple(inside)] = part
        return updated
    return where(_within(part.shape, width), pad(part, width), x)


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Return x with elements added before and behind along each axis.

    Parameters
    ----------
    x : tensor
    pad_width : int, (before, after), or a pair for each axis
        Nothing is added to the samples of a symbolic tensor.
    mode : {"constant", "edge", "reflect", "symmetric", "wrap"}
        What is added: a number; the last element; those before it, it left out or included; those of the other end.
        On arrays NumPy's other modes, too.
    constant_values : float, optional
        Default: 0.

    Raises
    ------
    ValueError
        If samples would be added while a model is traced, or a number is given for another mode.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.pad([1.0, 2.0], 1)
    array([0., 1., 2., 0.], dtype=float32)
    >>> ops.pad([1.0, 2.0, 3.0], (0, 2), mode="reflect")
    array([1., 2., 3., 2., 1.], dtype=float32)
    """
    x = known(x)
    for added in flatten(pad_width):
        known_number("pad", "pad_width", added)
    if constant_values is not None and mode != "constant":
        raise ValueError(
            f"pad: constant_values={constant_values!r} is for mode='constant', received mode={mode!r}."
        )
    if not isinstance(x, Tensor):
        filled = {"constant_values": constant_values or 0} if mode == "constant" else {}
        return np.pad(x, pad_width, mode, **filled)  # type: ignore[call-overload]
    width = np.broadcast_to(np.asarray(pad_width, int), (x.ndim, 2)).tolist()
    if any(n is None and pair != [0, 0] for n, pair in zip(x.shape, width, strict=True)):
        raise ValueError(
            "pad: samples are not added while a model is traced: give (0, 0) for the first axis."
        )
    if mode != "constant":
        return _padded_with_own(x, width, mode)
    shape = tuple(
        None if n is None else n + sum(pair) for n, pair in zip(x.shape, width, strict=True)
    )
    starts = tuple(before for before, _ in width)
    steps = (1,) * x.ndim
    padded = apply(PLACE, x, starts=starts, steps=steps, shape=shape)
    if not constant_values:
        return padded
    return where(_within(x.shape, width), padded, float(constant_values))


def _within(shape: Shape, width: Sequence[Sequence[int]]) -> np.ndarray:
    """Return which elements are those of a tensor that is padded by so many; all samples are alike."""
    own = np.ones([1 if n is None else n for n in shape], bool)
    return np.pad(own, np.array(width, int).reshape(-1, 2))


def _padded_with_own(x: Tensor, width: list[list[int]], mode: str) -> Any:
    """Return x with its own elements added: NumPy says for the places of an axis which."""
    from pymlp.ops.picking import take

    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise NotImplementedError(
            f"pad: mode={mode!r} is not traced, only 'constant', 'edge', 'reflect', 'symmetric' and 'wrap'."
        )
    for axis, (length, pair) in enumerate(zip(x.shape, width, strict=True)):
        if pair != [0, 0] and length is not None:
            padded: Any = np.pad
            x = take(x, padded(np.arange(length), pair, mode), axis)
    return x
