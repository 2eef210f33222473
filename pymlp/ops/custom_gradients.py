"""`custom_gradient`: a composition of operations with a gradient of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor, constant_tensor
from pymlp.nesting import flatten, map_structure, pack_as
from pymlp.ops.operation import Kernel, Operation, apply_to_tensors
from pymlp.ops.several import ATTACHED, upstream_of
from pymlp.variables import Variable, traced

__all__ = ["custom_gradient"]


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose gradient is what `f` says it is, instead of what differentiation finds.

    It serves where the gradient of a formula is not stable, or is to be another on purpose: passed straight through a
    rounding, reversed, clipped. Both parts are traced and run natively, like any composition of operations.

    Parameters
    ----------
    f : callable ``(*args, **kwargs) -> (value, gradient)``
        Written with operations that can be traced. `value` is a tensor or a nest of tensors. ``gradient(*upstream)`` is
        given the gradient with respect to each tensor of `value` and returns the gradient with respect to each of
        `args`, nested like it: one tensor, if there is one argument. None says that there is none. What else `f` makes
        use of, keyword arguments and variables among it, is taken for constant.

    Returns
    -------
    callable ``(*args, **kwargs) -> value``
        Usable as a decorator.

    Raises
    ------
    ValueError
        When it is called: if `f` returns something else. When it is differentiated: if the gradients do not match the
        arguments in number or in shape.

    See Also
    --------
    python_function : for what no composition of operations computes.

    Examples
    --------
    A rounding through which the gradient passes as if it were not there:

    >>> import numpy as np
    >>> from pymlp import ops
    >>> @ops.custom_gradient
    ... def rounded(x):
    ...     return ops.round(x), lambda upstream: upstream
    >>> rounded(np.array([0.4, 1.6]))
    array([0., 2.])
    """

    @functools.wraps(f)
    def with_its_gradient(*args: Any, **kwargs: Any) -> Any:
        name = getattr(f, "__name__", type(f).__name__)
        args = map_structure(traced, args)
        leaves = flatten(args)
        symbolic = [x for x in leaves if isinstance(x, Tensor)]
        if any(x.history is not None for x in symbolic):
            raise ValueError(
                f"custom_gradient {name!r} was called on a tensor of a functional model, whose operations have the "
                "gradients that they have. Call it within a layer: in its `call`, or in layers.Lambda."
            )
        returned = f(*args, **kwargs)
        if (
            not isinstance(returned, (tuple, list))
            or len(returned) != 2
            or not callable(returned[1])
        ):
            raise ValueError(
                f"custom_gradient {name!r}: the function should return its value and a function that computes the "
                f"gradient, it returned {returned!r}."
            )
        value, gradient = returned
        if not symbolic:
            return value
        dtype = symbolic[0].dtype
        values = [_symbolic(x, dtype) for x in flatten(value)]
        rule = functools.partial(_gradients, name, gradient, args, [x.shape for x in values])
        owner = apply_to_tensors(
            Operation(f"custom_gradient {name!r}", lambda *inputs: (), _no_kernel, rule),
            tuple(symbolic),
            dtype,
            {},
        )
        attached = [
            apply_to_tensors(ATTACHED, (x, owner), dtype, {"number": number})
            for number, x in enumerate(values)
        ]
        return pack_as(value, attached)

    return with_its_gradient


def _symbolic(value: Any, dtype: str) -> Tensor:
    value = traced(value)
    return value if isinstance(value, Tensor) else constant_tensor(value, dtype)


def _no_kernel(y: Tensor) -> Kernel:
    raise AssertionError(f"{y!r} only holds a gradient rule")


def _gradients(
    name: str, gradient: Any, args: tuple[Any, ...], shapes: list[Any], owner: Tensor, dy: Any
) -> tuple[Any, ...]:
    """Return the gradient with respect to each symbolic argument."""
    found = gradient(*upstream_of(dy, shapes, owner.dtype))
    if len(args) == 1 and not (isinstance(found, (tuple, list)) and len(found) == 1):
        found = (found,)
    if not isinstance(found, (tuple, list)) or len(found) != len(args):
        raise ValueError(
            f"custom_gradient {name!r}: the gradient should be one for each of {len(args)} arguments, received "
            f"{found!r}."
        )
    gradients = []
    for number, (argument, dx) in enumerate(zip(args, found, strict=True)):
        leaves = flatten(argument)
        parts = [None] * len(leaves) if dx is None else flatten(dx)
        if len(parts) != len(leaves):
            raise ValueError(
                f"custom_gradient {name!r}: the gradient with respect to argument {number} should be nested like it, "
                f"received {dx!r}."
            )
        for x, part in zip(leaves, parts, strict=True):
            if isinstance(x, Tensor):
                gradients.append(_of_shape(name, number, x, part))
    return tuple(gradients)


def _of_shape(name: str, number: int, x: Tensor, dx: Any) -> Tensor | None:
    if dx is None:
        return None
    if not isinstance(dx, (Tensor, Variable, np.ndarray, np.generic, float, int)):
        raise ValueError(
            f"custom_gradient {name!r}: the gradient with respect to argument {number} should be a tensor, received "
            f"{dx!r}."
        )
    gradient = _symbolic(dx, x.dtype)
    if gradient.shape != x.shape:
        raise ValueError(
            f"custom_gradient {name!r}: the gradient with respect to argument {number} should have its shape "
            f"{x.shape}, received {gradient.shape}."
        )
    return gradient
