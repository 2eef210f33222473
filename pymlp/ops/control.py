"""Choices and loops: taken as they are where Python knows the answer, else written out into the graph.

A traced graph has neither branches nor loops. A choice that depends on symbolic numbers computes all branches and
selects; a loop is unrolled, so its length must be known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from pymlp import nesting
from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import equal, multiply, not_equal, where
from pymlp.ops.values import known

__all__ = [
    "cond",
    "fori_loop",
    "select",
    "switch",
    "while_loop",
]


def _chosen(condition: Any, yes: Any, no: Any) -> Any:
    """Return of two equal structures of tensors the first where the condition holds, the second elsewhere."""
    if yes is None and no is None:
        return None
    pairs = zip(nesting.flatten(yes), nesting.flatten(no), strict=True)
    return nesting.pack_as(yes, [where(condition, a, b) for a, b in pairs])


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return ``true_fn()`` if the condition holds, else ``false_fn()``.

    Parameters
    ----------
    pred : bool or tensor of shape ()
        If it is symbolic, both functions are computed and one result is selected; a NaN of the other does no harm but
        in gradients.
    true_fn, false_fn : callable
        Of no arguments; they return tensors, or lists, tuples or dicts of them, of the same structure.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cond(True, lambda: 1.0, lambda: 2.0)
    1.0
    """
    pred = known(pred)
    if isinstance(pred, Tensor):
        return _chosen(pred, true_fn(), false_fn())
    return true_fn() if pred else false_fn()


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Return ``branches[index](*operands)``; an index out of range is taken for the nearest one.

    Parameters
    ----------
    index : int or tensor of shape ()
        If it is symbolic, all branches are computed and one result is selected: see `cond`.
    branches : sequence of callable
        They return the same structure of tensors.
    *operands : tensors

    Raises
    ------
    ValueError
        If there are no branches.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.switch(1, [lambda x: x + 1, lambda x: x * 10], 5.0)
    50.0
    """
    if not branches:
        raise ValueError("switch: at least one branch is needed.")
    index = known(index)
    if not isinstance(index, Tensor):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)
    from pymlp.ops.elementwise import clip

    place = clip(index, 0.0, float(len(branches) - 1))
    result = branches[0](*operands)
    for number, branch in enumerate(branches[1:], 1):
        result = _chosen(equal(place, float(number)), branch(*operands), result)
    return result


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Return for each element the choice of the first condition that holds, or the default if none does.

    Parameters
    ----------
    condlist, choicelist : sequences of tensors
        As many choices as conditions.
    default : tensor or float

    Raises
    ------
    ValueError
        If there are not as many choices as conditions.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.select([[True, False, False], [True, True, False]], [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    array([1., 2., 0.], dtype=float32)
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            f"select: {len(condlist)} conditions do not go with {len(choicelist)} choices."
        )
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        default = where(condition, choice, default)
    return default


def fori_loop(lower: int, upper: int, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """Return what is left of `init_val` after ``value = body_fun(i, value)`` for i from `lower` to ``upper - 1``.

    Parameters
    ----------
    lower, upper : int
        Known while a model is traced.
    body_fun : callable ``(int, value) -> value``
    init_val : tensor, or nest of such

    Raises
    ------
    TypeError
        If a bound is a symbolic tensor: the loop is unrolled, its length must be known.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.fori_loop(1, 4, lambda i, value: value * i, 1)
    6
    """
    if isinstance(known(lower), Tensor) or isinstance(known(upper), Tensor):
        raise TypeError(
            "fori_loop: the bounds are whole numbers that are known while a model is traced, not symbolic tensors: use "
            "while_loop with maximum_iterations."
        )
    value = init_val
    for i in range(operator.index(lower), operator.index(upper)):
        value = body_fun(i, value)
    return value


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Return what is left of `loop_vars` after ``loop_vars = body(*loop_vars)`` while ``cond(*loop_vars)`` holds.

    Parameters
    ----------
    cond, body : callable
        Of all loop variables.
    loop_vars : tensor, or list or tuple of tensors
    maximum_iterations : int, optional
        After so many rounds it ends. Where the condition is symbolic it is needed: so many rounds are written out, and
        those after the condition failed change nothing.

    Raises
    ------
    TypeError
        If the condition is symbolic and `maximum_iterations` is left out.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.while_loop(lambda i: i < 10, lambda i: i * 2, 1)
    16
    """
    several = isinstance(loop_vars, (list, tuple))
    values = tuple(loop_vars) if several else (loop_vars,)
    rounds, going = 0, None
    while maximum_iterations is None or rounds < maximum_iterations:
        holds = known(cond(*values))
        if isinstance(holds, Tensor) or going is not None:
            if maximum_iterations is None:
                raise TypeError(
                    "while_loop: a condition on symbolic tensors is not known while a model is traced: give "
                    "maximum_iterations, and so many rounds are written out."
                )
            holds = not_equal(holds, 0.0)
            going = holds if going is None else multiply(going, holds)
        elif not holds:
            break
        found = body(*values)
        found = tuple(found) if isinstance(found, (list, tuple)) else (found,)
        values = found if going is None else _chosen(going, found, values)
        rounds += 1
    return (
        (type(loop_vars)(values) if type(loop_vars) is list else values) if several else values[0]
    )
