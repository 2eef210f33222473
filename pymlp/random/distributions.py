"""Gamma, beta and binomial distributions, classes, and random order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.random.samplers import Size, drawn, float_type
from pymlp.random.seeds import Seed, generator, generator_for
from pymlp.tracing import current_trace
from pymlp.variables import traced

__all__ = ["beta", "binomial", "categorical", "gamma", "shuffle"]


def _numbers(name: str, argument: str, value: Any, least: float, most: float = np.inf) -> Any:
    """Return a parameter, or raise ValueError if it is an array with numbers out of range."""
    value = traced(value)
    if current_trace() is not None and not isinstance(value, (int, float, list, tuple, np.ndarray)):
        return value
    array = np.asarray(value, np.float64)
    if not ((array >= least) & (array <= most)).all():
        wanted = f"from {least:g} to {most:g}" if np.isfinite(most) else f"from {least:g} on"
        raise ValueError(f"{name}: {argument} should be {wanted}, received {value!r}.")
    return array


# The least alpha: of 0 there is no distribution.
_SMALLEST = float(np.finfo(np.float32).tiny)


def gamma(shape: Sequence[int], alpha: Any, dtype: str | None = None, seed: Seed = None) -> Any:
    """Draw from the gamma distribution, of density ``x ** (alpha - 1) * exp(-x) / Gamma(alpha)``.

    Parameters
    ----------
    shape : sequence of int
        While a model is traced the first may be None, for the samples of a batch.
    alpha : float, array or tensor
        Above 0; broadcast to the shape. It has no gradient.
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced

    Raises
    ------
    ValueError
        If alpha is not above 0.

    References
    ----------
    G. Marsaglia, W. W. Tsang: A simple method for generating gamma variables (2000).

    Examples
    --------
    >>> from pymlp import random
    >>> random.gamma((2, 3), alpha=2.0, seed=1).shape
    (2, 3)
    """
    alpha = _numbers("gamma", "alpha", alpha, _SMALLEST)

    def now(draw: np.random.Generator, size: Size, kind: Any) -> Any:
        return draw.standard_gamma(alpha, size).astype(kind)

    return drawn("gamma", shape, (alpha,), float_type(dtype), seed, now)


def beta(
    shape: Sequence[int], alpha: Any, beta: Any, dtype: str | None = None, seed: Seed = None
) -> Any:
    """Draw from the beta distribution, of density proportional to ``x ** (alpha - 1) * (1 - x) ** (beta - 1)``.

    Parameters
    ----------
    shape : sequence of int
        While a model is traced the first may be None, for the samples of a batch.
    alpha, beta : float, array or tensor
        Above 0; broadcast to the shape. They have no gradient.
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced
        Numbers from 0 to 1.

    Raises
    ------
    ValueError
        If alpha or beta is not above 0.

    Examples
    --------
    >>> from pymlp import random
    >>> random.beta((2, 3), alpha=2.0, beta=5.0, seed=1).shape
    (2, 3)
    """
    alpha, beta = (
        _numbers("beta", name, x, _SMALLEST) for name, x in (("alpha", alpha), ("beta", beta))
    )

    def now(draw: np.random.Generator, size: Size, kind: Any) -> Any:
        return draw.beta(alpha, beta, size).astype(kind)

    return drawn("beta", shape, (alpha, beta), float_type(dtype), seed, now)


def binomial(
    shape: Sequence[int],
    counts: Any,
    probabilities: Any,
    dtype: str | None = None,
    seed: Seed = None,
) -> Any:
    """Draw how many of so many attempts succeed, each with its probability.

    Parameters
    ----------
    shape : sequence of int
        While a model is traced the first may be None, for the samples of a batch.
    counts : int or array
        How many attempts; broadcast to the shape. While a model is traced not a symbolic tensor, and each attempt is
        drawn.
    probabilities : float, array or tensor
        From 0 to 1; broadcast to the shape. They have no gradient.
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced

    Raises
    ------
    ValueError
        If counts are negative, probabilities no such, or counts symbolic.

    Examples
    --------
    >>> from pymlp import random
    >>> random.binomial((100,), counts=1, probabilities=1.0, seed=1).mean()
    np.float32(1.0)
    """
    counts, chances = (
        _numbers("binomial", "counts", counts, 0),
        _numbers("binomial", "probabilities", probabilities, 0, 1),
    )
    if not isinstance(counts, np.ndarray):
        raise ValueError("binomial: counts are numbers or an array, not a symbolic tensor.")
    attempts = counts.astype(np.int64)

    def now(draw: np.random.Generator, size: Size, kind: Any) -> Any:
        return draw.binomial(attempts, chances, size).astype(kind)

    return drawn("binomial", shape, (counts, chances), float_type(dtype), seed, now)


def categorical(logits: Any, num_samples: int, dtype: str = "int32", seed: Seed = None) -> Any:
    """Draw class numbers, each as probable as ``softmax(logits)`` says.

    Parameters
    ----------
    logits : tensor of shape (batch_size, classes)
    num_samples : int
        How many to draw for each row.
    dtype : str
        Of the numbers; symbolic ones are of the type of the logits.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of shape (batch_size, num_samples), or a symbolic tensor while a model is traced

    Raises
    ------
    ValueError
        If the logits have not two axes.

    References
    ----------
    E. J. Gumbel: Statistical theory of extreme values and some practical applications (1954).

    Examples
    --------
    >>> from pymlp import random
    >>> random.categorical([[0.0, float("-inf")]], 4, seed=1)
    array([[0, 0, 0, 0]], dtype=int32)
    """
    logits = traced(logits)
    if not hasattr(logits, "operation"):
        logits = np.asarray(logits)
    if len(logits.shape) != 2:
        raise ValueError(
            f"categorical: logits of shape (batch_size, classes) were expected, received {tuple(logits.shape)}."
        )
    if current_trace() is not None:
        from pymlp.ops import distributions

        return distributions.categorical(logits, num_samples, generator_for(seed))
    scores = logits.astype(np.float64)
    shares = np.exp(scores - scores.max(-1, keepdims=True, initial=-np.inf))
    below = np.cumsum(shares, -1)
    u = generator(seed).random((len(scores), num_samples)) * below[:, -1:]
    return (u[:, :, None] >= below[:, None, :-1]).sum(-1).astype(dtype)


def shuffle(x: Any, axis: int = 0, seed: Seed = None) -> Any:
    """Return the elements of x in random order along an axis, those of each row in an order of its own.

    Parameters
    ----------
    x : tensor
    axis : int
        Not that of the samples of a symbolic tensor.
    seed : int, SeedGenerator or None

    Returns
    -------
    tensor of the shape of x

    Raises
    ------
    ValueError
        If the axis is not there, or that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import random
    >>> sorted(random.shuffle([1, 2, 3], seed=1).tolist())
    [1, 2, 3]
    """
    x = traced(x)
    if hasattr(x, "operation"):
        from pymlp.ops import distributions

        return distributions.shuffled(x, axis, generator_for(seed))
    array = np.asarray(x)
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"shuffle: a tensor of {array.ndim} axes has no axis {axis}.")
    return generator(seed).permuted(array, axis=axis)
