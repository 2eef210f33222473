"""Activation functions, under Keras's names and with Keras's arguments.

Each works on symbolic tensors, which are traced, and on arrays, which are computed at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pymlp import ops
from pymlp._lookup import describe, find, make
from pymlp.graph.tensor import Tensor
from pymlp.variables import traced

__all__ = [
    "deserialize",
    "elu",
    "exponential",
    "get",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "relu",
    "relu6",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def linear(x: Any) -> Any:
    """Return x as it is."""
    return x


def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + exp(-x))``, between 0 and 1.

    Examples
    --------
    >>> from pymlp import activations
    >>> float(activations.sigmoid(0.0))
    0.5
    """
    return ops.sigmoid(x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, between -1 and 1."""
    return ops.tanh(x)


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """Return x where it is above the threshold, and ``negative_slope * (x - threshold)`` elsewhere.

    Parameters
    ----------
    x : tensor
    negative_slope : float
        Slope below the threshold.
    max_value : float, optional
        The largest value returned.
    threshold : float
        With the default, 0, this is ``max(x, 0)``.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.relu(np.array([-10.0, 0.0, 5.0, 20.0]), max_value=6.0)
    array([0., 0., 5., 6.])
    """
    if threshold == 0 and max_value is None:
        return ops.leaky_relu(x, negative_slope) if negative_slope else ops.relu(x)
    # As in Keras, what passes the threshold keeps its value: the function jumps there.
    y = ops.where(ops.greater(x, threshold), x, 0.0) if threshold else ops.relu(x)
    if max_value is not None:
        y = ops.clip(y, 0.0, max_value)
    if negative_slope:
        below = ops.relu(ops.subtract(threshold, x))
        y = ops.subtract(y, ops.multiply(below, negative_slope))
    return y


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return x where it is positive, ``negative_slope * x`` elsewhere."""
    return ops.leaky_relu(x, negative_slope)


def relu6(x: Any) -> Any:
    """Return x kept between 0 and 6."""
    return ops.clip(x, 0.0, 6.0)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where it is positive, ``alpha * (exp(x) - 1)`` elsewhere.

    References
    ----------
    D.-A. Clevert, T. Unterthiner, S. Hochreiter: Fast and accurate deep network learning by
    exponential linear units (2016).
    """
    return ops.elu(x, alpha)


def softplus(x: Any) -> Any:
    """Return ``log(1 + exp(x))``, a smooth form of ReLU that is always positive."""
    return ops.softplus(x)


def softsign(x: Any) -> Any:
    """Return ``x / (1 + |x|)``, between -1 and 1."""
    return ops.divide(x, ops.add(ops.abs(x), 1.0))


def exponential(x: Any) -> Any:
    """Return ``exp(x)``."""
    return ops.exp(x)


def silu(x: Any) -> Any:
    """Return ``x * sigmoid(x)``, also known as swish."""
    return ops.multiply(x, ops.sigmoid(x))


def log_sigmoid(x: Any) -> Any:
    """Return ``log(sigmoid(x))``, without underflow."""
    return ops.negative(ops.softplus(ops.negative(x)))


def softmax(x: Any, axis: int = -1) -> Any:
    """Return ``exp(x) / sum(exp(x))``: along the last axis positive numbers that sum to 1.

    Parameters
    ----------
    x : tensor of shape (..., classes)
    axis : int
        The last axis, as -1 or by its number.

    Raises
    ------
    ValueError
        For any other axis.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.softmax(np.array([[0.0, 0.0], [0.0, np.log(3.0)]]))
    array([[0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    x = traced(x)
    if not isinstance(x, Tensor):
        x = np.asarray(x)
    if axis not in (-1, x.ndim - 1):
        raise ValueError(
            f"softmax expected axis=-1, the last axis of x of shape {x.shape}, received axis="
            f"{axis}. Move the axis of the classes to the end first."
        )
    return ops.softmax(x)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        elu, exponential, leaky_relu, linear, log_sigmoid, relu, relu6, sigmoid, silu, softmax,
        softplus, softsign, tanh,
    )
}  # fmt: skip
_FUNCTIONS["swish"] = silu


def get(identifier: Any) -> Callable[..., Any]:
    """Return the activation that `identifier` stands for.

    Parameters
    ----------
    identifier : None, str, dict or callable
        None stands for `linear`, a string for the function of that name, a dictionary is read by
        `deserialize`; a callable (a function of one tensor, a layer) is returned as it is.

    Raises
    ------
    ValueError
        For a name that is not known (the message lists those that are), or for something that
        cannot be called.

    Examples
    --------
    >>> from pymlp import activations
    >>> activations.get("relu") is activations.relu
    True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return find(identifier, _FUNCTIONS, "activation")  # type: ignore[no-any-return]
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if not callable(identifier):
        raise ValueError(
            f"Cannot make an activation of {identifier!r}. Pass a name such as 'relu', a function "
            "of one tensor, or a layer."
        )
    return identifier  # type: ignore[no-any-return]


def serialize(activation: Callable[..., Any]) -> str | dict[str, Any]:
    """Return what a layer's configuration holds for `activation`.

    Parameters
    ----------
    activation : function or layer

    Returns
    -------
    str or dict
        The name of one of pymlp's own functions; a dictionary for anything else.

    Raises
    ------
    ValueError
        For a lambda, or an object without ``get_config()``.
    """
    name = getattr(activation, "__name__", "")
    if inspect.isfunction(activation) and _FUNCTIONS.get(name) is activation:
        return name
    return describe(activation, "activation")


def deserialize(
    config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """Return the activation that a name or a configuration stands for.

    Parameters
    ----------
    config : str or dict
        What `serialize` returns.
    custom_objects : dict, optional
        Functions and classes of your own, by name; looked at first.

    Raises
    ------
    ValueError
        For a name that is not known.
    """
    made = make(config, _FUNCTIONS, "activation", custom_objects)
    return made  # type: ignore[no-any-return]
