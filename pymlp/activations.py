"""Activation functions, under Keras's names and with Keras's arguments.

Each works on symbolic tensors, which are traced, and on arrays, which are computed at once.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pymlp import ops
from pymlp._lookup import describe, make, resolve
from pymlp.graph.tensor import Tensor
from pymlp.losses.shapes import greatest
from pymlp.ops.keras_names import Entry
from pymlp.ops.recording import recorded_in
from pymlp.variables import traced

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
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


def gelu(x: Any, approximate: bool = False) -> Any:
    """Return ``x * P(X <= x)`` for a standard normal X: ``0.5 * x * (1 + erf(x / sqrt(2)))``.

    Parameters
    ----------
    x : tensor
    approximate : bool
        Whether to take ``0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))`` instead.

    References
    ----------
    D. Hendrycks, K. Gimpel: Gaussian error linear units (2016).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.gelu(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """
    if approximate:
        inner = ops.multiply(x, ops.add(ops.multiply(ops.square(x), 0.044715), 1.0))
        y = ops.tanh(ops.multiply(inner, math.sqrt(2 / math.pi)))
    else:
        y = ops.erf(ops.multiply(x, math.sqrt(0.5)))
    return ops.multiply(ops.multiply(x, 0.5), ops.add(y, 1.0))


def log_sigmoid(x: Any) -> Any:
    """Return ``log(sigmoid(x))``, without underflow."""
    return ops.negative(ops.softplus(ops.negative(x)))


def celu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where it is positive, ``alpha * (exp(x / alpha) - 1)`` elsewhere.

    References
    ----------
    J. T. Barron: Continuously differentiable exponential linear units (2017).
    """
    return ops.multiply(ops.elu(ops.divide(x, alpha)), alpha)


def selu(x: Any) -> Any:
    """Return ``scale * elu(x, alpha)``, with the two numbers that keep mean 0 and variance 1 from layer to layer.

    ``scale`` is 1.0507009873554805 and ``alpha`` 1.6732632423543772. Kernels should be drawn by ``"lecun_normal"``.

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter: Self-normalizing neural networks (2017).
    """
    return ops.multiply(ops.elu(x, 1.6732632423543772), 1.0507009873554805)


def mish(x: Any) -> Any:
    """Return ``x * tanh(softplus(x))``.

    References
    ----------
    D. Misra: Mish: a self regularized non-monotonic neural activation function (2019).
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


def squareplus(x: Any, b: float = 4) -> Any:
    """Return ``(x + sqrt(x ** 2 + b)) / 2``, a smooth form of ReLU without exponentials.

    References
    ----------
    J. T. Barron: Squareplus: a softplus-like algebraic rectifier (2021).
    """
    return ops.multiply(ops.add(x, ops.sqrt(ops.add(ops.square(x), b))), 0.5)


def hard_sigmoid(x: Any) -> Any:
    """Return ``relu6(x + 3) / 6``: straight lines near `sigmoid`."""
    return ops.multiply(relu6(ops.add(x, 3.0)), 1.0 / 6.0)


def hard_silu(x: Any) -> Any:
    """Return ``x * hard_sigmoid(x)``, also known as hard swish."""
    return ops.multiply(x, hard_sigmoid(x))


def hard_tanh(x: Any) -> Any:
    """Return x kept between -1 and 1."""
    return ops.clip(x, -1.0, 1.0)


def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Return x where ``|x| > threshold``, 0 elsewhere."""
    return ops.where(ops.greater(ops.abs(x), threshold), x, 0.0)


def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Return x moved by `threshold` towards 0, and 0 where it would cross it."""
    above, below = ops.relu(ops.subtract(x, threshold)), ops.relu(ops.subtract(-threshold, x))
    return ops.subtract(above, below)


def tanh_shrink(x: Any) -> Any:
    """Return ``x - tanh(x)``."""
    return ops.subtract(x, ops.tanh(x))


def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """Return x where it is above `threshold`, `default_value` elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.threshold(np.array([-1.0, 0.5, 2.0]), 1.0, 0.0)
    array([0., 0., 2.])
    """
    return ops.where(ops.greater(x, threshold), x, default_value)


def sparse_sigmoid(x: Any) -> Any:
    """Return ``(x + 1) / 2`` kept between 0 and 1."""
    return ops.multiply(ops.add(ops.clip(x, -1.0, 1.0), 1.0), 0.5)


def sparse_plus(x: Any) -> Any:
    """Return 0 up to -1, ``(x + 1) ** 2 / 4`` up to 1, and x above."""
    middle = ops.multiply(ops.square(ops.add(ops.clip(x, -1.0, 1.0), 1.0)), 0.25)
    return ops.add(middle, ops.relu(ops.subtract(x, 1.0)))


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Return ``log(softmax(x))``, without underflow: ``x - log(sum(exp(x)))`` along an axis.

    Parameters and errors are those of `softmax`.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.log_softmax(np.array([[0.0, 1000.0]]))
    array([[-1000.,     0.]])
    """
    x = _of_one_kind(x)
    if axis not in (-1, x.ndim - 1):
        return ops.log_softmax(x, axis)
    rest = ops.subtract(x, ops.expand_dims(greatest(x), -1))
    return ops.subtract(rest, ops.log(ops.sum(ops.exp(rest), axis=-1, keepdims=True)))


def sparsemax(x: Any, axis: int = -1) -> Any:
    """Return the nearest numbers to x, along the last axis, that are not negative and add up to 1; many are 0.

    Parameters and errors are those of `softmax`, but that the axis is the last one, as -1 or by its number.

    Notes
    -----
    Rows of Keras 3.15's add up to 1 only where one element is left.

    References
    ----------
    A. Martins, R. Astudillo: From softmax to sparsemax (2016).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.sparsemax(np.array([[1.0, 0.5, -1.0]]))
    array([[0.75, 0.25, 0.  ]])
    """
    return ops.sparsemax(_along_the_last_axis("sparsemax", x, axis))


def softmax(x: Any, axis: int = -1) -> Any:
    """Return ``exp(x) / sum(exp(x))``: along an axis positive numbers that sum to 1.

    Parameters
    ----------
    x : tensor of shape (..., classes)
    axis : int
        That of the classes; the last one needs no moving.

    Raises
    ------
    ValueError
        If there is no such axis, or it is that of the samples of a model.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import activations
    >>> activations.softmax(np.array([[0.0, 0.0], [0.0, np.log(3.0)]]))
    array([[0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    return ops.softmax(_of_one_kind(x), axis)


def _of_one_kind(x: Any) -> Any:
    """Return a tensor as it is, anything else as an array."""
    x = traced(x)
    return x if isinstance(x, Tensor) else np.asarray(x)


def _along_the_last_axis(name: str, x: Any, axis: int) -> Any:
    x = _of_one_kind(x)
    if axis not in (-1, x.ndim - 1):
        raise ValueError(
            f"{name} expected axis=-1, the last axis of x of shape {x.shape}, received axis="
            f"{axis}. Move the axis of the classes to the end first."
        )
    return x


# Keras's second names.
# Called on a tensor of a functional model, each is one operation there, of the class that Keras has for it.
_HOME = "keras.src.activations.activations"
_OWN_CLASSES = {
    "relu": Entry(_HOME, "ReLU", ("negative_slope", "max_value", "threshold")),
    "mish": Entry(_HOME, "Mish"),
}
_PLAIN = {"deserialize", "exponential", "get", "linear", "serialize"}
globals().update(recorded_in(__name__, set(__all__) - _PLAIN, globals(), _OWN_CLASSES))

swish = silu
hard_swish = hard_silu

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        celu, elu, exponential, gelu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear,
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
