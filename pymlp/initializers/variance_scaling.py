"""Initializers whose spread follows from the number of inputs and outputs of the weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pymlp import random
from pymlp.initializers.base import float_type
from pymlp.initializers.drawn import RandomInitializer
from pymlp.random import Seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "VarianceScaling",
    "compute_fans",
]

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

# Standard deviation of the standard normal distribution cut off at -2 and 2:
# sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)), phi the density and Phi the distribution function.
_TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Values of mean 0 and variance ``scale / n``, n following from the shape.

    Parameters
    ----------
    scale : float
        Positive.
    mode : {"fan_in", "fan_out", "fan_avg"}
        n is the number of inputs, of outputs, or the mean of both; at least 1.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        ``"normal"`` means ``"truncated_normal"``. Uniform values lie within
        ``sqrt(3 scale / n)``; truncated ones are widened so that the variance is right after
        the cut.
    seed : int, SeedGenerator or None
        See `RandomInitializer`.
    input_axes, output_axes : sequence of int, optional
        The axes whose sizes multiply to the number of inputs and of outputs, where the usual
        reading (`compute_fans`) does not fit. Both, or neither.

    Raises
    ------
    ValueError
        For a scale that is not positive, or an unknown mode or distribution.

    Examples
    --------
    >>> from pymlp.initializers import VarianceScaling
    >>> values = VarianceScaling(3.0, "fan_in", "uniform", seed=1)((100, 50))
    >>> bool(abs(values).max() <= 0.3)
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Seed = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed)
        name = type(self).__name__
        if not scale > 0.0:
            raise ValueError(f"{name}: expected a positive `scale`, received {scale!r}.")
        if mode not in _MODES:
            raise ValueError(f"{name}: expected `mode` to be one of {_MODES}, received {mode!r}.")
        distribution = str(distribution).lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"{name}: expected `distribution` to be one of {_DISTRIBUTIONS}, "
                f"received {distribution!r}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        kind = float_type(dtype, self)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform(shape, -limit, limit, kind, self.seed)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, stddev, kind, self.seed)
        return random.truncated_normal(shape, 0.0, stddev / _TRUNCATED_STDDEV, kind, self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Preset(VarianceScaling):
    """`VarianceScaling` with its first three arguments fixed by the class."""

    _arguments: ClassVar[tuple[float, str, str]]

    def __init__(
        self,
        seed: Seed = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._arguments, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Preset):
    """Uniform within ``sqrt(6 / (fan_in + fan_out))``: the default of kernels.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    Glorot, Bengio: "Understanding the difficulty of training deep feedforward neural networks".
    AISTATS 2010, equation 16.

    Examples
    --------
    >>> from pymlp.initializers import GlorotUniform
    >>> values = GlorotUniform(seed=1)((100, 50))
    >>> bool(0.9 * 0.2 < abs(values).max() <= 0.2)
    True
    """

    _arguments = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal of variance ``2 / (fan_in + fan_out)``.

    Parameters and reference are those of `GlorotUniform`.

    Examples
    --------
    >>> from pymlp.initializers import GlorotNormal
    >>> values = GlorotNormal(seed=1)((100, 100))
    >>> bool(abs(values.std() - 0.1) < 0.003)
    True
    """

    _arguments = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Preset):
    """Uniform within ``sqrt(6 / fan_in)``, made for ReLU.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    He, Zhang, Ren, Sun: "Delving deep into rectifiers". ICCV 2015, section 2.2.

    Examples
    --------
    >>> from pymlp.initializers import HeUniform
    >>> values = HeUniform(seed=1)((600, 50))
    >>> bool(0.9 * 0.1 < abs(values).max() <= 0.1)
    True
    """

    _arguments = (2.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal of variance ``2 / fan_in``, made for ReLU.

    Parameters and reference are those of `HeUniform`.

    Examples
    --------
    >>> from pymlp.initializers import HeNormal
    >>> values = HeNormal(seed=1)((200, 100))
    >>> bool(abs(values.std() - 0.1) < 0.003)
    True
    """

    _arguments = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform within ``sqrt(3 / fan_in)``, made for self-normalising networks.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    LeCun, Bottou, Orr, Müller: "Efficient BackProp". 1998, section 4.6.

    Klambauer, Unterthiner, Mayr, Hochreiter: "Self-normalizing neural networks". NIPS 2017.

    Examples
    --------
    >>> from pymlp.initializers import LecunUniform
    >>> values = LecunUniform(seed=1)((300, 50))
    >>> bool(0.9 * 0.1 < abs(values).max() <= 0.1)
    True
    """

    _arguments = (1.0, "fan_in", "uniform")


class LecunNormal(_Preset):
    """Truncated normal of variance ``1 / fan_in``.

    Parameters and references are those of `LecunUniform`.

    Examples
    --------
    >>> from pymlp.initializers import LecunNormal
    >>> values = LecunNormal(seed=1)((100, 100))
    >>> bool(abs(values.std() - 0.1) < 0.003)
    True
    """

    _arguments = (1.0, "fan_in", "truncated_normal")


def compute_fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """Return the numbers of inputs and outputs of weights of a given shape.

    Parameters
    ----------
    shape : sequence of int
    input_axes, output_axes : sequence of int, optional
        Axes whose sizes to multiply instead; ignored unless both are given.

    Returns
    -------
    (int, int)
        (1, 1) for a scalar, (n, n) for a vector, the two sizes of a matrix; with more axes the
        last two, each multiplied by the product of the rest (a convolution's receptive field).

    Examples
    --------
    >>> compute_fans((784, 300)), compute_fans((5,)), compute_fans((3, 3, 16, 32))
    ((784, 300), (5, 5), (144, 288))
    """
    shape = tuple(int(size) for size in shape)
    if input_axes is not None and output_axes is not None:
        return (
            math.prod(shape[axis] for axis in input_axes),
            math.prod(shape[axis] for axis in output_axes),
        )
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field
