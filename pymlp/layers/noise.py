"""Layers that add or multiply noise while a model is trained, and return their inputs as they are else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.checks import is_whole
from pymlp.layers.layer import Layer
from pymlp.ops import drawing
from pymlp.random import SeedGenerator

__all__ = ["AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"]

# The fixed point of SELU (Klambauer, Unterthiner, Mayr and Hochreiter, 2017), whose lower bound this is.
_SELU_FLOOR = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946


class _Noise(Layer):
    """A layer with a stream of random numbers, used in training."""

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        return self._noisy(inputs) if training and self._is_noisy() else inputs

    def _is_noisy(self) -> bool:
        """Whether there is any noise with these arguments."""
        raise NotImplementedError

    def _noisy(self, inputs: Any) -> Any:
        """Return the inputs with noise."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}

    def _number(self, argument: str, value: Any, most: float = math.inf) -> float:
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= most:
            bounds = "of at least 0" if most == math.inf else f"within 0 ... {most:g}"
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: {argument} should be a number {bounds}, received {value!r}."
            )
        return float(value)


class _Dropping(_Noise):
    """A layer with a rate."""

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.rate = self._number("rate", rate, 1.0)

    def _is_noisy(self) -> bool:
        return self.rate > 0

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}


class _Masking(_Dropping):
    """A layer that chooses elements, in a shape of its own."""

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = None if noise_shape is None else self._checked_shape(noise_shape)

    def _checked_shape(self, shape: Any) -> tuple[int | None, ...]:
        if not isinstance(shape, (list, tuple, np.ndarray)) or not all(
            n is None or is_whole(n) for n in shape
        ):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: noise_shape should hold whole numbers of at least 1, or None "
                f"where it follows the inputs, the axis of samples included; received {shape!r}."
            )
        return tuple(None if n is None else int(n) for n in shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise_shape": self.noise_shape}


class Dropout(_Masking):
    """Set elements to 0 with the probability `rate` in training, and divide the others by ``1 - rate``.

    Parameters
    ----------
    rate : float
        0 ... 1.
    noise_shape : sequence of (int or None), optional
        Shape of the mask, the axis of samples first, broadcast to that of the inputs; None stands for their own
        length: ``(None, 1, 8)`` drops whole features of inputs of shape (batch, steps, 8).
    seed : int, optional
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        When `rate` is not within 0 ... 1, or `noise_shape` does not suit the inputs.

    Notes
    -----
    ``call(inputs, training=True)`` drops in `predict` too: Monte-Carlo dropout. The probability is `rate` to the
    nearest 1 / 65,536.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout: a simple way to prevent neural networks from
    overfitting". Journal of Machine Learning Research 15, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Dropout(0.5, seed=1)
    >>> layer(np.ones((1, 3)))
    array([[1., 1., 1.]], dtype=float32)
    >>> sorted(set(layer(np.ones((10, 10)), training=True).ravel().tolist()))
    [0.0, 2.0]
    """

    def _noisy(self, inputs: Any) -> Any:
        return drawing.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)


class AlphaDropout(_Masking):
    """Dropout that keeps mean and variance of inputs with mean 0 and variance 1, for networks with SELU.

    Dropped elements become SELU's lower bound; the result is scaled and shifted.

    Parameters
    ----------
    rate : float
        0 ... 1: the probability that an element is dropped.
    noise_shape : sequence of (int or None), optional
        See `Dropout`.
    seed : int, optional
    **kwargs
        See `Layer`.

    References
    ----------
    Klambauer, Unterthiner, Mayr, Hochreiter: "Self-normalizing neural networks". NIPS 2017, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> y = AlphaDropout(0.2, seed=1)(np.random.default_rng(0).normal(size=(1000, 100)), training=True)
    >>> bool(abs(y.mean()) < 0.02), bool(abs(y.std() - 1) < 0.02)
    (True, True)
    """

    def _noisy(self, inputs: Any) -> Any:
        rate, low = self.rate, _SELU_FLOOR
        drawn = drawing.draw_like(
            inputs, "uniform", 0.0, 1.0, self.seed_generator, self.noise_shape
        )
        # With rate 1 nothing is left, and Keras divides by zero as well.
        scale = ((1 - rate) * (1 + rate * low**2)) ** -0.5 if rate < 1 else math.inf
        chosen = ops.where(ops.greater_equal(drawn, rate), inputs, low)
        return ops.add(ops.multiply(chosen, scale), -scale * low * rate)


class GaussianDropout(_Dropping):
    """Multiply by normal numbers of mean 1 and standard deviation ``sqrt(rate / (1 - rate))`` in training.

    Parameters
    ----------
    rate : float
        0 ... 1: the noise has the variance that dropout of this rate has.
    seed : int, optional
    **kwargs
        See `Layer`.

    References
    ----------
    Srivastava et al. (2014), section 10.

    Examples
    --------
    >>> import numpy as np
    >>> y = GaussianDropout(0.2, seed=1)(np.ones((1000, 100)), training=True)
    >>> bool(abs(y.mean() - 1) < 0.02), bool(abs(y.std() - 0.5) < 0.02)
    (True, True)
    """

    def _noisy(self, inputs: Any) -> Any:
        stddev = math.sqrt(self.rate / (1 - self.rate)) if self.rate < 1 else math.inf
        return ops.multiply(
            inputs, drawing.draw_like(inputs, "normal", 1.0, stddev, self.seed_generator)
        )


class GaussianNoise(_Noise):
    """Add normal numbers of mean 0 in training.

    Parameters
    ----------
    stddev : float
        Their standard deviation, at least 0.
    seed : int, optional
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> y = GaussianNoise(0.5, seed=1)(np.ones((1000, 100)), training=True)
    >>> bool(abs(y.mean() - 1) < 0.02), bool(abs(y.std() - 0.5) < 0.02)
    (True, True)
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.stddev = self._number("stddev", stddev)

    def _is_noisy(self) -> bool:
        return self.stddev > 0

    def _noisy(self, inputs: Any) -> Any:
        return ops.add(
            inputs, drawing.draw_like(inputs, "normal", 0.0, self.stddev, self.seed_generator)
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev}
