"""Activation functions, under Keras's names and with Keras's arguments.

Each works on symbolic tensors, which are traced, and on arrays, which are computed at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pymlp import ops
from pymlp._lookup import describe, make, resolve
from pymlp.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from pymlp.ops.gates import mish
from pymlp.ops.keras_names import Entry
from pymlp.ops.recording import recorded_in

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh",
    "tanh_shrink",
    "threshold",
]


def linear(x: Any) -> Any:
    """Return x as it is.

    Examples
    --------
    >>> from pymlp import activations
    >>> activations.linear(2.0)
    2.0
    """
    return x


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


def exponential(x: Any) -> Any:
    """Return ``exp(x)``.

    Examples
    --------
    >>> from pymlp import activations
    >>> activations.exponential([0.0, 1.0]).round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return ops.exp(x)


def gelu(x: Any, approximate: bool = False) -> Any:
    """Return `pymlp.ops.gelu`, by default not by approximation.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.gelu(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """
    return ops.gelu(x, approximate)


# Called on a tensor of a functional model, each is one operation there, of the class that Keras has for it.
_HOME = "keras.src.activations.activations"
_OWN_CLASSES = {
    "relu": Entry(_HOME, "ReLU", ("negative_slope", "max_value", "threshold")),
    "mish": Entry(_HOME, "Mish"),
}
_PLAIN = {"deserialize", "exponential", "get", "linear", "serialize"}
globals().update(recorded_in(__name__, set(__all__) - _PLAIN, globals(), _OWN_CLASSES))

# Keras's second names.
swish = silu
hard_swish = hard_silu

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear,
        log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign,
        sparse_plus, sparse_sigmoid, sparsemax, squareplus, tanh, tanh_shrink, threshold,
    )
}  # fmt: skip
_FUNCTIONS.update(swish=swish, hard_swish=hard_swish)


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
    example = "a name such as 'relu', a function of one tensor, or a layer"
    found = resolve(identifier, _FUNCTIONS, "activation", example)
    return linear if found is None else found


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

    Examples
    --------
    >>> from pymlp import activations
    >>> activations.serialize(activations.relu)
    'relu'
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

    Examples
    --------
    >>> from pymlp import activations
    >>> activations.deserialize("elu") is activations.elu
    True
    """
    made = make(config, _FUNCTIONS, "activation", custom_objects)
    return made  # type: ignore[no-any-return]
